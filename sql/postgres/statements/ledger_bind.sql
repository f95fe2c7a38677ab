-- SPDX-License-Identifier: Apache-2.0
-- Which ledger this session writes: copyfleet.refuse_strangers holds each statement that writes the ledger against it. Run in each session of a
-- program that may write.
-- $1 the ledger's id, $2 the schema version that the program knows
SELECT set_config('copyfleet.ledger', $1 || '/' || $2, false)
