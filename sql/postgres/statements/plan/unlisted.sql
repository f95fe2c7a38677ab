-- SPDX-License-Identifier: Apache-2.0
-- A dataset could not be listed: copyfleet status says so until a pass lists it. Run by copyfleet watch.
-- $1 dataset, $2 reason
INSERT INTO copyfleet.unlisted (dataset, reason) VALUES ($1, $2)
ON CONFLICT (dataset) DO UPDATE SET reason = excluded.reason
