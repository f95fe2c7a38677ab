/* SPDX-License-Identifier: Apache-2.0 */
#include "base/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pulse.h"

#define STEP_MS 50

static atomic_bool requested;
static atomic_int caught_signal;
static atomic_bool hung_up;

static void on_signal(int number)
{
    if (atomic_exchange(&caught_signal, number) != 0)
        _exit(128 + number);
    atomic_store(&requested, true);
}

void stop_catch_signals(void)
{
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
    atomic_store(&requested, true);
}

bool stop_is_requested(void)
{
    return atomic_load(&requested);
}

int stop_signal(void)
{
    return atomic_load(&caught_signal);
}

bool stop_wait_ms(int64_t wait_ms)
{
    int64_t end_ms = clock_now_ms() + wait_ms;
    for (;;) {
        pulse_beat();
        if (stop_is_requested())
            return false;
        int64_t left_ms = end_ms - clock_now_ms();
        if (left_ms <= 0)
            return true;
        int64_t step_ms = left_ms < STEP_MS ? left_ms : STEP_MS;
        struct timespec step = {.tv_sec = 0, .tv_nsec = step_ms * 1000000};
        nanosleep(&step, NULL);
    }
}
