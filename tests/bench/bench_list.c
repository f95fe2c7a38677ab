/* SPDX-License-Identifier: Apache-2.0
 *
 * How long a listing takes: bench_list PORT CONNECTIONS, of what tests/keys/serve_keys serves at that port. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/error.h"
#include "s3/s3.h"

static bool count_object(void *context, const ListedObject *object, Error *error)
{
    (void)object, (void)error;
    ++*(int64_t *)context;
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d", atoi(argv[1]));
    const AwsConfig config = {.key = (char *)"k",
                              .secret = (char *)"s",
                              .session_token = (char *)"",
                              .region = (char *)"us-east-1",
                              .profile = (char *)"",
                              .endpoint_url = url,
                              .path_style = true,
                              .list_connections = atoi(argv[2]),
                              .patience = {.connect_timeout = {.ms = 5000},
                                           .stall = {.ms = 60000},
                                           .attempts_max = 10,
                                           .backoff = {.base_ms = 200, .wait_ms_max = 60000}}};
    Error error;
    AUTO_S3 s3 = NULL;
    int64_t count = 0, begun_ms = clock_now_ms();
    if (!s3_open(&config, &s3, &error) || !s3_list(s3, "b", "data/", "", count_object, &count, &error))
        error_abort(error.message);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("connections %s: %lld ms, %lld objects, %lld requests, %ld KiB at most, %.1f s of processor\n", argv[2],
           (long long)(clock_now_ms() - begun_ms), (long long)count, (long long)s3_list_count(s3), usage.ru_maxrss,
           (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return 0;
}
