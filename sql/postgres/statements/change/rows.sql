-- SPDX-License-Identifier: Apache-2.0
-- The rows that a dataset's objects of change/preview.sql have in staging. Run by copyfleet undo, before it asks.
-- :table the staging table; $1 dataset
SELECT count(*) FROM :table WHERE _object IN (SELECT object FROM pg_temp.copyfleet_preview WHERE dataset = $1)
