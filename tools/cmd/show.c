#include <string.h>

#include "proto/record/kinds.h"
#include "tools/cmd/report.h"

static const struct cli_option options[] = {
    {.name = "history", .help = N_("every change of the record, oldest first")},
    {.name = "deadlines", .help = N_("of a complaint: how each of its dates was computed")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse show",
    .words = "ID",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("one record; with --json --history one change a line")};

enum { LABEL_COLUMNS = 26 };

static void print_labelled(const char *label, const char *value, const char *mark)
{
    (void)fputs("  ", stdout);
    say_padded(stdout, tr(label), LABEL_COLUMNS);
    print_text(value);
    (void)printf("%s\n", mark);
}

static bool lists(const json_t *list, const char *name)
{
    size_t index;
    json_t *item;
    json_array_foreach(list, index, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), name) == 0)
            return true;
    }
    return false;
}

/* Members of a set on lines of their own; a file by its name and size. */
static void print_members(const char *label, const json_t *list)
{
    size_t index;
    json_t *item;
    struct member_text a, b;
    json_array_foreach(list, index, item)
    {
        char text[600];
        if (json_is_object(item))
            say_in(text, sizeof(text), "'%s' (%s bytes)", member_text(item, "name", &a),
                   member_text(item, "size", &b));
        else
            (void)snprintf(text, sizeof(text), "%s", value_text(item, &a));
        print_labelled(index == 0 ? label : "", text, "");
    }
}

/* A value as people read it: a day in the language's form, one of a list by its label. */
static const char *shown_value(const struct field *field, const json_t *value,
                               struct member_text *buffer)
{
    const char *text = value_text(value, buffer);
    struct form form;
    if (field == NULL)
        return text;
    if (field->type == FIELD_BOOL)
        return tr(text);
    if (field->type == FIELD_DATE) {
        (void)snprintf(buffer->text, sizeof(buffer->text), "%s", day_text(text, &form));
        return buffer->text;
    }
    for (const struct enum_value *at = field->values; at != NULL && at->name != NULL; at++) {
        if (field->type == FIELD_ENUM && strcmp(at->name, text) == 0)
            return tr(at->label);
    }
    return text;
}

static void print_record(json_t *record)
{
    struct member_text a, b, c;
    const char *kind_name = member_text(record, "kind", &a);
    const struct kind *kind = kind_by_name(kind_name);
    const char *name;
    json_t *value;
    say("%s %s%s\n", kind != NULL ? kind->label : kind_name, member_text(record, "id", &b),
        json_is_true(json_object_get(record, "deleted")) ? N_(" (deleted)") : "");
    print_labelled(N_("Site"), tr(site_text(record, "site", &a)), "");
    print_labelled(N_("Written"), time_text(json_object_get(record, "created_at"), &a), "");
    print_labelled(N_("Version"), member_text(record, "version", &a), "");
    json_object_foreach(json_object_get(record, "fields"), name, value)
    {
        const struct field *field = kind != NULL ? field_by_name(kind, name) : NULL;
        const char *label = field != NULL ? field->label : name;
        if (json_is_array(value) && (field == NULL || field->set))
            print_members(label, value);
        else
            print_labelled(label, shown_value(field, value, &c),
                           lists(json_object_get(record, "disputed"), name) ? tr(N_("  ! disputed"))
                                                                            : "");
    }
    json_t *erased = json_object_get(record, "erased");
    if (json_array_size(erased) > 0)
        print_labelled(N_("Erased"), value_text(erased, &c), "");
}

/* What was asked when the rating was given: the element as the version of the standard of that day
 * words it. */
