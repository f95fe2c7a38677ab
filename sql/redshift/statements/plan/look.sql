-- SPDX-License-Identifier: Apache-2.0
-- Begins the transaction of copyfleet plan, which only looks what a run would be: one snapshot, and no lock, so that nobody waits for it.
BEGIN
