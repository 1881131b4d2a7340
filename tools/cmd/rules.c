#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "year", .argument = "YEAR", .help = "whose holidays (default this year)"},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse rules",
    .words = "",
    CMD_OPTIONS(options),
    .summary = "the numbers, time limits, holidays and cycles in force; at the centre they are "
               "changed with cse record settings, deadline-profile, holiday and cycle"};

static const char *const parameters[][2] = {{"year", "year"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"profile", "Complaints by default", REPORT_TEXT, NULL},
    {"calendar", "Holidays by default", REPORT_TEXT, NULL},
};
static const struct report_column settings[] = {{"name", "setting", REPORT_TEXT, NULL},
                                                {"value", "value", REPORT_TEXT, NULL},
                                                {"default", "default", REPORT_TEXT, NULL},
                                                {"label", "meaning", REPORT_TEXT, NULL}};
static const struct report_column profiles[] = {
    {"code", "profile", REPORT_TEXT, NULL},
    {"name", "name", REPORT_TEXT, NULL},
    {"days", "days", REPORT_TEXT, NULL},
    {"acknowledge_days", "acknowledge", REPORT_TEXT, NULL},
    {"answer_days", "answer", REPORT_TEXT, NULL},
    {"extension_days", "extension", REPORT_TEXT, NULL},
    {"stage2_acknowledge_days", "stage 2: acknowledge", REPORT_TEXT, NULL},
    {"stage2_answer_days", "answer", REPORT_TEXT, NULL},
    {"stage2_extension_days", "extension", REPORT_TEXT, NULL},
};
static const struct report_column calendars[] = {{"code", "calendar", REPORT_TEXT, NULL},
                                                 {"holidays", "holidays", REPORT_TEXT, NULL}};
static const struct report_column cycles[] = {
    {"name", "cycle", REPORT_TEXT, NULL},
    {"starts_on", "starts on", REPORT_TEXT, NULL},
    {"standard_version", "version of the standard", REPORT_TEXT, NULL},
    {"id", "id", REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "settings", .title = "Settings", REPORT_COLUMNS(settings)},
    {.list = "profiles", .title = "Profiles of time limits, in days", REPORT_COLUMNS(profiles)},
    {.list = "calendars", .title = "Holiday calendars", REPORT_COLUMNS(calendars)},
    {.list = "cycles",
     .title = "Assessment cycles",
     .none = "none has begun",
     REPORT_COLUMNS(cycles)},
};

enum err cmd_rules(int argc, char **argv, struct err_info *info)
{
    static const struct report report = {.command = &command,
                                         .path = {"rules"},
                                         .parameters = parameters,
                                         .sections = sections,
                                         .section_count = sizeof(sections) / sizeof(sections[0])};
    return report_run(&report, argc, argv, info);
}
