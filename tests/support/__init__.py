# SPDX-License-Identifier: Apache-2.0
"""What the suites share: servers, fleets, what stands between them, and what is expected of them."""
