-- SPDX-License-Identifier: Apache-2.0
-- Whether an operator's command needs a run. Run after change/retry.sql, skip, undo or reload, in its transaction.
SELECT EXISTS (SELECT FROM pg_temp.copyfleet_new)
