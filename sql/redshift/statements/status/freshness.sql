-- SPDX-License-Identifier: Apache-2.0
-- How fresh each dataset is. Run by copyfleet status.
SELECT dataset, TO_CHAR(listed_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(listed_at, 'HH24:MI:SS') || 'Z' AS listed_at, last_run,
       TO_CHAR(visible_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(visible_at, 'HH24:MI:SS') || 'Z' AS visible_at,
       TO_CHAR(newest_modified_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(newest_modified_at, 'HH24:MI:SS') || 'Z' AS newest_modified_at,
       waiting_objects, waiting_bytes, lag_s
FROM copyfleet.freshness
ORDER BY dataset
