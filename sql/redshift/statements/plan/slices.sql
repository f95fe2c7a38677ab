-- SPDX-License-Identifier: Apache-2.0
-- How many objects a task should have a multiple of: the cluster's slices, each of which reads a file of a COPY at a time. Denied to ordinary
-- users on Serverless, which then counts as one. Run by a coordinator before it plans.
SELECT count(*) FROM stv_slices WHERE type = 'D'
