-- SPDX-License-Identifier: Apache-2.0
-- Forgets which datasets could not be listed: the next pass finds it out again, for the datasets that there are then. Run by copyfleet watch when it
-- begins, and when it has read its configuration again.
DELETE FROM copyfleet.unlisted
