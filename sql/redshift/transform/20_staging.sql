-- SPDX-License-Identifier: Apache-2.0
-- The transform's third step, once the keys are collected: of the loads of its runs, the rows older than the visible version go. Rows of the transform's
-- own runs go too if a later run was done before. From here on visible is what is not hidden. DELETE, since TRUNCATE would commit.
DELETE FROM :schema.staging_events
USING touched_objects o
WHERE o.dataset = 'events' AND o.replaces AND staging_events._object = o.object AND staging_events._run < o.visible_run;

DELETE FROM :schema.staging_songs
USING touched_objects o
WHERE o.dataset = 'songs' AND o.replaces AND staging_songs._object = o.object AND staging_songs._run < o.visible_run;
