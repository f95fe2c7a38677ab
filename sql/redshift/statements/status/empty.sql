-- SPDX-License-Identifier: Apache-2.0
-- The datasets of the configuration that passes have listed, and that never had an object. Run by copyfleet status.
-- $1 the names of the configuration's datasets, with a comma around each
SELECT dataset, TO_CHAR(listed_at, 'YYYY-MM-DD') || 'T' || TO_CHAR(listed_at, 'HH24:MI:SS') || 'Z' AS listed_at,
       'if that is a mistake, mend LOCATION: copyfleet plan says what is there in its place' AS what_to_do
FROM copyfleet.listings
WHERE POSITION(',' || dataset || ',' IN $1::VARCHAR(65535)) > 0 AND dataset NOT IN (SELECT dataset FROM copyfleet.objects)
ORDER BY dataset
