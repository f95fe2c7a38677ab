/* SPDX-License-Identifier: Apache-2.0
 *
 * Brings the log's lines to stderr from a thread of its own, so that a reader who does not read (a full pipe, a
 * terminal that is stopped, a disk that hangs) holds up nobody who logs. A line is one write. As long as stderr takes
 * what it is given, a line is written when log_writer_put returns, so a process that dies has said what it said. If
 * stderr takes nothing, lines wait in a bounded queue; what does not fit is dropped and counted. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Called by the writer's thread with the number of lines that are missing at this place, after the lines before them
 * were written. */
typedef void LogDroppedFunction(int64_t lines);

/* Writes a whole line, which has its newline. Waits for LOG_WRITER_WAIT_MS at most. After a wait in vain no call waits
 * until the queue is empty again. */
#define LOG_WRITER_WAIT_MS 100
void log_writer_put(const char *line, size_t length, LogDroppedFunction *say_dropped);

/* Waits until all is written, for wait_ms at most. exit() does this too. */
#define LOG_WRITER_FLUSH_MS 1000
void log_writer_flush(int64_t wait_ms);
