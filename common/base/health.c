/* SPDX-License-Identifier: Apache-2.0 */
#include "base/health.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/pulse.h"

typedef struct Health {
    char *path; /* NULL: this thread has no file */
    int64_t touched_ms;
} Health;

/* Each thread has its own, so that a thread that works cannot hide that the one that polls is stuck. */
static _Thread_local Health health;

/* If somebody has removed the file, it is made again. Its folder may be one that anybody may write to. */
static bool touch(const char *path)
{
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    if (file < 0)
        return false;
    bool is_touched = futimens(file, NULL) == 0;
    close(file);
    return is_touched;
}

bool health_begin(const char *path, Error *error)
{
    if (!*path)
        return true;
    if (!touch(path))
        return error_set(error, ERROR_FATAL,
                         "the health file %s cannot be written: %s; make its folder writable (in a container with a "
                         "read-only root: a tmpfs), or set [FLEET] HEALTH_FILE to another one",
                         path, strerror(errno));
    health = (Health){.path = memory_copy_text(path), .touched_ms = clock_now_ms()};
    return true;
}

void health_touch(void)
{
    pulse_beat();
    if (!health.path || clock_now_ms() < health.touched_ms + HEALTH_TOUCH_MS)
        return;
    (void)!touch(health.path);
    health.touched_ms = clock_now_ms();
}

void health_end(void)
{
    if (!health.path)
        return;
    (void)!unlink(health.path);
    free(health.path);
    health = (Health){0};
}
