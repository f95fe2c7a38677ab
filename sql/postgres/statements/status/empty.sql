-- SPDX-License-Identifier: Apache-2.0
-- The datasets of the configuration that passes have listed, and that never had an object. Run by copyfleet status.
-- $1 the names of the configuration's datasets, with a comma around each
SELECT l.dataset, copyfleet.show_time(l.listed_at) AS listed_at,
       'if that is a mistake, mend LOCATION: copyfleet plan says what is there in its place' AS what_to_do
FROM copyfleet.listings l
WHERE position(',' || l.dataset || ',' IN $1::text) > 0
  AND NOT EXISTS (SELECT FROM copyfleet.objects o WHERE o.dataset = l.dataset)
ORDER BY l.dataset
