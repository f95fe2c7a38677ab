-- SPDX-License-Identifier: Apache-2.0
-- The setting of create-tables' session, made again after each file: a bound of each wait for a lock. Whoever has the lock may be stopped, and meanwhile
-- nobody can plan.
SET lock_timeout = '10s'
