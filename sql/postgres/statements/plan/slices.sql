-- SPDX-License-Identifier: Apache-2.0
-- How many objects a task should have a multiple of: any number here, where a worker reads them one after the other. Run by a
-- coordinator before it plans.
SELECT 1
