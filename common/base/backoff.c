/* SPDX-License-Identifier: Apache-2.0 */
#include "base/backoff.h"

int64_t backoff_wait_ms(Backoff backoff, unsigned attempt, uint64_t random)
{
    int64_t ceiling_ms = backoff.base_ms;
    for (unsigned i = 0; i < attempt && ceiling_ms < backoff.wait_ms_max; i++)
        ceiling_ms *= 2;
    if (ceiling_ms > backoff.wait_ms_max)
        ceiling_ms = backoff.wait_ms_max;
    return (int64_t)(random % ((uint64_t)ceiling_ms + 1));
}
