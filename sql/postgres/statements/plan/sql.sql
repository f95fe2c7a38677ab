-- SPDX-License-Identifier: Apache-2.0
-- The SQL that a run would execute, in its order. Run by copyfleet plan.
SELECT step, name, sql FROM pg_temp.copyfleet_sql ORDER BY ordinal
