/* SPDX-License-Identifier: Apache-2.0
 *
 * A bucket of many keys that answers slowly, for a benchmark and a test of the listing:
 * serve_keys [--keys N] [--page-keys N] [--latency-ms MS] [--set KIND] [--fault hides-folder|by-time]
 * It prints its port, and ends with its input. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "key_server.h"

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"keys", required_argument, NULL, 'k'},       {"page-keys", required_argument, NULL, 'p'},
        {"latency-ms", required_argument, NULL, 'l'}, {"set", required_argument, NULL, 's'},
        {"fault", required_argument, NULL, 'f'},      {0}};
    const char *kind = "dated";
    size_t count = 1000000;
    KeySet set;
    KeyServer server = {.set = &set, .prefix = "data/", .page_keys = 1000, .latency_ms = 50};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'k')
            count = strtoull(optarg, NULL, 10);
        else if (option == 'p')
            server.page_keys = strtoull(optarg, NULL, 10);
        else if (option == 'l')
            server.latency_ms = strtol(optarg, NULL, 10);
        else if (option == 's')
            kind = optarg;
        else if (option == 'f')
            server.fault = strcmp(optarg, "by-time") == 0 ? KEY_FAULT_BY_TIME : KEY_FAULT_HIDES_FOLDER;
        else
            return 2;
    }
    if (!key_set_make(kind, count, &set))
        error_abort("there is no such set of keys");
    key_server_start(&server);
    printf("%d\n", server.port);
    fflush(stdout);
    for (char bytes[64]; read(STDIN_FILENO, bytes, sizeof bytes) > 0;)
        continue;
    fprintf(stderr, "requests %lld, of names %lld, at most %lld at the same time\n", (long long)server.counts->requests,
            (long long)server.counts->names, (long long)server.counts->under_way_max);
    key_server_stop(&server);
    key_set_done(&set);
    return 0;
}
