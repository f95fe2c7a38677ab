-- SPDX-License-Identifier: Apache-2.0
-- The number of which a task's object count should be a multiple: 1, since a worker reads objects one after the other. Run by a coordinator before it
-- plans.
SELECT 1
