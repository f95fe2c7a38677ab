-- SPDX-License-Identifier: Apache-2.0
-- The datasets that the last pass could not list. Run by copyfleet status.
SELECT u.dataset, copyfleet.show_time(u.since) AS since, u.reason, 'mend that; each pass of copyfleet watch looks again' AS what_to_do,
       greatest(extract(epoch FROM clock_timestamp() - u.since), 0)::bigint AS for_s
FROM copyfleet.unlisted u
ORDER BY u.dataset
LIMIT 50
