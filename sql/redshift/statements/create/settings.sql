-- SPDX-License-Identifier: Apache-2.0
-- Does nothing on Redshift: the session has this setting already. A wait for a lock has no bound of its own here. The bound of a whole statement, which
-- create/lock.sql sets for its lock, would end what only takes long. On PostgreSQL this bounds each wait of create-tables for a lock.
SET statement_timeout TO 0
