-- SPDX-License-Identifier: Apache-2.0
-- How many runs wait for a transform. Run by copyfleet watch, round after round.
SELECT count(*) FROM copyfleet.complete_runs