static enum err print_element(struct cmd *cmd, const json_t *fields, struct err_info *info)
{
    struct member_text a, b;
    size_t index;
    json_t *answer = NULL, *element;
    struct http_url url = cmd_url("elements", NULL, NULL);
    const char *version = member_text(fields, "standard_version", &a);
    const char *day = member_text(fields, "assessed_on", &b);
    if (version[0] != '\0')
        http_url_query(&url, "version", version);
    if (day[0] != '\0')
        http_url_query(&url, "as_of", day);
    enum err err = cmd_get(cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    const char *id = member_text(fields, "element", &a);
    json_array_foreach(json_object_get(answer, "elements"), index, element)
    {
        struct member_text c;
        const char *wording = member_text(element, "wording", &c);
        if (strcmp(json_string_value(json_object_get(element, "id")), id) != 0)
            continue;
        print_labelled(N_("Wording of the element"),
                       wording[0] != '\0' ? wording : member_text(element, "title", &c), "");
    }
    json_decref(answer);
    return ERR_OK;
}

static void print_changes(const json_t *operation)
{
    size_t index;
    json_t *change;
    struct member_text a, b, c;
    json_array_foreach(json_object_get(operation, "changes"), index, change)
    {
        const char *text = tr(N_("erased"));
        if (json_object_get(change, "added") != NULL)
            text = member_text(change, "added", &b);
        else if (json_object_get(change, "removed") != NULL)
            text = member_text(change, "removed", &b);
        else if (json_object_get(change, "value") != NULL)
            text = member_text(change, "value", &b);
        (void)snprintf(c.text, sizeof(c.text), "%s%s", member_text(change, "field", &a),
                       json_object_get(change, "added") != NULL     ? " +"
                       : json_object_get(change, "removed") != NULL ? " -"
                                                                    : "");
        print_labelled(c.text, text, "");
    }
}

static enum err show_history(struct cmd *cmd, struct err_info *info)
{
    char cursor[256] = "";
    do {
        json_t *answer = NULL;
        size_t index;
        json_t *operation;
        struct member_text a, b, c, d;
        struct http_url url = cmd_url("records", "any", cmd->args.words[0]);
        http_url_segment(&url, "history");
        if (cursor[0] != '\0')
            http_url_query(&url, "cursor", cursor);
        enum err err = cmd_get(cmd, &url, &answer, info);
        if (err != ERR_OK)
            return err;
        json_array_foreach(json_object_get(answer, "operations"), index, operation)
        {
            if (cmd->json) {
                print_json_line(operation);
                continue;
            }
            say("%s  %s number %s  ", time_text(json_object_get(operation, "at"), &a),
                site_text(operation, "site", &b), member_text(operation, "number", &c));
            print_text(member_text(operation, "author", &d));
            (void)putchar('\n');
            print_changes(operation);
        }
        (void)snprintf(cursor, sizeof(cursor), "%s", member_text(answer, "next", &a));
        json_decref(answer);
    } while (cursor[0] != '\0');
    return ERR_OK;
}

static enum err show_deadlines(struct cmd *cmd, struct err_info *info)
{
    static const struct report_column lines[] = {
        {"profile_name", N_("Time limits"), REPORT_TEXT, NULL},
        {"received_on", N_("Received on"), REPORT_TEXT, NULL},
        {"due_on", N_("Day to answer by, stated by hand"), REPORT_TEXT, NULL},
        {"stage_label", N_("Stage reached"), REPORT_TEXT, NULL},
        {"next_label", N_("Next"), REPORT_TEXT, NULL},
        {"next_due_on", N_("… by"), REPORT_TEXT, NULL},
        {"priority", N_("Priority"), REPORT_TEXT, NULL},
        {"flags", N_("Marks"), REPORT_TEXT, NULL},
    };
    static const struct report_column steps[] = {
        {"stage", N_("stage"), REPORT_TEXT, NULL},
        {"what", N_("to"), REPORT_TEXT, NULL},
        {"due_on", N_("due on"), REPORT_TEXT, NULL},
        {"happened_on", N_("happened on"), REPORT_TEXT, NULL},
        {"state", "", REPORT_TEXT, NULL},
        {"text", N_("computed as"), REPORT_TEXT, NULL},
        {"holidays", N_("holidays"), REPORT_TEXT, NULL},
    };
    static const struct report_section sections[] = {
        {REPORT_COLUMNS(lines)},
        {.list = "deadlines", .title = N_("Deadlines"), REPORT_COLUMNS(steps)},
    };
    json_t *answer = NULL;
    struct http_url url = cmd_url("records", "any", cmd->args.words[0]);
    http_url_segment(&url, "deadlines");
    enum err err = cmd_get(cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd->json)
        print_json_line(answer);
    else
        err = report_print(sections, 2, answer, info);
    json_decref(answer);
    return err;
}

enum err cmd_show(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct member_text kind;
    json_t *record = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    if (cli_given(&command, &cmd.args, "history"))
        return show_history(&cmd, info);
    if (cli_given(&command, &cmd.args, "deadlines"))
        return show_deadlines(&cmd, info);
    struct http_url url = cmd_url("records", "any", cmd.args.words[0]);
    err = cmd_get(&cmd, &url, &record, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(record);
    else
        print_record(record);
    if (!cmd.json && strcmp(member_text(record, "kind", &kind), "assessment") == 0)
        err = print_element(&cmd, json_object_get(record, "fields"), info);
    json_decref(record);
    return err;
}
