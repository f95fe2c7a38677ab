-- SPDX-License-Identifier: Apache-2.0
-- The objects that an undo would take out, kept beyond its transaction: how many rows they have is counted without the plan lock.
DROP TABLE IF EXISTS pg_temp.copyfleet_preview;
CREATE TEMPORARY TABLE copyfleet_preview AS SELECT dataset, object FROM pg_temp.copyfleet_new;
ANALYZE pg_temp.copyfleet_preview
