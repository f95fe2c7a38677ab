-- SPDX-License-Identifier: Apache-2.0
-- The transform's first step: the indexes of staging by which it will look something up (star.sql). The transform needs none of them to be right, so it
-- goes on without one that loads keep it from making. While it makes some, and until it is through, loads of the table wait: once in an index's life.
SELECT copyfleet.make_indexes();
