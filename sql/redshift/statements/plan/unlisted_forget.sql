-- SPDX-License-Identifier: Apache-2.0
-- What is said of datasets that could not be listed is forgotten: the next pass finds it out anew, of the datasets that there are. Run by copyfleet watch
-- when it begins, and when it has read its configuration again.
DELETE FROM copyfleet.unlisted
