-- SPDX-License-Identifier: Apache-2.0
-- A worker ends as it should. Run by it, once its other sessions have ended.
-- $1 worker
BEGIN;
LOCK copyfleet.workers_lock;
DELETE FROM copyfleet.workers WHERE worker = $1;
COMMIT;
