-- SPDX-License-Identifier: Apache-2.0
-- The first statement of create-tables' transaction, which then is alone. create/settings.sql bounds the wait.
LOCK TABLE copyfleet.plan_lock IN EXCLUSIVE MODE
