/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log_writer.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/thread.h"

/* Some thousand lines: enough for an outage of the log, and no burden for a process. */
#define QUEUE_BYTES_MAX (1 * MIB)

typedef struct Line {
    struct Line *next;
    size_t length;
    char text[];
} Line;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_t thread;
static pthread_cond_t changed; /* a line came, or one was written */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock. */
static Line *first, **last = &first;
static size_t queued_bytes;
static uint64_t put, written; /* lines put and lines written since the process began */
static int64_t dropped;       /* since that was said last */
static bool is_full;          /* no line gets in until the queue is empty: so the log has one gap, not many */
static bool is_broken;        /* the last write failed, as of a disk that is full */
static bool is_slow;          /* a caller waited in vain: none waits until the queue is empty */
static LogDroppedFunction *say;

/* One write if stderr takes the line whole, as a pipe takes what is no longer than PIPE_BUF. */
static bool write_line(const Line *line)
{
    for (size_t done = 0; done < line->length;) {
        ssize_t count = write(STDERR_FILENO, line->text + done, line->length - done);
        struct pollfd writable = {.fd = STDERR_FILENO, .events = POLLOUT};
        if (count >= 0)
            done += (size_t)count;
        else if (errno == EAGAIN)
            (void)!poll(&writable, 1, -1);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

/* Called and left with the lock held. */
static void write_first(void)
{
    Line *line = first;
    first = line->next;
    if (!first)
        last = &first;
    pthread_mutex_unlock(&lock);
    bool is_written = write_line(line);
    pthread_mutex_lock(&lock);
    queued_bytes -= line->length;
    written++;
    is_broken = !is_written;
    dropped += is_broken;
    is_slow = is_slow && first;
    is_full = is_full && first;
    free(line);
    pthread_cond_broadcast(&changed);
}

/* Called and left with the lock held. */
static void tell_dropped(void)
{
    int64_t lines = dropped;
    dropped = 0;
    pthread_mutex_unlock(&lock);
    say(lines);
    pthread_mutex_lock(&lock);
}

static void *run(void *unused)
{
    pthread_setname_np(pthread_self(), "log");
    pthread_mutex_lock(&lock);
    for (;;) {
        if (first)
            write_first();
        else if (dropped > 0 && !is_broken)
            tell_dropped();
        else
            pthread_cond_wait(&changed, &lock);
    }
    return unused;
}

static void flush_at_exit(void)
{
    log_writer_flush(LOG_WRITER_FLUSH_MS);
}

/* Signals are for the threads that wait for them. */
static void start(void)
{
    thread_init_condition(&changed);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_start(&thread, run, NULL);
    pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    atexit(flush_at_exit);
}

/* Waits until so many lines are written; false if that takes longer than wait_ms. */
static bool wait_for(uint64_t lines, int64_t wait_ms)
{
    int64_t end_ms = clock_now_ms() + wait_ms;
    while (written < lines && thread_wait_until_ms(&changed, &lock, end_ms))
        ;
    return written >= lines;
}

static void append(const char *text, size_t length)
{
    Line *line = memory_alloc_zeroed(1, sizeof *line + length);
    line->length = length;
    memcpy(line->text, text, length);
    *last = line;
    last = &line->next;
    queued_bytes += length;
    put++;
    pthread_cond_broadcast(&changed);
}

void log_writer_put(const char *line, size_t length, LogDroppedFunction *say_dropped)
{
    assert(length > 0 && line[length - 1] == '\n');
    pthread_once(&once, start);
    pthread_mutex_lock(&lock);
    say = say_dropped;
    is_full = is_full || queued_bytes + length > QUEUE_BYTES_MAX;
    if (is_full)
        dropped++;
    else
        append(line, length);
    if (!is_full && !is_slow && !pthread_equal(pthread_self(), thread))
        is_slow = !wait_for(put, LOG_WRITER_WAIT_MS);
    pthread_mutex_unlock(&lock);
}

void log_writer_flush(int64_t wait_ms)
{
    pthread_once(&once, start);
    pthread_mutex_lock(&lock);
    (void)!wait_for(put, wait_ms);
    pthread_mutex_unlock(&lock);
}
