-- SPDX-License-Identifier: Apache-2.0
-- For the session of attempt/read.sql: a load does not wait for a number that is only shown.
SET lock_timeout = '1s'
