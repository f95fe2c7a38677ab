-- SPDX-License-Identifier: Apache-2.0
-- Keeps what a load's objects had of their columns, in the binary layout. Run by a worker in the load's transaction, before the fence.
COPY copyfleet.fields (run, task, kind, name, objects, rows, object) FROM STDIN (FORMAT binary)
