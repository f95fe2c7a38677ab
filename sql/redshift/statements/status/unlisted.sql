-- SPDX-License-Identifier: Apache-2.0
-- The datasets that the last pass could not list. Run by copyfleet status.
SELECT dataset, TO_CHAR(since, 'YYYY-MM-DD') || 'T' || TO_CHAR(since, 'HH24:MI:SS') || 'Z' AS since, reason,
       'mend that; each pass of copyfleet watch looks again' AS what_to_do,
       DATEDIFF(second, since, SYSDATE)::BIGINT AS for_s
FROM copyfleet.unlisted
ORDER BY dataset
LIMIT 50
