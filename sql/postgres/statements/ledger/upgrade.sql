-- SPDX-License-Identifier: Apache-2.0
-- Waits until no plan and no transform is under way, whose locks would be in the way of an upgrade. Run by create-tables before it changes the ledger of
-- an earlier version. Nobody else takes the two locks in the opposite order.
LOCK TABLE copyfleet.plan_lock, copyfleet.transform_lock IN EXCLUSIVE MODE
