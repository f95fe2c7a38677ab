-- SPDX-License-Identifier: Apache-2.0
-- The selection of an operator's command: versions, gathered by change/select_*.sql. Run after plan/lock.sql, in its transaction.
DROP TABLE IF EXISTS copyfleet_selected;
CREATE TEMPORARY TABLE copyfleet_selected (
  object   BIGINT  NOT NULL,
  run      BIGINT  NOT NULL,
  is_named BOOLEAN NOT NULL DEFAULT false -- the object itself, and not only a run, a task, a dataset or a partition that it is of
)
