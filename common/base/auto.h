/* SPDX-License-Identifier: Apache-2.0
 *
 * Cleanup by attribute: AUTO(Buffer, buffer_done) buffer = {0}; is released when its scope ends, on every path out.
 * A pointer that outlives its scope is handed over with take(). After systemd's _cleanup_ and TAKE_PTR. */
#pragma once

#include <stdlib.h>

#define AUTO(type, done) __attribute__((cleanup(done))) type
#define AUTO_FREE __attribute__((cleanup(auto_free)))

/* Yields the pointer and sets its variable to NULL, so that the cleanup of that variable has nothing to do. */
#define take(pointer)                                                                                                  \
    ({                                                                                                                 \
        __typeof__(pointer) *take_from = &(pointer);                                                                   \
        __typeof__(pointer) taken = *take_from;                                                                        \
        *take_from = NULL;                                                                                             \
        taken;                                                                                                         \
    })

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

static inline void auto_free(void *pointer)
{
    free(*(void **)pointer);
}
