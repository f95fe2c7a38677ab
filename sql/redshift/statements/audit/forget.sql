-- SPDX-License-Identifier: Apache-2.0
-- Forgets a dataset that could not be listed: an audit tells nothing of its objects. Run by copyfleet audit, after
-- audit/objects.sql.
-- $1 dataset
DELETE FROM copyfleet_audit WHERE dataset = $1
