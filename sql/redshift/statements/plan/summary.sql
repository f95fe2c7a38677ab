-- SPDX-License-Identifier: Apache-2.0
-- What a run would be as a whole, as one row. Run by copyfleet plan, which has counted.
-- $1 objects listed, $2 tasks, $3 objects to load, $4 bytes, $5 objects removed, $6 objects vanished that keep their rows, $7 requests that the
-- listing took, $8 and those that the load would take
SELECT $1::BIGINT AS objects_listed, $2::BIGINT AS tasks, $3::BIGINT AS objects, $4::BIGINT AS bytes, $5::BIGINT AS objects_removed,
       $6::BIGINT AS objects_vanished, $7::BIGINT AS list_requests, $8::BIGINT AS get_requests
