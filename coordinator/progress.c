/* SPDX-License-Identifier: Apache-2.0 */
#include "coordinator/progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define BAR_WIDTH 30
#define TERMINAL_INTERVAL_MS 200
#define LINE_INTERVAL_MS 3000

void progress_init(ProgressDisplay *display)
{
    *display = (ProgressDisplay){.is_terminal = isatty(STDERR_FILENO), .started_ms = clock_now_ms()};
}

static void print_state(const ProgressDisplay *display, const Progress *progress)
{
    double seconds = (double)(clock_now_ms() - display->started_ms) / 1000;
    double rate = seconds > 0 ? (double)progress->bytes_loaded / seconds / 1e6 : 0;
    fprintf(stderr, "%" PRId64 "/%" PRId64 " objects, %" PRId64 " rows, %.1f MB/s", progress->objects_loaded,
            progress->objects, progress->rows, rate);
    if (progress->claimed > 0)
        fprintf(stderr, ", %" PRId64 " tasks loading", progress->claimed);
    if (progress->tasks_failed > 0)
        fprintf(stderr, ", %" PRId64 " failed", progress->tasks_failed);
}

static void draw_bar(const Progress *progress)
{
    int64_t filled = progress->objects > 0 ? BAR_WIDTH * progress->objects_loaded / progress->objects : BAR_WIDTH;
    char bar[BAR_WIDTH + 1];
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r\033[K[%s] ", bar);
}

void progress_show(ProgressDisplay *display, const Progress *progress, bool is_last)
{
    int64_t now_ms = clock_now_ms();
    int64_t interval_ms = display->is_terminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS;
    if (!is_last && now_ms - display->shown_ms < interval_ms)
        return;
    display->shown_ms = now_ms;
    if (display->is_terminal)
        draw_bar(progress);
    print_state(display, progress);
    display->is_drawn = display->is_terminal && !is_last;
    if (!display->is_drawn)
        fputc('\n', stderr);
}

void progress_say(ProgressDisplay *display, const char *format, ...)
{
    if (display->is_drawn)
        fputs("\r\033[K", stderr);
    display->is_drawn = false;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
