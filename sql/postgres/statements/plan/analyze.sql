-- SPDX-License-Identifier: Apache-2.0
-- Statistics of the ledger after a large plan, which autovacuum would bring minutes later: without them the next statements
-- take the ledger for empty. Passed over where somebody else is at it.
ANALYZE (SKIP_LOCKED) copyfleet.objects, copyfleet.runs, copyfleet.tasks, copyfleet.versions;
