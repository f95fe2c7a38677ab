-- SPDX-License-Identifier: Apache-2.0
-- Makes a staging table ready for a load: its columns stay as they are until the transaction ends, as during the COPY. Run by a worker
-- as the first step of the load's transaction.
-- :table the table, as SQL writes it
LOCK TABLE :table IN ROW EXCLUSIVE MODE
