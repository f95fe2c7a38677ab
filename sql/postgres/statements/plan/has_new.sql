-- SPDX-License-Identifier: Apache-2.0
-- Whether copyfleet_new has anything, so that a run is needed. Run before plan/objects.sql, in its transaction.
SELECT EXISTS (SELECT FROM pg_temp.copyfleet_new)
