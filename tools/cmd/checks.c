#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of", .argument = "DATE", .help = N_("as of this day (default today)")},
    {.name = "site", .letter = 's', .argument = "SITE", .help = N_("only this site")},
    {.name = "element", .letter = 'e', .argument = "ID", .help = N_("only this element")},
    {.name = "person", .letter = 'p', .argument = "NAME", .help = N_("only what this person owns")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse checks",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_("what is due, overdue, missing or contradicted, and what to do about it; with "
                  "--person somebody's own work")};

static const char *const parameters[][2] = {{"as-of", "as_of"},
                                            {"site", "site"},
                                            {"element", "element"},
                                            {"person", "person"},
                                            {NULL, NULL}};
static const struct report_column rows[] = {
    {"due_on", N_("due on"), REPORT_TEXT, NULL},   {"overdue", N_("overdue"), REPORT_TEXT, NULL},
    {"site", N_("site"), REPORT_TEXT, NULL},       {"element", N_("element"), REPORT_TEXT, NULL},
    {"code", N_("check"), REPORT_TEXT, NULL},      {"text", N_("what"), REPORT_TEXT, NULL},
    {"owner", N_("owner"), REPORT_TEXT, NULL},     {"id", N_("record"), REPORT_TEXT, NULL},
    {"todo", N_("what to do"), REPORT_TEXT, NULL},
};
static const struct report_column lines[] = {
    {"as_of", N_("As of"), REPORT_TEXT, NULL},
    {"count", N_("Checks"), REPORT_TEXT, NULL},
    {"incomplete", N_("More than was looked at"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "checks", .none = N_("nothing to do"), .title = "", REPORT_COLUMNS(rows)},
};

enum err cmd_checks(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"checks"},
                                         .parameters = parameters,
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    return report_run(&report, argc, argv, info);
}
