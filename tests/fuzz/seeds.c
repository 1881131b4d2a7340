/* The fuzzers' first inputs: one of every shape, made by the encoders. seeds DIR writes
 * DIR/TARGET/NAME. */
#include "tests/fuzz/seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/link/token.h"
#include "proto/sync/msg.h"

enum { PATH_BYTES = 1024 };

static const char *root;

void seed_must(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "seeds: %s failed\n", what);
        exit(1);
    }
}

void seed_put(const char *target, const char *name, struct bytes content)
{
    char path[PATH_BYTES];
    int len = snprintf(path, sizeof(path), "%s/%s", root, target);
    seed_must(len > 0 && len < PATH_BYTES, "a path");
    seed_must(mkdir(path, 0777) == 0 || errno == EEXIST, path);
    len = snprintf(path, sizeof(path), "%s/%s/%s", root, target, name);
    seed_must(len > 0 && len < PATH_BYTES, "a path");
    FILE *file = fopen(path, "wbe");
    seed_must(file != NULL, path);
    seed_must(fwrite(content.data, 1, content.len, file) == content.len, path);
    seed_must(fclose(file) == 0, path);
}

struct text_seed {
    const char *target, *name, *text;
};

static const struct text_seed texts[] = {
    {"csv", "plain", "a,b,c\n1,2,3\n4,5,6\n"},
    {"csv", "quoted",
     "\xEF\xBB\xBF"
     "name,text\r\n\"O\"\"Hara\",\"two\r\nlines, one field\"\r\n,\"\"\r\n"},
    {"csv", "one-column", "only\n\nx\n"},
    {"csv", "no-last-line-end", "a,b\n1,\xC3\xA9"},
    {"csv", "blank-end", "a,b\n1,2\n\n\n"},
    {"yaml", "config",
     "text: abc\nnumber: -3\non: true\nduration: 15m\nsize: 64KiB\nlist:\n  - a\n  - \"b\"\n"},
    {"yaml", "tree",
     "a: {b: [1, 2, 'x'], c: |\n  block\n}\n# end\n\"d e\": >-\n  folded\n  text\n"},
    {"yaml", "anchors", "a: &x 1\nb: *x\nc: !!str 2\n---\nd: 1\n"},
    {"json", "object",
     "{\"a\":1,\"b\":[true,false,null,-2.5e3],\"c\":{\"d\":\"\\u00e9\\ud83d\\ude00\"}}"},
    {"json", "record",
     "{\"kind\":\"assessment\",\"fields\":{\"band\":\"C\",\"elements\":[\"1.1.1\"]}}"},
    {"json", "twice", "{\"a\":1,\"a\":2}"},
    {"json", "nul", "[\"\\u0000\"]"},
    {"json", "number", "12345678901234567890"},
    {"target", "records", "/api/v1/records/complaint?limit=50&after=a%20b+c&name=%C3%A9"},
    {"target", "escapes", "/a%2Fb/%2e%2e/..?x=%zz&&=&y"},
    {"target", "plain", "/"},
    {"token", "address", "tcp://broker.example.org:7790"},
    {"token", "z85", "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"},
};

static void put_token(void)
{
    struct token token = {
        .address = "tcp://192.0.2.7:7790", .broker_public = {9, 8, 7}, .secret = {1, 2, 3}};
    char line[TOKEN_LINE_BYTES];
    token_print(&token, line);
    seed_put("token", "line", bytes_of_text(line));
    seed_put("token", "word", bytes_of_text(line + strlen("cse1.")));
}

static void put_answer(const char *name, const struct msg *msg)
{
    struct mp_buf frame;
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, msg);
    seed_must(!frame.failed, "msg_encode");
    seed_put("join", name, mp_buf_bytes(&frame));
    mp_buf_deinit(&frame);
}

static void put_join(void)
{
    struct msg joined = {.type = MSG_JOINED,
                         .joined = {.organisation = bytes_of_text("Northmoor"),
                                    .slug = bytes_of_text("housing"),
                                    .name = bytes_of_text("Housing"),
                                    .broker_site = 7}};
    struct msg nameless = {.type = MSG_JOINED, .joined = {.broker_site = 7}};
    struct msg reject = {.type = MSG_REJECT,
                         .reject = {.code = ERR_EXPIRED, .text = bytes_of_text("too late")}};
    struct msg busy = {.type = MSG_BUSY, .busy = {.retry_after_ms = 3000}};
    put_answer("joined", &joined);
    put_answer("nameless", &nameless);
    put_answer("reject", &reject);
    put_answer("busy", &busy);
    seed_put("join", "question", bytes_of_text("an invitation's key of 32 bytes. site-id.cse 1.0"));
}

/* Flags, then each part behind its length. */
static const struct text_seed zap_requests[] = {
    {"zap", "admitted",
     "\x01\x03"
     "1.0\x04"
     "id-1\x03"
     "cse\x09"
     "192.0.2.7\x01i\x05"
     "CURVE\x20"
     "0123456789abcdef0123456789abcdef"},
    {"zap", "refused",
     "\x01\x03"
     "1.0\x01"
     "2\x03"
     "cse\x01h\x01i\x05"
     "CURVE\x20"
     "x123456789abcdef0123456789abcdef"},
    {"zap", "plain",
     "\x01\x03"
     "1.0\x01"
     "2\x03"
     "cse\x01h\x01i\x05"
     "PLAIN\x04user\x03pwd"},
    {"zap", "short",
     "\x01\x03"
     "1.0\x01"
     "2"},
    {"zap", "too-long",
     "\x01\x03"
     "1.0\xfe"
     "22222"},
    {"zap", "no-envelope",
     "\x03\x03"
     "1.0\x01"
     "2\x03"
     "cse"},
};

int main(int argc, char **argv)
{
    if (argc != 2) {
        (void)fprintf(stderr, "usage: seeds DIR\n");
        return 2;
    }
    root = argv[1];
    seed_must(mkdir(root, 0777) == 0 || errno == EEXIST, root);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        seed_put(texts[i].target, texts[i].name, bytes_of_text(texts[i].text));
    put_token();
    put_join();
    for (size_t i = 0; i < sizeof(zap_requests) / sizeof(zap_requests[0]); i++)
        seed_put(zap_requests[i].target, zap_requests[i].name, bytes_of_text(zap_requests[i].text));
    seeds_put_records();
    seeds_put_rows();
    seeds_put_requests();
    seeds_put_sheet(root);
    return 0;
}
