/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/pulse.h"

/* How often a waiting thread beats its pulse. */
#define BEAT_MS 500

static atomic_bool requested;
static atomic_int caught_signal;
static atomic_bool hung_up;

/* An event that is readable from the first request on, which ends all waits. It is no condition, since a signal handler
 * may not signal one. */
static int bell = -1;

static void hang_bell(void)
{
    bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bell < 0)
        error_abort("the system gives no event to wait for a stop");
}

static void make_bell(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, hang_bell);
}

static void raise_flag(void)
{
    atomic_store(&requested, true);
    (void)!eventfd_write(bell, 1);
}

static void on_signal(int number)
{
    if (atomic_exchange(&caught_signal, number) != 0)
        _exit(128 + number);
    int before = errno;
    raise_flag();
    errno = before;
}

void stop_catch_signals(void)
{
    make_bell();
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void on_hangup(int number)
{
    (void)number;
    atomic_store(&hung_up, true);
}

void stop_catch_hangup(void)
{
    struct sigaction action = {.sa_handler = on_hangup, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, NULL);
}

bool stop_take_hangup(void)
{
    return atomic_exchange(&hung_up, false);
}

void stop_request(void)
{
    make_bell();
    raise_flag();
}

bool stop_is_requested(void)
{
    return atomic_load(&requested);
}

int stop_descriptor(void)
{
    make_bell();
    return bell;
}

int stop_signal(void)
{
    return atomic_load(&caught_signal);
}

bool stop_wait_ms(int64_t wait_ms)
{
    make_bell();
    for (int64_t end_ms = clock_now_ms() + wait_ms;;) {
        pulse_beat();
        if (stop_is_requested())
            return false;
        int64_t left_ms = end_ms - clock_now_ms();
        if (left_ms <= 0)
            return true;
        struct pollfd rung = {.fd = bell, .events = POLLIN};
        (void)!poll(&rung, 1, (int)(left_ms < BEAT_MS ? left_ms : BEAT_MS));
    }
}
