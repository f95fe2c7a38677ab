/* SPDX-License-Identifier: Apache-2.0 */
#include "base/start.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/log.h"
#include "base/stop.h"

void start_process(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    stop_catch_signals();
}

bool start_config(const char *program, const char *path, Config *out_config)
{
    AUTO_FREE char *mistakes = NULL;
    Error error;
    if (!config_load(path, out_config, &mistakes, &error)) {
        fprintf(stderr, "%s%s: %s\n", mistakes ? mistakes : "", program, error.message);
        return false;
    }
    log_set_level(out_config->log_level);
    return true;
}
