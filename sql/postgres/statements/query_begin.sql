-- SPDX-License-Identifier: Apache-2.0
-- Begins what only reads (verify, analyze, status): one snapshot, so that its parts agree, and what is loaded meanwhile does not look
-- like a difference.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY
