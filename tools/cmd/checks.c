#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "as-of", .argument = "DATE", .help = "as of this day (default today)"},
    {.name = "site", .letter = 's', .argument = "SITE", .help = "only this site"},
    {.name = "element", .letter = 'e', .argument = "ID", .help = "only this element"},
    {.name = "person", .letter = 'p', .argument = "NAME", .help = "only what this person owns"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse checks",
    .words = "",
    CMD_OPTIONS(options),
    .summary = "what is due, overdue, missing or contradicted, and what to do about it; with "
               "--person somebody's own work"};

static const char *const parameters[][2] = {{"as-of", "as_of"},
                                            {"site", "site"},
                                            {"element", "element"},
                                            {"person", "person"},
                                            {NULL, NULL}};
static const struct report_column rows[] = {
    {"due_on", "due on", REPORT_TEXT, NULL},   {"overdue", "overdue", REPORT_TEXT, NULL},
    {"site", "site", REPORT_TEXT, NULL},       {"element", "element", REPORT_TEXT, NULL},
    {"code", "check", REPORT_TEXT, NULL},      {"text", "what", REPORT_TEXT, NULL},
    {"owner", "owner", REPORT_TEXT, NULL},     {"id", "record", REPORT_TEXT, NULL},
    {"todo", "what to do", REPORT_TEXT, NULL},
};
static const struct report_column lines[] = {
    {"as_of", "As of", REPORT_TEXT, NULL},
    {"count", "Checks", REPORT_TEXT, NULL},
    {"incomplete", "More than was looked at", REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "checks", .none = "nothing to do", .title = "", REPORT_COLUMNS(rows)},
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
