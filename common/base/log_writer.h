/* SPDX-License-Identifier: Apache-2.0
 *
 * Brings the log's lines to stderr from a thread of its own, so that a reader who does not read (a full pipe, a
 * terminal that is stopped, a disk that hangs) holds up nobody who logs. A line is one write. As long as stderr takes
 * what it is given, a line is written when log_writer_put returns, so a process that dies has said what it said. If
 * stderr takes nothing, lines wait in a bounded queue; what does not fit is dropped and counted. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Is told, by the writer's thread, how many lines are missing at this place, once what was before them is written. */
typedef void LogDroppedFunction(int64_t lines);

/* A whole line, with its end. Waits for LOG_WRITER_WAIT_MS at most; after a wait in vain nobody waits until the queue
 * is empty again. */
#define LOG_WRITER_WAIT_MS 100
void log_writer_put(const char *line, size_t length, LogDroppedFunction *say_dropped);

/* Waits until all is written, for wait_ms at most. What ends by exit() has this done for it. */
#define LOG_WRITER_FLUSH_MS 1000
void log_writer_flush(int64_t wait_ms);
