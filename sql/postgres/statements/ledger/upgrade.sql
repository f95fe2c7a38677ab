-- SPDX-License-Identifier: Apache-2.0
-- Before the ledger of an earlier version is changed: no plan and no transform is under way, whose locks would be in the way of it. Run by
-- create-tables, in the order in which nobody else takes both.
LOCK TABLE copyfleet.plan_lock, copyfleet.transform_lock IN EXCLUSIVE MODE
