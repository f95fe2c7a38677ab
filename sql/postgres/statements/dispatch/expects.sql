-- SPDX-License-Identifier: Apache-2.0
-- Whether there will be something to load, whatever is listed: tasks wait, or nothing was ever planned. Run by copyfleet run before its listing.
SELECT EXISTS (SELECT FROM copyfleet.tasks WHERE state = 'planned') OR NOT EXISTS (SELECT FROM copyfleet.runs)
