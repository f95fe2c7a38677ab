/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded into the tests' PostgreSQL by LD_PRELOAD: the machine's clock, and as many seconds as the file says that
 * COPYFLEET_TEST_CLOCK names. The other programs that inherit the variables have the true one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *seconds_off;

__attribute__((constructor)) static void open_clock(void)
{
    const char *path = getenv("COPYFLEET_TEST_CLOCK");
    if (!path || strcmp(program_invocation_short_name, "postgres") != 0)
        return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    void *memory = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *seconds_off, PROT_READ, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED)
        abort();
    seconds_off = memory;
    close(file);
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the names that libc declares are its own. */
int clock_gettime(clockid_t clock, struct timespec *out_time)
{
    static int (*true_clock)(clockid_t, struct timespec *);
    if (!true_clock)
        *(void **)&true_clock = dlsym(RTLD_NEXT, "clock_gettime");
    int result = true_clock(clock, out_time);
    if (clock == CLOCK_REALTIME && seconds_off)
        out_time->tv_sec += *seconds_off;
    return result;
}

int gettimeofday(struct timeval *restrict out_time, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    *out_time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return result;
}

time_t time(time_t *out_time)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out_time)
        *out_time = now.tv_sec;
    return now.tv_sec;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
