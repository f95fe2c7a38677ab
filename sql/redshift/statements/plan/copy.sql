-- SPDX-License-Identifier: Apache-2.0
-- Takes the listed objects that differ from the ledger: JSON lines on S3 that the coordinator wrote, named by a manifest. Run by a coordinator once all is
-- listed.
-- :manifest, :role and :region as literals
COPY copyfleet_listing (dataset, bucket, "key", etag, "size", modified, "partition")
FROM :manifest
IAM_ROLE :role
MANIFEST
FORMAT JSON 'auto'
REGION :region
COMPUPDATE OFF
STATUPDATE OFF
