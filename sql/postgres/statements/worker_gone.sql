-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator ends as it should. Run by it, once its other sessions have ended.
-- $1 worker
DELETE FROM copyfleet.workers WHERE worker = $1
