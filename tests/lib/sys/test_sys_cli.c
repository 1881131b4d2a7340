#include <criterion/criterion.h>

#include "lib/sys/cli.h"
#include "line.h"

static const struct cli_option options[] = {{"where", 'w', "F=V", "only these"},
                                            {"limit", 0, "N", "at most"},
                                            {"json", 'j', NULL, "machine form"}};
static const struct cli_command command = {.name = "cse list",
                                           .words = "KIND",
                                           .summary = "list",
                                           .options = options,
                                           .option_count = 3,
                                           .words_min = 1,
                                           .words_max = 1};

Test(cli, options_and_words_mix)
{
    struct line line;
    split_line(&line, "list --where a=1 evidence -jwb=2 --limit=7");
    struct cli_args args;
    struct err_info info = {0};
    int64_t limit = 50;
    cr_assert_eq(cli_parse(&command, line.argc, line.argv, &args, &info), ERR_OK, "%s", info.text);
    cr_expect_str_eq(args.words[0], "evidence");
    cr_expect(cli_given(&command, &args, "json"));
    size_t cursor = 0;
    cr_expect_str_eq(cli_next(&command, &args, "where", &cursor), "a=1");
    cr_expect_str_eq(cli_next(&command, &args, "where", &cursor), "b=2");
    cr_expect_null(cli_next(&command, &args, "where", &cursor));
    cr_expect_eq(cli_int(&command, &args, "limit", (struct cli_range){1, 1000}, &limit, &info),
                 ERR_OK);
    cr_expect_eq(limit, 7);
    cr_expect_eq(cli_int(&command, &args, "limit", (struct cli_range){1, 5}, &limit, &info),
                 ERR_USAGE);
    cr_expect_str_eq(info.text, "--limit: '7' is no whole number from 1 to 5");
}

Test(cli, errors)
{
    static const struct {
        const char *name, *line, *text;
    } rows[] = {
        {"typo", "list --whre x", "unknown option '--whre'; did you mean '--where'?"},
        {"abbreviated", "list --wh=x y", "unknown option '--wh'; 'cse list --help' lists them"},
        {"letter", "list -x", "unknown option '-x'; 'cse list --help' lists them"},
        {"value missing", "list k --limit", "--limit needs a value: N"},
        {"value for a switch", "list --json=1 k", "--json takes no value"},
        {"word missing", "list --json", "something is missing; usage: cse list KIND"},
        {"word too much", "list a b", "'b' is too much; usage: cse list KIND"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct cli_args args;
        struct err_info info = {0};
        struct line line;
        split_line(&line, rows[i].line);
        cr_expect_eq(cli_parse(&command, line.argc, line.argv, &args, &info), ERR_USAGE, "%s",
                     rows[i].name);
        cr_expect_str_eq(info.text, rows[i].text, "%s: '%s'", rows[i].name, info.text);
    }
}

Test(cli, nothing_after_two_dashes_is_an_option)
{
    struct line line;
    split_line(&line, "list -- --json");
    struct cli_args args;
    cr_assert_eq(cli_parse(&command, line.argc, line.argv, &args, NULL), ERR_OK);
    cr_expect_str_eq(args.words[0], "--json");
    cr_expect_not(cli_given(&command, &args, "json"));
}
