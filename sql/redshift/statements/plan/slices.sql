-- SPDX-License-Identifier: Apache-2.0
-- The number of which a task's object count should be a multiple: the cluster's slices, each of which reads a file of a COPY at a time. Serverless denies
-- this to ordinary users, and then counts as one slice. Run by a coordinator before it plans.
SELECT count(*) FROM stv_slices WHERE type = 'D'
