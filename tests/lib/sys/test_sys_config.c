#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/sys/config.h"
#include "lib/sys/files.h"
#include "lib/sys/random.h"
#include "lib/sys/yaml.h"
#include "line.h"

struct sample {
    char http[CONFIG_TEXT_BYTES];
    char data[CONFIG_TEXT_BYTES];
    int64_t sites_max;
    bool curve;
    int64_t idle_ms;
    int64_t map_bytes;
    struct config_list hosts;
};

static const struct config_key keys[] = {
    {.name = "http",
     .type = CONFIG_TEXT,
     .offset = offsetof(struct sample, http),
     .min = 1,
     .argument = "ADDRESS",
     .help = "where people look"},
    {.name = "data",
     .type = CONFIG_TEXT,
     .offset = offsetof(struct sample, data),
     .required = true,
     .flag_only = true,
     .argument = "DIR",
     .help = "data directory"},
    {.name = "sites_max",
     .type = CONFIG_INT,
     .offset = offsetof(struct sample, sites_max),
     .min = 1,
     .max = 64,
     .help = "sites"},
    {.name = "curve",
     .type = CONFIG_BOOL,
     .offset = offsetof(struct sample, curve),
     .help = "seal"},
    {.name = "idle",
     .type = CONFIG_DURATION,
     .offset = offsetof(struct sample, idle_ms),
     .min = 1000,
     .max = 3600000,
     .help = "silence"},
    {.name = "map_size",
     .type = CONFIG_SIZE,
     .offset = offsetof(struct sample, map_bytes),
     .help = "map"},
    {.name = "hosts",
     .type = CONFIG_LIST,
     .offset = offsetof(struct sample, hosts),
     .min = 1,
     .max = 63,
     .help = "names"},
};
static const struct config_spec spec = {.program = "sample",
                                        .summary = "a sample",
                                        .keys = keys,
                                        .key_count = sizeof(keys) / sizeof(keys[0])};

/* A file with this content in a folder of its own; the name stays in `path`. */
static void write_sample(const char *content, char path[PATH_BYTES_MAX])
{
    char folder[] = "/tmp/cse-config-XXXXXX";
    cr_assert(sys_init(NULL) == ERR_OK);
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(path_join(folder, "c.yaml", path, NULL), ERR_OK);
    cr_assert_eq(file_write_atomic(path, bytes_of_text(content), 0600, NULL), ERR_OK);
}

static void remove_sample(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
}

static struct sample defaults(void)
{
    return (struct sample){
        .http = "127.0.0.1:7790", .sites_max = 8, .idle_ms = 15000, .map_bytes = 4096};
}

Test(config, reads_every_type)
{
    char path[PATH_BYTES_MAX];
    struct sample got = defaults();
    struct err_info info = {0};
    write_sample(
        "# a comment\nhttp: '[::1]:80'\nsites_max: 12\ncurve: true\nidle: 2m\nmap_size: 2GiB\n"
        "hosts: [one.example, \"two.example\"]\n",
        path);
    cr_assert_eq(config_load_file(&spec, path, &got, &info), ERR_OK, "%s", info.text);
    cr_expect_str_eq(got.http, "[::1]:80");
    cr_expect_eq(got.sites_max, 12);
    cr_expect(got.curve);
    cr_expect_eq(got.idle_ms, 120000);
    cr_expect_eq(got.map_bytes, INT64_C(2) << 30);
    cr_expect_eq(got.hosts.count, 2);
    cr_expect_str_eq(got.hosts.items[1], "two.example");
    remove_sample(path);
}

