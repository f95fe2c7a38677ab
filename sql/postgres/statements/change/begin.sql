-- SPDX-License-Identifier: Apache-2.0
-- The selection of an operator's command: versions, gathered by change/select_*.sql. Run after plan/lock.sql, in its transaction. A stopped worker may
-- hold a task's row: whoever waits for that row lets go of the plan lock from time to time.
SET LOCAL lock_timeout = '10s';
CREATE TEMPORARY TABLE copyfleet_selected (
  object   bigint  NOT NULL,
  run      bigint  NOT NULL,
  is_named boolean NOT NULL DEFAULT false, -- the object itself, and not only a run, a task, a dataset or a partition that it is of
  PRIMARY KEY (object, run)
) ON COMMIT DROP;
