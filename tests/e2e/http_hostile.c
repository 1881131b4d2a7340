/* Requests that no decent client sends, to a running daemon over both of its listeners; and clients
 * so slow that they only take up room.
 *   http_hostile table SOCKET PORT        every request, its status, and that the next one is
 * served http_hostile slow PORT COUNT SECONDS  COUNT slow clients at once while a good one goes on
 * One line a finding, "ok - …" or "not ok - …". */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/sys/clock.h"
#include "tests/e2e/http_hostile.h"

enum { REQUEST_BYTES_MAX = 4 * 1024 * 1024, ANSWER_BYTES_MAX = 64 * 1024, ANSWER_MS = 40 * 1000 };

static const char *socket_path;
static uint16_t port;
static bool failed;

static void find(bool good, const char *transport, const char *name, const char *why)
{
    (void)printf("%s - %s: %s%s%s\n", good ? "ok" : "not ok", transport, name, good ? "" : ": ",
                 good ? "" : why);
    failed = failed || !good;
}

static int connect_unix(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

static int connect_tcp(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        perror("connect");
        exit(1);
    }
    return fd;
}

/* Send all of it unless the other end has had enough, then read to the end. The status; 0: hung up
 * without a word. */
static int exchange(int fd, const char *bytes, size_t len, char *text)
{
    size_t got = 0;
    uint64_t until_ms = clock_mono_ms() + ANSWER_MS;

    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        bytes += sent;
        len -= (size_t)sent;
    }
    while (got + 1 < ANSWER_BYTES_MAX && clock_mono_ms() < until_ms) {
        struct pollfd item = {.fd = fd, .events = POLLIN};
        if (poll(&item, 1, 1000) != 1)
            continue;
        ssize_t more = recv(fd, text + got, ANSWER_BYTES_MAX - 1 - got, 0);
        if (more <= 0)
            break;
        got += (size_t)more;
    }
    (void)close(fd);
    text[got] = '\0';
    return strncmp(text, "HTTP/1.1 ", 9) == 0 ? (int)strtol(text + 9, NULL, 10) : 0;
}

/* ---- the table ---- */

static size_t add(char *out, size_t at, const char *from, size_t len)
{
    if (at + len > REQUEST_BYTES_MAX)
        exit(1);
    memcpy(out + at, from, len);
    return at + len;
}

/* "@N" in a text stands for N times the letter after it: "@300a". */
static size_t expand(char *out, size_t at, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '@') {
            at = add(out, at, text + i, 1);
            continue;
        }
        char *end = NULL;
        unsigned long count = strtoul(text + i + 1, &end, 10);
        end += *end == ';'; /* before a digit */
        for (; count > 0; count--)
            at = add(out, at, end, 1);
        i = (size_t)(end - text);
    }
    return at;
}

static size_t build(const struct http_row *row, char *out)
{
    static char body[REQUEST_BYTES_MAX];
    char line[128];
    size_t at = expand(out, 0, row->head, row->head_len);

    if (row->body == NULL)
        return at;
    size_t body_len = expand(body, 0, row->body, row->body_len);
    int len = snprintf(line, sizeof(line), "Content-Length: %zu\r\n\r\n", body_len);
    at = add(out, at, line, (size_t)len);
    return add(out, at, body, body_len);
}

static bool serves(int fd)
{
    static const char request[] =
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static char text[ANSWER_BYTES_MAX];
    return exchange(fd, request, sizeof(request) - 1, text) == 200;
}

static void try_row(const struct http_row *row, bool over_unix)
{
    static char request[REQUEST_BYTES_MAX], text[ANSWER_BYTES_MAX];
    const char *transport = over_unix ? "unix" : "tcp";
    char why[160];
    int wanted = over_unix && row->unix_status != 0 ? row->unix_status : row->status;
    size_t len = build(row, request);

    int status = exchange(over_unix ? connect_unix() : connect_tcp(), request, len, text);
    (void)snprintf(why, sizeof(why), "wanted %d, got %d", wanted, status);
    bool good = status == wanted;
    if (good && status >= 400 && !row->from_library &&
        strstr(text, "Content-Type: application/problem+json") == NULL) {
        (void)snprintf(why, sizeof(why), "%d without a problem", status);
        good = false;
    }
    find(good, transport, row->name, why);
    if (!serves(over_unix ? connect_unix() : connect_tcp()))
        find(false, transport, row->name, "the next request is not served");
}

/* ---- slow clients ---- */

static const char *const beginnings[] = {
    "G",
    "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n",
    "POST /api/v1/records/complaint HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
    "application/json\r\n"
    "Content-Length: 100000\r\n\r\n{",
};

static void slow(uint32_t count, uint64_t seconds)
{
    int *fds = calloc(count, sizeof(*fds));
    uint64_t until_ms = clock_mono_ms() + seconds * 1000;
    uint32_t ended = 0, served = 0, asked = 0;
    uint64_t slowest_ms = 0;

    if (fds == NULL)
        exit(1);
    for (uint32_t i = 0; i < count; i++) {
        const char *begin = beginnings[i % 3];
        fds[i] = connect_tcp();
        (void)send(fds[i], begin, strlen(begin), MSG_NOSIGNAL);
    }
    while (clock_mono_ms() < until_ms) {
        uint64_t begin_ms = clock_mono_ms();
        asked++;
        served += serves(connect_tcp());
        uint64_t took_ms = clock_mono_ms() - begin_ms;
        slowest_ms = took_ms > slowest_ms ? took_ms : slowest_ms;
        for (uint32_t i = 0; i < count; i++) { /* one byte more each, so that none is idle */
            struct pollfd item = {.fd = fds[i], .events = POLLIN};
            if (fds[i] < 0)
                continue;
            if (send(fds[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1 && poll(&item, 1, 0) == 0)
                continue;
            (void)close(fds[i]);
            fds[i] = -1;
            ended++;
        }
        (void)poll(NULL, 0, 500);
    }
    (void)printf("# %u slow clients, %u ended by the daemon; a good one: %u of %u served, slowest "
                 "%llu ms\n",
                 count, ended, served, asked, (unsigned long long)slowest_ms);
    find(served == asked && asked > 0, "tcp", "a good client is served beside slow ones", "not");
    find(ended == count, "tcp", "slow clients are ended", "some are not");
    free(fds);
}

int main(int argc, char **argv)
{
    struct rlimit limit;

    (void)signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (argc == 4 && strcmp(argv[1], "table") == 0) {
        socket_path = argv[2];
        port = (uint16_t)strtoul(argv[3], NULL, 10);
        for (size_t i = 0; i < http_row_count; i++) {
            try_row(&http_rows[i], true);
            try_row(&http_rows[i], false);
        }
    } else if (argc == 5 && strcmp(argv[1], "slow") == 0) {
        port = (uint16_t)strtoul(argv[2], NULL, 10);
        slow((uint32_t)strtoul(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
    } else {
        (void)fputs("table SOCKET PORT | slow PORT COUNT SECONDS\n", stderr);
        return 2;
    }
    return failed ? 1 : 0;
}
