-- SPDX-License-Identifier: Apache-2.0
-- Whether an operator's command needs a run. Run after change_*.sql, in its transaction.
SELECT EXISTS (SELECT FROM pg_temp.copyfleet_new)
