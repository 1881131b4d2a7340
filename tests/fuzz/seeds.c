/* The fuzzers' first inputs: one of every shape, made by the encoders. seeds DIR writes
 * DIR/TARGET/NAME. */
#include "tests/fuzz/seeds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/link/token.h"

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
    seeds_put_records();
    seeds_put_rows();
    seeds_put_requests();
    seeds_put_sheet(root);
    return 0;
}
