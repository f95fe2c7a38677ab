-- SPDX-License-Identifier: Apache-2.0
-- Keeps rejected rows, in the binary layout. Run by a worker in the transaction that settles their task.
COPY copyfleet.rejects (run, object, ordinal, line, byte_offset, column_name, reason, raw) FROM STDIN (FORMAT binary)
