-- SPDX-License-Identifier: Apache-2.0
-- A range of keys that the pass lists whole. Run by a coordinator for each.
-- $1 dataset, $2 bucket, $3 prefix, $4 key after which it begins or '', $5 whether vanished objects lose their rows, $6 whether the range is the one
-- key $3, which the configuration names, so that it is no data
INSERT INTO pg_temp.copyfleet_range (dataset, bucket, prefix, start_after, removes, is_object)
VALUES ($1, $2, $3, $4, $5::boolean, $6::boolean)
