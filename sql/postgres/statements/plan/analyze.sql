-- SPDX-License-Identifier: Apache-2.0
-- Statistics of the ledger after a large plan, which autovacuum would bring minutes later. Without them the next statements take the ledger for empty. A
-- table that somebody else has locked against this is passed over.
ANALYZE (SKIP_LOCKED) copyfleet.objects, copyfleet.runs, copyfleet.tasks, copyfleet.versions;
