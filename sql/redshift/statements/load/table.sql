-- SPDX-License-Identifier: Apache-2.0
-- Makes the temporary table that a load copies into: the staging table's columns, without copyfleet's own three, which a COPY could not
-- fill. Run by a worker before the COPY, outside of any transaction.
-- :columns its columns, as SQL writes them
DROP TABLE IF EXISTS copyfleet_load;
CREATE TEMPORARY TABLE copyfleet_load (:columns);
