-- SPDX-License-Identifier: Apache-2.0
-- Takes a task's objects, which the manifest names, into the temporary table. Run by a worker, in a transaction of its own: no lock on the
-- ledger is held meanwhile.
-- :columns of the dataset, in the order that jsonpaths have; :manifest, :role, :json, :timeformat and :region as literals; :compression a
-- word or none; :errors the number of bad rows at which it fails
COPY copyfleet_load (:columns)
FROM :manifest
IAM_ROLE :role
MANIFEST
FORMAT JSON :json
:compression
TIMEFORMAT :timeformat
REGION :region
COMPUPDATE OFF
STATUPDATE OFF
MAXERROR :errors
