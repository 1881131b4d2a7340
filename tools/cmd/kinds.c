#include <inttypes.h>
#include <stdio.h>

#include "lib/sys/table.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/fields.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse kinds",
    .words = "[KIND]",
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("the kinds of records, or the fields of one; with --json one a line")};

static const char *type_text(enum field_type type)
{
    switch (type) {
    case FIELD_TEXT:
        return N_("text");
    case FIELD_INT:
        return N_("number");
    case FIELD_BOOL:
        return N_("yes or no");
    case FIELD_DATE:
        return N_("YYYY-MM-DD");
    case FIELD_TIME:
        return N_("YYYY-MM-DDTHH:MM:SS");
    case FIELD_ENUM:
        return N_("one of");
    case FIELD_ELEMENT:
        return N_("element, as 4.3.2");
    case FIELD_REF:
        return N_("id of a record");
    case FIELD_SITE:
        return N_("site");
    case FIELD_FILE:
        return N_("file (--attach)");
    case FIELD_COUNTS:
        return N_("numbers");
    }
    return "";
}

static void describe(const struct field *field, char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "%s", tr(type_text(field->type)));
    for (const struct enum_value *value = field->values;
         value != NULL && value->name != NULL && len < size; value++)
        len += (size_t)snprintf(text + len, size - len, " %s", value->name);
    if (field->type == FIELD_INT && (field->min != 0 || field->max != 0) && len < size)
        say_in(text + len, size - len, " %" PRId64 " to %" PRId64, field->min, field->max);
    if (field->type == FIELD_TEXT && field->max != 0 && len < size)
        say_in(text + len, size - len, " up to %" PRId64 " bytes", field->max);
}

static json_t *field_json(const struct field *field)
{
    json_t *values = json_array();
    for (const struct enum_value *value = field->values; value != NULL && value->name != NULL;
         value++)
        (void)json_array_append_new(values, json_string(value->name));
    char text[512];
    describe(field, text, sizeof(text));
    return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "name", field->name, "label",
                     tr(field->label), "value", text, "set", (int)field->set, "required",
                     (int)field->required, "personal", (int)field->personal, "values", values);
}

static enum err print_fields(const struct kind *kind, bool json)
{
    static const struct table_column columns[] = {
        {.title = N_("field")}, {.title = N_("meaning")}, {.title = N_("value")}, {.title = ""}};
    struct table *table = NULL;
    enum err err = json ? ERR_OK : table_new(columns, sizeof(columns) / sizeof(columns[0]), &table);
    for (uint32_t i = 0; i < kind->field_count && err == ERR_OK; i++) {
        const struct field *field = &kind->fields[i];
        if (json) {
            json_t *line = field_json(field);
            print_json_line(line);
            json_decref(line);
            continue;
        }
        char value[512], notes[64];
        describe(field, value, sizeof(value));
        (void)snprintf(notes, sizeof(notes), "%s %s %s", field->required ? tr(N_("required")) : "",
                       field->personal ? tr(N_("personal")) : "",
                       field->set ? tr(N_("several")) : "");
        const char *cells[] = {field->name, tr(field->label), value, notes};
        err = table_add(table, cells);
    }
    if (err == ERR_OK && !json)
        err = table_print(table, stdout);
    table_free(table);
    return err;
}

static void print_kinds(bool json)
{
    uint32_t count;
    const struct kind *kinds = kinds_all(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (json) {
            json_t *line = json_pack("{s:s, s:s, s:i}", "name", kinds[i].name, "label",
                                     tr(kinds[i].label), "number", (int)kinds[i].number);
            print_json_line(line);
            json_decref(line);
        } else {
            (void)printf("  %-20s %s\n", kinds[i].name, tr(kinds[i].label));
        }
    }
}

enum err cmd_kinds(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    const struct kind *kind = NULL;
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    if (cmd.args.word_count == 0) {
        print_kinds(cmd.json);
        return ERR_OK;
    }
    err = fields_kind(cmd.args.words[0], &kind, info);
    return err != ERR_OK ? err : print_fields(kind, cmd.json);
}
