-- SPDX-License-Identifier: Apache-2.0
-- In how many rows of the temporary table each column has a value. Run by a worker after the COPY.
-- :counts COUNT(column) of each of its columns
SELECT :counts FROM copyfleet_load
