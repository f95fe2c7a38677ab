-- SPDX-License-Identifier: Apache-2.0
-- Begins what only reads (verify, analyze, status): one snapshot, so that its parts agree.
BEGIN
