-- SPDX-License-Identifier: Apache-2.0
-- Forgets the ranges of a dataset whose listing failed half-way: an object that is missing in that listing may still be there. Run by the coordinator,
-- which then goes on with the others.
-- $1 dataset
DELETE FROM pg_temp.copyfleet_range WHERE dataset = $1
