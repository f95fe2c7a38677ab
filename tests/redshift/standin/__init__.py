# SPDX-License-Identifier: Apache-2.0
"""A server that stands in for Redshift in the tests: what it can tell and what it cannot is said in docs/redshift.md."""
