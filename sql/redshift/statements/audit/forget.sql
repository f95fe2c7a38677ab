-- SPDX-License-Identifier: Apache-2.0
-- A dataset that could not be listed: nothing is told of its objects. Run by copyfleet audit, after audit_objects.sql.
-- $1 dataset
DELETE FROM copyfleet_audit WHERE dataset = $1
