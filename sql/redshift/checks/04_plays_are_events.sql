-- SPDX-License-Identifier: Apache-2.0
-- check: songplays are the visible NextSong events, each once
-- verify runs it: by the ids alone, both ways, and by the ledger's word on what is visible.
SELECT e.id AS event_without_play, p.songplay_id AS play_without_event
FROM (
  SELECT e._object * 10000000000 + e._ordinal AS id
  FROM :schema.staging_events e
  JOIN copyfleet.visible_versions v ON v.object = e._object AND v.run = e._run
  WHERE e.page || '|' = 'NextSong|'
) e
FULL JOIN :schema.songplays p ON p.songplay_id = e.id
WHERE e.id IS NULL OR p.songplay_id IS NULL
ORDER BY 1, 2
