-- SPDX-License-Identifier: Apache-2.0
-- Whether a load would get its staging table now: fails if another session has the table. Run by a worker while it misses the table.
-- :table the table, as SQL writes it
LOCK TABLE :table IN ROW EXCLUSIVE MODE NOWAIT
