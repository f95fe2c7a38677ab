-- SPDX-License-Identifier: Apache-2.0
-- The rows that a dataset's objects of change/preview.sql have in staging: those of a load stand under the first of its objects. Run by copyfleet
-- undo, before it asks.
-- :table the staging table; $1 dataset
SELECT COUNT(*) FROM :table WHERE _object IN (SELECT object FROM copyfleet_preview WHERE dataset = $1)
