-- SPDX-License-Identifier: Apache-2.0
-- Takes a task's rows, in the binary layout, straight into staging. Run by a worker in the load's transaction.
-- :target the table with its columns
COPY :target FROM STDIN (FORMAT binary)
