#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/bytes.h"
#include "tests/bench/peers/peer.h"

enum { READ_BYTES = 64 * 1024 };

static const char pg_tables[] =
    "create table log (site int8, seq int8, entry bytea, primary key (site, seq));"
    "create table record (rid uuid primary key, doc jsonb)";
static const char pg_log[] = "insert into log select $1::int8, s, e from unnest($2::int8[], "
                             "$3::bytea[]) as t (s, e)";
static const char pg_merge[] =
    "insert into record select r, d from unnest($1::uuid[], $2::jsonb[]) as t (r, d) "
    "on conflict (rid) do update set doc = record.doc || excluded.doc";

static void put_length(struct text *text, size_t at)
{
    put_u32(text->bytes + at, (uint32_t)(text->len - at));
}

static size_t begin_pg(struct text *text, const char *type)
{
    text_put(text, type, strlen(type));
    text_put(text, "\0\0\0\0", 4);
    return text->len - 4;
}

static void put_parse(struct text *text, const char *name, const char *query)
{
    size_t at = begin_pg(text, "P");
    text_put(text, name, strlen(name) + 1);
    text_put(text, query, strlen(query) + 1);
    text_put(text, "\0\0", 2);
    put_length(text, at);
}

/* Send it all and wait until `replies` have come. */
static bool ask(enum peer peer, struct sender *sender, const struct text *text, int replies)
{
    uint8_t part[READ_BYTES];
    if (write(sender->fd, text->bytes, text->len) != (ssize_t)text->len)
        return false;
    while (replies > 0) {
        ssize_t len = read(sender->fd, part, sizeof(part));
        if (len <= 0)
            return false;
        text_put(&sender->in, part, (size_t)len);
        int got = peer_replies(peer, sender);
        if (got < 0)
            return false;
        replies -= got;
    }
    return true;
}

static bool greet_pg(struct sender *sender, enum peer peer, bool first)
{
    static const char who[] = "user\0postgres\0database\0postgres\0";
    struct text text = {0};
    size_t at = begin_pg(&text, "");
    text_put(&text, "\0\3\0\0", 4);
    text_put(&text, who, sizeof(who));
    put_length(&text, at);
    bool done = ask(peer, sender, &text, 1);
    if (done && first) {
        text.len = 0;
        at = begin_pg(&text, "Q");
        text_put(&text, pg_tables, sizeof(pg_tables));
        put_length(&text, at);
        done = ask(peer, sender, &text, 1);
    }
    text.len = 0;
    put_parse(&text, "log", pg_log);
    put_parse(&text, "merge", pg_merge);
    (void)begin_pg(&text, "S");
    put_length(&text, text.len - 4);
    done = done && ask(peer, sender, &text, 1);
    free(text.bytes);
    return done;
}

static bool greet_nats(struct sender *sender, enum peer peer, uint32_t place, bool first)
{
    static const char stream[] =
        "{\"name\":\"ops\",\"subjects\":[\"ops.*\"],\"storage\":\"file\",\"num_replicas\":1}";
    struct text text = {0};
    text_format(&text, "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"c\","
                       "\"version\":\"1\",\"protocol\":0}\r\n");
    text_format(&text, "SUB _INBOX.%u.* 1\r\n", place);
    if (first) {
        text_format(&text, "PUB $JS.API.STREAM.CREATE.ops _INBOX.%u.c %zu\r\n", place,
                    strlen(stream));
        text_format(&text, "%s\r\n", stream);
    }
    bool done = ask(peer, sender, &text, first ? 1 : 0);
    free(text.bytes);
    return done;
}

bool peer_connect(enum peer peer, uint16_t port, bool first, struct sender *sender)
{
    static uint32_t place;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;
    bool done = true;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place = first ? 0 : place + 1;
    sender->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(sender->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        return false;
    (void)setsockopt(sender->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (peer == PEER_PG_LOG || peer == PEER_PG_MERGE)
        done = greet_pg(sender, peer, first);
    else if (peer == PEER_NATS || peer == PEER_NATS_BATCH)
        done = greet_nats(sender, peer, place, first);
    return done && fcntl(sender->fd, F_SETFL, O_NONBLOCK) == 0;
}

/* Fields 4 (the parent) and 16, 17 (what ended children have used) of /proc/PID/stat. */
static bool read_stat(pid_t pid, long *parent_out, double *ended_s_out)
{
    char path[64], text[1024];
    unsigned long ticks[2] = {0};
    (void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[len] = '\0';
    const char *at = strrchr(text, ')');
    for (int field = 2; at != NULL && field < 16; field++) {
        at = strchr(at + 1, ' ');
        if (field == 3 && at != NULL)
            *parent_out = strtol(at, NULL, 10);
    }
    if (at != NULL) {
        char *end;
        ticks[0] = strtoul(at, &end, 10);
        ticks[1] = strtoul(end, NULL, 10);
    }
    *ended_s_out = (double)(ticks[0] + ticks[1]) / (double)sysconf(_SC_CLK_TCK);
    return at != NULL;
}

/* A hundred processes that ran for some milliseconds each come out as nothing in ticks of ten:
 * what the scheduler counted is exact, of a process with one thread. */
static bool read_run(pid_t pid, double *run_s_out)
{
    char path[64];
    unsigned long long ns = 0;
    (void)snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    bool read = fscanf(file, "%llu", &ns) == 1;
    (void)fclose(file);
    *run_s_out = (double)ns / 1e9;
    return read;
}

void peer_usage(pid_t server, struct usage *usage_out)
{
    long parent = 0;
    double ended_s = 0;
    bench_usage(server, usage_out);
    if (read_stat(server, &parent, &ended_s))
        usage_out->cpu_s += ended_s;
    DIR *proc = opendir("/proc");
    for (struct dirent *one; proc != NULL && (one = readdir(proc)) != NULL;) {
        struct usage usage;
        pid_t pid = (pid_t)strtol(one->d_name, NULL, 10);
        if (pid <= 0 || !read_stat(pid, &parent, &ended_s) || parent != server)
            continue;
        bench_usage(pid, &usage);
        (void)read_run(pid, &usage.cpu_s);
        usage_out->cpu_s += usage.cpu_s;
        usage_out->written_bytes += usage.written_bytes;
        usage_out->resident_bytes += usage.resident_bytes;
    }
    if (proc != NULL)
        (void)closedir(proc);
}
