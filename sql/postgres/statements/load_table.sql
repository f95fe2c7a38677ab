-- SPDX-License-Identifier: Apache-2.0
-- Makes a staging table ready for a load: its columns stay as they are until the transaction ends, as during the COPY. Run by a worker
-- as the first step of the load's transaction. Whoever else has the table gets some seconds, then the load gives its place to other tables'.
-- What triggers wait for later may be a load beside this one, and is worth a longer wait.
-- :table the table, as SQL writes it
SET LOCAL lock_timeout = '5s';
LOCK TABLE :table IN ROW EXCLUSIVE MODE;
SET LOCAL lock_timeout = '60s'
