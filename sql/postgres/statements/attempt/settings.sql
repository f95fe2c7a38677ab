-- SPDX-License-Identifier: Apache-2.0
-- For the session of attempt_read.sql: a load does not wait because of what is only shown.
SET lock_timeout = '1s'
