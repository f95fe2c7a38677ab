/* SPDX-License-Identifier: Apache-2.0 */
#include "key_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "key_pages.h"

#define HEAD_MAX 16384

typedef struct Client {
    const KeyServer *server;
    int descriptor;
} Client;

static bool send_all(int descriptor, Slice bytes)
{
    while (bytes.length > 0) {
        ssize_t sent = send(descriptor, bytes.data, bytes.length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        bytes = (Slice){bytes.data + sent, bytes.length - (size_t)sent};
    }
    return true;
}

/* Reads one request's head; false once the client has gone. */
static bool read_head(int descriptor, char head[HEAD_MAX])
{
    size_t length = 0;
    head[0] = '\0';
    while (!strstr(head, "\r\n\r\n")) {
        ssize_t count = length < HEAD_MAX - 1 ? recv(descriptor, head + length, HEAD_MAX - 1 - length, 0) : 0;
        if (count <= 0)
            return false;
        length += (size_t)count;
        head[length] = '\0';
    }
    return true;
}

static void count_in(KeyCounts *counts)
{
    int64_t now = atomic_fetch_add(&counts->under_way, 1) + 1;
    int64_t most = atomic_load(&counts->under_way_max);
    while (now > most && !atomic_compare_exchange_weak(&counts->under_way_max, &most, now))
        continue;
}

/* Answers once latency_ms have passed since the request came. */
static bool answer(const KeyServer *server, int descriptor, char *head, Buffer *body)
{
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    long due_ns = due.tv_nsec + server->latency_ms % 1000 * 1000000;
    due = (struct timespec){due.tv_sec + server->latency_ms / 1000 + due_ns / 1000000000, due_ns % 1000000000};
    count_in(server->counts);
    buffer_clear(body);
    bool is_head = strncmp(head, "HEAD", 4) == 0;
    int status = key_pages_answer(server, head, body);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    atomic_fetch_sub(&server->counts->under_way, 1);
    char lines[256];
    int length =
        snprintf(lines, sizeof lines, "HTTP/1.1 %d Status\r\nContent-Length: %zu\r\n\r\n", status, body->length);
    return send_all(descriptor, (Slice){lines, (size_t)length}) &&
           (is_head || send_all(descriptor, buffer_slice(body)));
}

static void *serve(void *context)
{
    Client client = *(Client *)context;
    free(context);
    char head[HEAD_MAX];
    AUTO_BUFFER body;
    buffer_init(&body, 16 * MIB);
    while (read_head(client.descriptor, head) && answer(client.server, client.descriptor, head, &body))
        continue;
    close(client.descriptor);
    return NULL;
}

static _Noreturn void accept_all(const KeyServer *server, int listener)
{
    for (;;) {
        int descriptor = accept(listener, NULL, NULL);
        if (descriptor < 0)
            continue;
        const int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Client *client = memory_alloc_zeroed(1, sizeof *client);
        *client = (Client){server, descriptor};
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, client) != 0)
            error_abort("no thread for a connection");
        pthread_detach(thread);
    }
}

static int listen_on_loopback(int *out_port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 256) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        error_abort("the key server cannot listen");
    *out_port = ntohs(address.sin_port);
    return listener;
}

/* The socket listens before the fork: a client that comes earlier than the process waits in its backlog. */
void key_server_start(KeyServer *server)
{
    server->counts = mmap(NULL, sizeof *server->counts, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (server->counts == MAP_FAILED)
        error_abort("no memory for the key server's counts");
    int listener = listen_on_loopback(&server->port);
    pid_t parent = getpid();
    server->process = fork();
    if (server->process < 0)
        error_abort("the key server cannot be forked");
    if (server->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        key_pages_sort(server);
        accept_all(server, listener);
    }
    close(listener);
}

void key_server_stop(KeyServer *server)
{
    kill(server->process, SIGKILL);
    while (waitpid(server->process, NULL, 0) < 0)
        continue;
    munmap(server->counts, sizeof *server->counts);
}
