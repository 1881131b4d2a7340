#include <inttypes.h>
#include <string.h>

#include "proto/base/civil.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {
    {.name = "name", .argument = "NAME", .help = N_("what the cycle is called (default its year)")},
    {.name = "standard-version",
     .argument = "CODE",
     .help = N_("version of the standard from that day on (default the one before)")},
    {.name = "check", .letter = 'c', .help = N_("only show what would change")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse rollover",
    .words = "DATE",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary =
        N_("at the centre: begin a new assessment cycle on a day; ratings before it judge no "
           "more and stay readable, evidence and its links go on")};

struct rollover {
    const char *date, *version;
    char name[64];
    int32_t day;
    json_t *rules, *picture;
    int64_t rated, links, expired;
};

/* The cycle in force on the day before: what it is called and which version it has. */
static const json_t *cycle_before(const struct rollover *roll)
{
    const json_t *found = NULL;
    struct member_text a;
    size_t index;
    json_t *cycle;
    json_array_foreach(json_object_get(roll->rules, "cycles"), index, cycle)
    {
        int32_t day;
        if (civil_parse_day(member_text(cycle, "starts_on", &a), &day) && day < roll->day)
            found = cycle;
    }
    return found;
}

static enum err check_free(const struct rollover *roll, struct err_info *info)
{
    struct member_text a, b;
    size_t index;
    json_t *cycle;
    json_array_foreach(json_object_get(roll->rules, "cycles"), index, cycle)
    {
        if (strcmp(member_text(cycle, "starts_on", &a), roll->date) == 0)
            return err_set(info, ERR_EXISTS, "the cycle '%s' begins on that day already (%s)",
                           member_text(cycle, "name", &b), roll->date);
    }
    return ERR_OK;
}

/* What the day finds: ratings that judge up to it, evidence and its links. */
static void count(struct rollover *roll)
{
    struct member_text a;
    size_t index;
    json_t *element;
    json_array_foreach(json_object_get(roll->picture, "elements"), index, element)
    {
        const json_t *evidence = json_object_get(element, "evidence");
        int64_t expired = member_int(evidence, "expired");
        roll->rated += strcmp(member_text(element, "band", &a), "U") != 0;
        roll->links += member_int(evidence, "current") + member_int(evidence, "ageing") + expired;
        roll->expired += expired;
    }
}

static enum err look(struct cmd *cmd, struct rollover *roll, struct err_info *info)
{
    char before[CIVIL_TEXT_BYTES];
    struct http_url rules = cmd_url("rules", NULL, NULL), picture = cmd_url("picture", NULL, NULL);
    civil_format_day(roll->day - 1, before);
    http_url_query(&picture, "as_of", before);
    enum err err = cmd_get(cmd, &rules, &roll->rules, info);
    if (err == ERR_OK)
        err = check_free(roll, info);
    if (err == ERR_OK)
        err = cmd_get(cmd, &picture, &roll->picture, info);
    if (err == ERR_OK)
        count(roll);
    return err;
}

static enum err begin(struct cmd *cmd, const struct rollover *roll, json_t **record_out,
                      struct err_info *info)
{
    struct http_url url = cmd_url("records", "cycle", NULL);
    json_t *fields = json_pack("{s:s, s:s}", "starts_on", roll->date, "name", roll->name);
    if (roll->version != NULL)
        (void)json_object_set_new(fields, "standard_version", json_string(roll->version));
    return cmd_send(cmd, "POST", &url, json_pack("{s:o}", "fields", fields), record_out, info);
}

static void tell(const struct cmd *cmd, const struct rollover *roll, const json_t *record)
{
    struct form day;
    if (cmd->json) {
        json_t *line = json_pack("{s:s, s:s, s:s?, s:I, s:I, s:I}", "starts_on", roll->date, "name",
                                 roll->name, "standard_version", roll->version, "rated",
                                 (json_int_t)roll->rated, "evidence", (json_int_t)roll->links,
                                 "expired", (json_int_t)roll->expired);
        if (record != NULL)
            (void)json_object_set(line, "id", json_object_get(record, "id"));
        print_json_line(line);
        json_decref(line);
        return;
    }
    say(record != NULL ? N_("The cycle '%s' begins on %s.\n")
                       : N_("The cycle '%s' would begin on %s.\n"),
        roll->name, form_day(say_language(), roll->day, &day));
    if (roll->version != NULL)
        say("  version of the standard: '%s'\n", roll->version);
    say("  elements rated before, to be rated again: %" PRId64 "\n", roll->rated);
    say("  links of evidence to elements that go on: %" PRId64 ", of them expired: %" PRId64 "\n",
        roll->links, roll->expired);
    if (record != NULL)
        say("What is to be rated again: cse checks. To take it back: cse delete %s\n",
            member_text(record, "id", &(struct member_text){0}));
}

static enum err read_words(const struct cmd *cmd, struct rollover *roll, struct err_info *info)
{
    const char *name = cli_value(&command, &cmd->args, "name");
    roll->date = cmd->args.words[0];
    roll->version = cli_value(&command, &cmd->args, "standard-version");
    if (!civil_parse_day(roll->date, &roll->day))
        return err_set(info, ERR_USAGE, "'%s' is not a date; write YYYY-MM-DD", roll->date);
    (void)snprintf(roll->name, sizeof(roll->name), "%s", name != NULL ? name : roll->date);
    if (name == NULL)
        roll->name[4] = '\0'; /* its year */
    return ERR_OK;
}

enum err cmd_rollover(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct rollover roll = {0};
    struct member_text version;
    json_t *record = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = read_words(&cmd, &roll, info);
    if (err == ERR_OK)
        err = look(&cmd, &roll, info);
    if (err == ERR_OK && roll.version == NULL) {
        const char *before = member_text(cycle_before(&roll), "standard_version", &version);
        roll.version = before[0] != '\0' ? before : NULL;
    }
    if (err == ERR_OK && !cli_given(&command, &cmd.args, "check"))
        err = begin(&cmd, &roll, &record, info);
    if (err == ERR_OK)
        tell(&cmd, &roll, record);
    json_decref(record);
    json_decref(roll.rules);
    json_decref(roll.picture);
    return err;
}
