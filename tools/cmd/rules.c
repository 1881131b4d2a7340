#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "year", .argument = "YEAR", .help = N_("whose holidays (default this year)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse rules",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_("the numbers, time limits, holidays and cycles in force; at the centre they are "
                  "changed with cse record settings, deadline-profile, holiday and cycle")};

static const char *const parameters[][2] = {{"year", "year"}, {NULL, NULL}};

static const struct report_column lines[] = {
    {"profile", N_("Complaints by default"), REPORT_TEXT, NULL},
    {"calendar", N_("Holidays by default"), REPORT_TEXT, NULL},
};
static const struct report_column settings[] = {{"name", N_("setting"), REPORT_TEXT, NULL},
                                                {"value", N_("value"), REPORT_TEXT, NULL},
                                                {"default", N_("default"), REPORT_TEXT, NULL},
                                                {"label", N_("meaning"), REPORT_TEXT, NULL}};
static const struct report_column profiles[] = {
    {"code", N_("profile"), REPORT_TEXT, NULL},
    {"name", N_("name"), REPORT_TEXT, NULL},
    {"days", N_("days"), REPORT_TEXT, NULL},
    {"acknowledge_days", N_("acknowledge"), REPORT_TEXT, NULL},
    {"answer_days", N_("answer"), REPORT_TEXT, NULL},
    {"extension_days", N_("extension"), REPORT_TEXT, NULL},
    {"stage2_acknowledge_days", N_("stage 2: acknowledge"), REPORT_TEXT, NULL},
    {"stage2_answer_days", N_("answer"), REPORT_TEXT, NULL},
    {"stage2_extension_days", N_("extension"), REPORT_TEXT, NULL},
};
static const struct report_column calendars[] = {{"code", N_("calendar"), REPORT_TEXT, NULL},
                                                 {"holidays", N_("holidays"), REPORT_TEXT, NULL}};
static const struct report_column cycles[] = {
    {"name", N_("cycle"), REPORT_TEXT, NULL},
    {"starts_on", N_("starts on"), REPORT_TEXT, NULL},
    {"standard_version", N_("version of the standard"), REPORT_TEXT, NULL},
    {"id", N_("id"), REPORT_TEXT, NULL},
};
static const struct report_section sections[] = {
    {REPORT_COLUMNS(lines)},
    {.list = "settings", .title = N_("Settings"), REPORT_COLUMNS(settings)},
    {.list = "profiles", .title = N_("Profiles of time limits, in days"), REPORT_COLUMNS(profiles)},
    {.list = "calendars", .title = N_("Holiday calendars"), REPORT_COLUMNS(calendars)},
    {.list = "cycles",
     .title = N_("Assessment cycles"),
     .none = N_("none has begun"),
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