Test(config, file_errors)
{
    static const struct {
        const char *name, *content, *text;
    } rows[] = {
        {"unknown key, nearest known", "htpp: a\n", ":1: htpp: unknown key; did you mean 'http'?"},
        {"unknown key, nothing near", "\nweather: a\n",
         ":2: weather: unknown key; 'sample --help' lists them"},
        {"key twice", "http: a\ncurve: true\nhttp: b\n", ":3: http: the key is there twice"},
        {"number out of range", "sites_max: 65\n",
         ":1: sites_max: '65' is out of range; allowed: a whole number, from 1 to 64"},
        {"number below range", "sites_max: -1\n",
         ":1: sites_max: '-1' is out of range; allowed: a whole number, from 1 to 64"},
        {"number with letters", "sites_max: 5x\n",
         ":1: sites_max: '5x' has the wrong form; allowed: a whole number, from 1 to 64"},
        {"number in quotes", "sites_max: '5'\n",
         ":1: sites_max: has the wrong type; allowed: a whole number, from 1 to 64"},
        {"number too long", "sites_max: 99999999999999999999\n",
         ":1: sites_max: '99999999999999999999' has the wrong form; allowed: a whole number, from "
         "1 to 64"},
        {"yes is no bool", "curve: yes\n",
         ":1: curve: 'yes' has the wrong form; allowed: true or false"},
        {"duration without unit", "idle: 15\n",
         ":1: idle: '15' has the wrong form; allowed: a duration such as 500ms, 15s, 10m, 2h or "
         "7d, from 1s to 1h"},
        {"mapping for a text", "http:\n  a: b\n",
         ":1: http: has the wrong type; allowed: a text of 1 to 511 bytes"},
        {"text too short", "http: ''\n",
         ":1: http: '' is too short; allowed: a text of 1 to 511 bytes"},
        {"flag only", "data: /x\n", ":1: data: can only be given as the flag --data"},
        {"not a mapping", "- a\n", ":1: must be lines of 'key: value'"},
        {"alias", "http: &x a\nhosts: [*x]\n", ":1: http: anchors and aliases are not supported"},
        {"tag", "http: !!binary aGk=\n", ":1: http: tags are not supported"},
        {"second document", "http: a\n---\nhttp: b\n", ":2: a second document is not allowed"},
        {"list entry too long",
         "hosts: [a, 0123456789012345678901234567890123456789012345678901234567890123]\n",
         ":1: hosts: '0123456789012345678901234567890123456789012345678901234567890123' is too "
         "long; allowed: a "
         "list of texts of 1 to 63 bytes each"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[PATH_BYTES_MAX];
        char expected[PATH_BYTES_MAX + 512];
        struct sample got = defaults();
        struct err_info info = {0};
        write_sample(rows[i].content, path);
        snprintf(expected, sizeof(expected), "%s%s", path, rows[i].text);
        cr_expect_eq(config_load_file(&spec, path, &got, &info), ERR_INVALID, "%s: code",
                     rows[i].name);
        cr_expect_str_eq(info.text, expected, "%s: '%s'", rows[i].name, info.text);
        remove_sample(path);
    }
}

Test(config, broken_yaml_names_its_line)
{
    static const char *const rows[] = {"a: [1\nb: 2\n", "a: b: c\n", "\ta: 1\n", "a: \"x\n"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct yaml_doc *doc = NULL;
        struct err_info info = {0};
        cr_expect_eq(yaml_load_text("f.yaml", bytes_of_text(rows[i]), &doc, &info), ERR_INVALID,
                     "row %zu", i);
        cr_expect_eq(strncmp(info.text, "f.yaml:", 7), 0, "row %zu: %s", i, info.text);
        cr_expect_null(doc, "row %zu", i);
    }
}

Test(config, flags_win_over_the_file)
{
    char path[PATH_BYTES_MAX];
    struct sample got = defaults();
    struct err_info info = {0};
    enum config_outcome outcome = CONFIG_SHOWN;
    write_sample("http: file:1\nsites_max: 12\nhosts: [a, b]\n", path);
    struct line line;
    char text[PATH_BYTES_MAX + 128];
    snprintf(text, sizeof(text), "sample --http flag:2 --config %s --data=/d --curve --hosts c",
             path);
    split_line(&line, text);
    cr_assert_eq(
        config_read(&spec, (struct config_args){line.argc, line.argv}, &got, &outcome, &info),
        ERR_OK, "%s", info.text);
    cr_expect_eq(outcome, CONFIG_RUN);
    cr_expect_str_eq(got.http, "flag:2");
    cr_expect_str_eq(got.data, "/d");
    cr_expect_eq(got.sites_max, 12, "the file wins over the default");
    cr_expect_eq(got.idle_ms, 15000, "the default stays");
    cr_expect(got.curve);
    cr_expect_eq(got.hosts.count, 1, "a flag's list replaces the file's");
    cr_expect_str_eq(got.hosts.items[0], "c");
    remove_sample(path);
}

Test(config, flag_errors)
{
    static const struct {
        const char *name, *line, *text;
    } rows[] = {
        {"a typo", "sample --htp x", "unknown option '--htp'; did you mean '--http'?"},
        {"nothing near", "sample --weather x",
         "unknown option '--weather'; 'sample --help' lists them"},
        {"a word", "sample run", "unknown option 'run'; 'sample --help' lists them"},
        {"value missing", "sample --http", "--http needs a value"},
        {"value is a flag", "sample --http --curve", "--http needs a value"},
        {"required is missing", "sample --curve", "--data DIR is needed"},
        {"out of range", "sample --sites_max=0",
         "--sites_max: '0' is out of range; allowed: a whole number, from 1 to 64"},
        {"twice", "sample --idle=2s --idle=3s", "--idle is given twice"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct line line;
        split_line(&line, rows[i].line);
        struct sample got = defaults();
        struct err_info info = {0};
        enum config_outcome outcome = CONFIG_RUN;
        cr_expect_eq(
            config_read(&spec, (struct config_args){line.argc, line.argv}, &got, &outcome, &info),
            ERR_USAGE, "%s: code", rows[i].name);
        cr_expect_str_eq(info.text, rows[i].text, "%s: '%s'", rows[i].name, info.text);
    }
}

Test(config, help_names_every_key_and_default)
{
    char text[4096] = "";
    struct sample values = defaults();
    FILE *to = fmemopen(text, sizeof(text), "w");
    config_print_help(&spec, &values, to);
    fclose(to);
    size_t len = 0; /* lines may break anywhere */
    for (const char *from = text; *from != '\0'; from++) {
        bool blank = *from == ' ' || *from == '\n';
        if (!blank || len == 0 || text[len - 1] != ' ')
            text[len++] = blank ? ' ' : *from;
    }
    text[len] = '\0';
    for (size_t i = 0; i < spec.key_count; i++)
        cr_expect_not_null(strstr(text, keys[i].name), "%s", keys[i].name);
    cr_expect_not_null(strstr(text, "from 1s to 1h; default 15s"));
    cr_expect_not_null(strstr(text, "default 4KiB"));
    cr_expect_not_null(strstr(text, "(needed; flag only)"));
}

Test(config, units)
{
    static const struct {
        const char *text;
        enum err err;
        int64_t ms, bytes;
    } rows[] = {
        {"0", ERR_OK, 0, 0},
        {"7d", ERR_OK, 604800000, -1},
        {"500ms", ERR_OK, 500, -1},
        {"64KiB", ERR_OK, -1, 65536},
        {"12", ERR_OK, -1, 12},
        {"", ERR_INVALID, -1, -1},
        {"-1s", ERR_INVALID, -1, -1},
        {"1 s", ERR_INVALID, -1, -1},
        {"9223372036854775807d", ERR_INVALID, -1, -1},
        {"1kb", ERR_INVALID, -1, -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t ms = -1;
        int64_t bytes = -1;
        cr_expect_eq(config_parse_duration(rows[i].text, &ms),
                     rows[i].ms >= 0 ? ERR_OK : ERR_INVALID, "%s", rows[i].text);
        cr_expect_eq(config_parse_size(rows[i].text, &bytes),
                     rows[i].bytes >= 0 ? ERR_OK : ERR_INVALID, "%s", rows[i].text);
        cr_expect_eq(ms, rows[i].ms, "%s", rows[i].text);
        cr_expect_eq(bytes, rows[i].bytes, "%s", rows[i].text);
    }
}

Test(yaml, tree_knows_its_lines)
{
    struct yaml_doc *doc = NULL;
    struct err_info info = {0};
    const char *text =
        "columns:\n  Site Name: site\n  Total: count\nskip:\n  - a\n  - \"1\"\nn: 42\n";
    cr_assert_eq(yaml_load_text("m", bytes_of_text(text), &doc, &info), ERR_OK, "%s", info.text);
    const struct yaml_node *columns = yaml_get(yaml_root(doc), "columns");
    cr_assert_not_null(columns);
    cr_expect_eq(columns->count, 2);
    cr_expect_str_eq(columns->first->key->text, "Site Name");
    cr_expect_eq(columns->first->next->line, 3);
    cr_expect_eq(columns->first->next->column, 10);
    const struct yaml_node *skip = yaml_get(yaml_root(doc), "skip");
    cr_assert_eq(skip->count, 2);
    cr_expect(skip->first->next->quoted);
    int64_t number = 0;
    cr_expect_eq(yaml_int(doc, yaml_get(yaml_root(doc), "n"), &number, &info), ERR_OK);
    cr_expect_eq(number, 42);
    cr_expect_eq(yaml_int(doc, skip, &number, &info), ERR_INVALID);
    cr_expect_str_eq(info.text, "m:4: skip: must be a whole number");
    cr_expect_null(yaml_get(yaml_root(doc), "absent"));
    yaml_close(doc);
}

Test(yaml, bounds)
{
    struct yaml_doc *doc = NULL;
    static char big[YAML_BYTES_MAX + 1];
    memset(big, '#', sizeof(big));
    cr_expect_eq(yaml_load_text("m", bytes_of(big, sizeof(big)), &doc, NULL), ERR_TOO_BIG);
    cr_expect_eq(
        yaml_load_text("m", bytes_of_text("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]"), &doc, NULL),
        ERR_INVALID);
    cr_expect_eq(yaml_load_text("m", bytes_of_text(""), &doc, NULL), ERR_OK);
    cr_expect_eq(yaml_root(doc)->count, 0);
    yaml_close(doc);
}
