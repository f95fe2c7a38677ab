-- SPDX-License-Identifier: Apache-2.0
-- Statistics of an operator's selection, once it is complete. Run by the coordinator after change/select_*.sql.
ANALYZE copyfleet_selected
