-- SPDX-License-Identifier: Apache-2.0
-- The datasets of a pass were listed, whether or not something was new: the view freshness says so. Run by the coordinator at the end of a pass,
-- under the plan lock.
-- $1 how long ago the pass began, in ms
UPDATE copyfleet.listings
SET listed_at = DATEADD(millisecond, -($1::INTEGER), SYSDATE)
FROM (SELECT DISTINCT dataset FROM copyfleet_range) l
WHERE copyfleet.listings.dataset = l.dataset AND copyfleet.listings.listed_at < DATEADD(millisecond, -($1::INTEGER), SYSDATE);
INSERT INTO copyfleet.listings (dataset, listed_at)
SELECT l.dataset, DATEADD(millisecond, -($1::INTEGER), SYSDATE)
FROM (SELECT DISTINCT dataset FROM copyfleet_range) l
LEFT JOIN copyfleet.listings known ON known.dataset = l.dataset
WHERE known.dataset IS NULL;
DELETE FROM copyfleet.unlisted WHERE dataset IN (SELECT dataset FROM copyfleet_range);
