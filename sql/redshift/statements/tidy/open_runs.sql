-- SPDX-License-Identifier: Apache-2.0
-- The runs whose manifests may still be needed. Run by a coordinator that removes the others'.
SELECT run FROM copyfleet.runs WHERE state <> 'done' ORDER BY run
