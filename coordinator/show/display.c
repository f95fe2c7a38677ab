/* SPDX-License-Identifier: Apache-2.0 */
#include "show/display.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "show/printable.h"

#define TERMINAL_INTERVAL_MS 200
#define LINE_INTERVAL_MS 3000

/* After a look or a draw that took some time, the next one comes after so many times as long. Both together take one
 * percent of the time then. */
#define LOOK_PAUSES 111
#define DRAW_PAUSES 1000

#define DISPLAY_BYTES_MAX (256 * KIB)

static volatile sig_atomic_t was_continued;

/* While we were stopped the shell has written below the block, so that the cursor cannot be moved up to it. */
static void on_continue(int number)
{
    (void)number;
    was_continued = 1;
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* How long to wait, by the cheaper of the last two looks or draws. One of them may have waited long, for a lock or for
 * Ctrl-Q, and would blind us for an hour. */
static int64_t pause_ms(int64_t *last_us, int64_t took_us, int64_t pauses, int64_t least_ms)
{
    int64_t cost_us = took_us < *last_us ? took_us : *last_us;
    int64_t ms = cost_us * pauses / 1000;
    *last_us = took_us;
    return ms > least_ms ? ms : least_ms;
}

/* Asks the user's locale, which the process itself does not take over. */
static bool is_utf8_locale(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (!locale)
        return false;
    bool is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return is_utf8;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

static void measure_terminal(Display *display)
{
    struct winsize size = {0};
    bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
    display->style.width = is_known && size.ws_col > 0 ? size.ws_col : 80;
    display->style.height = is_known && size.ws_row > 0 ? size.ws_row : 24;
}

static void write_all(const Buffer *text)
{
    for (size_t done = 0; done < text->length;) {
        ssize_t length = write(STDERR_FILENO, text->data + done, text->length - done);
        if (length <= 0)
            return; /* nobody reads it */
        done += (size_t)length;
    }
}

/* A job in the background leaves the terminal to the one in the foreground. */
static bool may_move(const Display *display)
{
    pid_t foreground = tcgetpgrp(STDERR_FILENO);
    return display->is_live && (foreground <= 0 || foreground == getpgrp());
}

/* If the terminal became narrower meanwhile, it has folded the lines, and the block is higher now. A terminal that cuts
 * lines instead (xterm) loses as many lines above the block: that is better than a block that stays for ever. */
static void append_erasure(Display *display, Buffer *out)
{
    size_t lines = was_continued ? 0 : block_count_lines(buffer_slice(&display->drawn), display->style.width);
    was_continued = 0;
    buffer_clear(&display->drawn);
    if (lines > 0)
        (void)!buffer_append_format(out, "\033[%zuA", lines);
    (void)!buffer_append_text(out, "\r\033[J");
}

/* The terminal's folding is off while the block is written, so that a line with characters wider than one column is cut
 * and not folded. */
static void append_block(Display *display, Buffer *out)
{
    block_append(&display->state, &display->style, &display->drawn);
    if (display->drawn.length == 0)
        return;
    (void)!(buffer_append_text(out, "\033[?7l") && buffer_append(out, buffer_slice(&display->drawn)) &&
            buffer_append_text(out, "\033[?7h"));
}

/* Writes what is said, and the block again below it. If nothing may move, only what is said is written. */
static void draw(Display *display, Slice said)
{
    bool is_moving = may_move(display);
    if (!is_moving && said.length == 0)
        return;
    int64_t begun_us = now_us();
    AUTO_BUFFER out;
    buffer_init(&out, 2 * DISPLAY_BYTES_MAX);
    int64_t now_ms = clock_now_ms();
    display->state.step_ms = now_ms - display->step_since_ms;
    display->state.stale_ms = now_ms - display->progress.read_ms;
    display->state.progress = &display->progress;
    if (is_moving) {
        measure_terminal(display);
        append_erasure(display, &out);
    }
    (void)!buffer_append(&out, said);
    buffer_clear(&display->drawn); /* also a block that was drawn before we went to the background */
    if (is_moving)
        append_block(display, &out);
    write_all(&out);
    int64_t took_us = now_us() - begun_us;
    display->draw_at_ms = clock_now_ms() + pause_ms(&display->last_draw_us, took_us, DRAW_PAUSES, TERMINAL_INTERVAL_MS);
    display->draws++;
    display->draw_us += took_us;
}

static void draw_block(Display *display)
{
    draw(display, (Slice){"", 0});
}

/* Called before somebody writes a line of log. */
static void clear_block(void *context)
{
    Display *display = context;
    if (display->drawn.length == 0 || !may_move(display))
        return;
    AUTO_BUFFER out;
    buffer_init(&out, DISPLAY_BYTES_MAX);
    append_erasure(display, &out);
    write_all(&out);
}

void display_open(Display *display)
{
    const char *terminal = getenv("TERM");
    *display = (Display){.is_live = isatty(STDERR_FILENO) && terminal && *terminal && strcmp(terminal, "dumb") != 0,
                         .opened_ms = clock_now_ms()};
    display->style.has_colour = display->is_live && !is_set("NO_COLOR"); /* https://no-color.org */
    display->style.has_unicode = is_utf8_locale();
    display->step_since_ms = display->opened_ms;
    buffer_init(&display->drawn, DISPLAY_BYTES_MAX);
    if (!display->is_live)
        return;
    struct sigaction action = {.sa_handler = on_continue, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGCONT, &action, NULL);
    log_set_notice(clear_block, display);
}

static void draw_when_due(Display *display)
{
    if (display->is_live && clock_now_ms() >= display->draw_at_ms)
        draw_block(display);
}

void display_set_step(Display *display, BlockStep step)
{
    if (display->state.step == step)
        return;
    display->state.step = step;
    display->step_since_ms = clock_now_ms();
    draw_block(display);
}

void display_set_listed(Display *display, int64_t listed)
{
    display->state.listed = listed;
    draw_when_due(display);
}

static void append_events(Display *display, Buffer *said)
{
    const Progress *progress = &display->progress;
    size_t new = 0;
    for (size_t i = 0; i < progress->event_count; i++) {
        if (!progress->events[i].is_new)
            continue;
        new ++;
        block_append_event(&progress->events[i], &display->style, said);
        (void)!buffer_append_text(said, "\n");
    }
    if (new > 0 && new == progress->event_count && progress->events_all > (int64_t) new)
        (void)!buffer_append_text(said, "and more; copyfleet status has them\n");
}

static void append_line(Display *display, Buffer *said)
{
    display->state.progress = &display->progress;
    block_append_line(&display->state, &display->style, said);
    (void)!buffer_append_text(said, "\n");
}

bool display_look(Display *display, Connection *connection, bool is_forced, Error *error)
{
    if (!is_forced && clock_now_ms() < display->look_at_ms) {
        draw_when_due(display);
        return true;
    }
    int64_t begun_us = now_us();
    if (!progress_read(&display->progress, connection, display->is_live ? BLOCK_WORKERS_MAX : 0, error))
        return false;
    int64_t took_us = now_us() - begun_us;
    display->looks++;
    display->look_us += took_us;
    int64_t least_ms = display->is_live ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS;
    display->look_at_ms = clock_now_ms() + pause_ms(&display->last_look_us, took_us, LOOK_PAUSES, least_ms);
    AUTO_BUFFER said;
    buffer_init(&said, DISPLAY_BYTES_MAX);
    append_events(display, &said);
    if (!display->is_live && !is_forced)
        append_line(display, &said);
    if (display->is_live || said.length > 0)
        draw(display, buffer_slice(&said));
    return true;
}

void display_say(Display *display, const char *format, ...)
{
    AUTO_BUFFER said;
    buffer_init(&said, DISPLAY_BYTES_MAX);
    va_list arguments;
    va_start(arguments, format);
    AUTO_FREE char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0)
        error_abort("no memory left");
    va_end(arguments);
    printable_append(&said, text, SIZE_MAX, !display->style.has_unicode);
    (void)!buffer_append_text(&said, "\n");
    draw(display, buffer_slice(&said));
}

static void say_cost(const Display *display)
{
    int64_t ms = clock_now_ms() - display->opened_ms;
    log_event(LOG_DEBUG, "progress.cost", LOG_NUMBER("looks", display->looks), LOG_NUMBER("look_us", display->look_us),
              LOG_NUMBER("draws", display->draws), LOG_NUMBER("draw_us", display->draw_us), LOG_NUMBER("ms", ms));
}

void display_end(Display *display)
{
    bool has_looked = display->looks > 0;
    display->state.step = has_looked ? BLOCK_ENDED : BLOCK_NOTHING;
    AUTO_BUFFER said;
    buffer_init(&said, DISPLAY_BYTES_MAX);
    if (!display->is_live && has_looked)
        append_line(display, &said);
    draw(display, buffer_slice(&said));
    buffer_clear(&display->drawn);
    if (display->is_live)
        log_set_notice(NULL, NULL);
    say_cost(display);
}

void display_close(Display *display)
{
    progress_done(&display->progress);
    buffer_done(&display->drawn);
}
