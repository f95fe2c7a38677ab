-- SPDX-License-Identifier: Apache-2.0
-- A worker or a coordinator ends because a person has to mend something: its row stays, and says what. Run by that process, once its other sessions have
-- ended.
-- $1 worker, $2 reason
UPDATE copyfleet.workers SET ended_at = SYSDATE, hung = 0, reason = $2, reason_at = SYSDATE WHERE worker = $1
