-- SPDX-License-Identifier: Apache-2.0
-- A dataset whose listing failed half-way: what is missing in it may be there. Run by the coordinator, which then goes on with the others.
-- $1 dataset
DELETE FROM copyfleet_range WHERE dataset = $1
