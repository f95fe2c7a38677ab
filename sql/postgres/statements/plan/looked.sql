-- SPDX-License-Identifier: Apache-2.0
-- The datasets of a pass were listed, whether or not something was new: the view freshness says so. Run by the coordinator at the end of
-- a pass, under the plan lock.
-- $1 how long ago the pass began, in ms
WITH back AS (
  DELETE FROM copyfleet.unlisted WHERE dataset IN (SELECT dataset FROM pg_temp.copyfleet_range)
)
INSERT INTO copyfleet.listings (dataset, listed_at)
SELECT dataset, clock_timestamp() - $1::bigint * interval '1 millisecond'
FROM (SELECT DISTINCT dataset FROM pg_temp.copyfleet_range) listed
ON CONFLICT (dataset) DO UPDATE SET listed_at = greatest(listings.listed_at, excluded.listed_at)
