-- SPDX-License-Identifier: Apache-2.0
-- Names the ledger that this session writes: before each statement that writes a ledger copyfleet.refuse_strangers compares the two. Run in each
-- session of a program that may write, and again with the session's other settings.
-- :ledger a literal: the ledger's id, a slash, and the schema version that the program knows
SELECT pg_catalog.set_config('copyfleet.ledger', :ledger, false)
