-- SPDX-License-Identifier: Apache-2.0
-- The transform's first step: the indexes of events by which it will look something up (star.sql). No step needs them to be right, or to come to an end,
-- so it goes on without one that loads keep it from making. While it makes some, and until it is through, loads of the table wait: once in an index's life.
SELECT copyfleet.make_indexes();
