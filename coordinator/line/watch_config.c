/* SPDX-License-Identifier: Apache-2.0 */
#include "line/watch_config.h"

#include <stddef.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/log.h"

/* The fleet meets at a broker that outlives the watch. */
bool watch_config_check(const Config *config, Error *error)
{
    return *config->kafka.bootstrap_servers ||
           error_set(error, ERROR_FATAL, "[KAFKA] BOOTSTRAP_SERVERS is empty; watch needs a broker that outlives it");
}

/* mistakes has a line for each. */
static void refuse(const char *mistakes, Error *out_refusal)
{
    AUTO_BUFFER text;
    buffer_init(&text, 64 * KIB);
    while (*mistakes) {
        size_t length = strcspn(mistakes, "\n");
        (void)!buffer_append_format(&text, "%s%.*s", text.length > 0 ? "; " : "", (int)length, mistakes);
        mistakes += length + (mistakes[length] == '\n');
    }
    (void)!error_set(out_refusal, ERROR_FATAL, "SIGHUP: the new configuration is refused, the old one stays: %.*s",
                     (int)text.length, text.data);
}

bool watch_config_read(const char *path, Config *out_config, Error *out_refusal)
{
    AUTO_CONFIG config = {0};
    AUTO_FREE char *mistakes = NULL;
    Error error;
    if (config_load(path, &config, &mistakes, &error) && watch_config_check(&config, &error)) {
        *out_config = config;
        config = (Config){0};
        return true;
    }
    log_event(LOG_ERROR, "config.refused", LOG_TEXT("reason", error.message),
              LOG_TEXT("mistakes", mistakes ? mistakes : ""));
    refuse(mistakes ? mistakes : error.message, out_refusal);
    return false;
}
