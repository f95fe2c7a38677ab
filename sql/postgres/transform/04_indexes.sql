-- SPDX-License-Identifier: Apache-2.0
-- The transform's first step: the indexes by which it will look something up (star.sql). To make one waits for the loads that are under way, and later
-- loads wait until the transform is through: that is once in a table's life.
SELECT copyfleet.make_indexes();
