-- SPDX-License-Identifier: Apache-2.0
-- How fresh each dataset is. Run by copyfleet status.
SELECT dataset, copyfleet.show_time(listed_at) AS listed_at, last_run, copyfleet.show_time(visible_at) AS visible_at,
       copyfleet.show_time(newest_modified_at) AS newest_modified_at, waiting_objects, waiting_bytes, lag_s
FROM copyfleet.freshness
ORDER BY dataset
