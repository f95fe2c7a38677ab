-- SPDX-License-Identifier: Apache-2.0
-- What the session has already: a wait for a lock has no bound of its own here, and the bound of a whole statement, which create_begin.sql sets for its
-- lock, would end what only takes long. On PostgreSQL this bounds each wait of create-tables for a lock.
SET statement_timeout TO 0
