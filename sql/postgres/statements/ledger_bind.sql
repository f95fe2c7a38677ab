-- SPDX-License-Identifier: Apache-2.0
-- Which ledger this session writes: copyfleet.refuse_strangers holds each statement that writes the ledger against it. Run in each session of a
-- program that may write, and again with its other settings.
-- :ledger a literal: the ledger's id, a slash, and the schema version that the program knows
SELECT pg_catalog.set_config('copyfleet.ledger', :ledger, false)
