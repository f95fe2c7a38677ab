-- SPDX-License-Identifier: Apache-2.0
-- Does nothing on Redshift but name the one lock whose wait has a bound. Run by create-tables after it has waited in vain for a lock. On PostgreSQL this
-- looks for the locks.
SELECT 'copyfleet.plan_lock' AS locked
