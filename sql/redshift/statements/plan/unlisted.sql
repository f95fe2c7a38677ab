-- SPDX-License-Identifier: Apache-2.0
-- A dataset could not be listed: copyfleet status says so until a pass lists it. Two statements, each its own transaction. Run by copyfleet watch.
-- $1 dataset, $2 reason
UPDATE copyfleet.unlisted SET reason = $2 WHERE dataset = $1;
INSERT INTO copyfleet.unlisted (dataset, reason) SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM copyfleet.unlisted WHERE dataset = $1);
