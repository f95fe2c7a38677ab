-- SPDX-License-Identifier: Apache-2.0
-- Statistics of the ledger after a large plan: without them the next statements take it for empty.
ANALYZE copyfleet.objects;
ANALYZE copyfleet.runs;
ANALYZE copyfleet.tasks;
ANALYZE copyfleet.versions;
