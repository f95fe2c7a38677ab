-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of create-tables. There is nothing to lock before the schema exists: of two at once, one may fail at a table that the
-- other has just made, and is run again.
BEGIN
