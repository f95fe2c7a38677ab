-- SPDX-License-Identifier: Apache-2.0
-- Begins a sweep. What somebody has locked is looked at the next time: whoever sweeps must not be held up. Run by the coordinators every
-- quarter of STALL_S.
BEGIN;
SET LOCAL lock_timeout = '1s';
