/* SPDX-License-Identifier: Apache-2.0
 *
 * What copyfleet-worker --help prints: worker/usage.txt, built in. */
#pragma once

extern const char worker_usage[];
