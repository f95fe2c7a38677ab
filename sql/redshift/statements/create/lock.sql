-- SPDX-License-Identifier: Apache-2.0
-- The first statement of create-tables' transaction, which then is alone. Whoever holds the lock may be stopped, so the wait for it has a bound.
SET statement_timeout TO 10000;
LOCK copyfleet.plan_lock;
SET statement_timeout TO 0;
