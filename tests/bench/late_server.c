/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server between S3's clients and an S3 server: each answer begins so many milliseconds late, as over a distance, and
 * its body comes as fast as ever. Each connection has a thread, which passes bytes on both ways, and waits before the
 * first bytes that come back after a request.
 *
 * Usage: late_server MILLISECONDS PORT, the port of the S3 server on 127.0.0.1. It prints its own port, and runs until
 * it is ended.
 */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK_BYTES = 256 << 10, BACKLOG = 1024, STACK_BYTES = CHUNK_BYTES + (256 << 10) };

static struct timespec delay;
static struct sockaddr_in server;

static bool send_all(int sink, const char *bytes, ssize_t count)
{
    for (ssize_t sent = 0; sent < count;) {
        ssize_t more = send(sink, bytes + sent, (size_t)(count - sent), 0);
        if (more <= 0)
            return false;
        sent += more;
    }
    return true;
}

/* Until one side ends. */
static void pass_on(int client, int upstream)
{
    char chunk[CHUNK_BYTES];
    bool is_asked = false; /* a request has gone up, and nothing of its answer has come down */
    struct pollfd sides[] = {{.fd = client, .events = POLLIN}, {.fd = upstream, .events = POLLIN}};
    while (poll(sides, 2, -1) > 0) {
        for (int i = 0; i < 2; i++) {
            if (sides[i].revents == 0)
                continue;
            ssize_t count = recv(sides[i].fd, chunk, sizeof chunk, 0);
            if (count <= 0)
                return;
            if (i == 1 && is_asked)
                nanosleep(&delay, NULL);
            is_asked = i == 0;
            if (!send_all(sides[1 - i].fd, chunk, count))
                return;
        }
    }
}

static void set_no_delay(int fd)
{
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void *serve(void *argument)
{
    int client = (int)(intptr_t)argument;
    int upstream = socket(AF_INET, SOCK_STREAM, 0);
    if (upstream >= 0 && connect(upstream, (const struct sockaddr *)&server, sizeof server) == 0) {
        set_no_delay(client);
        set_no_delay(upstream);
        pass_on(client, upstream);
    }
    if (upstream >= 0)
        close(upstream);
    close(client);
    return NULL;
}

static int listen_somewhere(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&here, size) != 0 || listen(listener, BACKLOG) != 0 ||
        getsockname(listener, (struct sockaddr *)&here, &size) != 0)
        err(1, "cannot listen");
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        errx(2, "usage: late_server MILLISECONDS PORT");
    long ms = strtol(argv[1], NULL, 10);
    delay = (struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    server = (struct sockaddr_in){.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(argv[2], NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    signal(SIGPIPE, SIG_IGN);

    int listener = listen_somewhere();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_t thread;
        int client = accept(listener, NULL, NULL);
        if (client >= 0 && pthread_create(&thread, &attributes, serve, (void *)(intptr_t)client) != 0)
            close(client);
    }
}
