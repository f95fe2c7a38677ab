-- SPDX-License-Identifier: Apache-2.0
-- The transform's fourth step, once the keys are collected: of the objects of its runs, the rows older than the visible
-- version go. Rows of the transform's own runs go too if a later run was done before. From here on visible is what is
-- not hidden.

DELETE FROM :schema.staging_events e
 USING pg_temp.touched_objects o
 WHERE o.dataset = 'events' AND o.replaces AND e._object = o.object AND e._run < o.visible_run;

DELETE FROM :schema.staging_songs s
 USING pg_temp.touched_objects o
 WHERE o.dataset = 'songs' AND o.replaces AND s._object = o.object AND s._run < o.visible_run;
