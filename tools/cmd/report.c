#include "tools/cmd/report.h"

#include <inttypes.h>
#include <string.h>

#include "proto/base/civil.h"

enum {
    CELL_BYTES = 512,
    LABELS_WIDTH_MAX = 44,
    GROUPED_FROM = 10000 /* a year or a stage is no quantity */
};

struct cell_text {
    char text[CELL_BYTES];
};

/* "a.b" of an object. */
static const json_t *find(const json_t *object, const char *key)
{
    char part[64];
    const char *dot = strchr(key, '.');
    if (dot == NULL || (size_t)(dot - key) >= sizeof(part))
        return json_object_get(object, key);
    memcpy(part, key, (size_t)(dot - key));
    part[dot - key] = '\0';
    return find(json_object_get(object, part), dot + 1);
}

static void counted_text(const json_t *value, struct cell_text *out)
{
    struct member_text a;
    int64_t hits = member_int(value, "hits"), counted = member_int(value, "counted");
    if (json_is_string(value))
        (void)snprintf(out->text, sizeof(out->text), "%s", json_string_value(value));
    else if (counted == 0)
        (void)snprintf(out->text, sizeof(out->text), "–");
    else
        say_in(out->text, sizeof(out->text), "%s (%" PRId64 " of %" PRId64 ")",
               percent_text(hits, counted, &a), hits, counted);
}

static void mean_text(int64_t sum, int64_t count, struct cell_text *out)
{
    if (count <= 0)
        (void)snprintf(out->text, sizeof(out->text), "–");
    else
        (void)snprintf(
            out->text, sizeof(out->text), "%s",
            form_fixed(say_language(), (20 * sum + count) / (2 * count), 1, &(struct form){{0}}));
}

/* Members of a list, days in the language's form. */
static void list_text(const json_t *list, struct cell_text *out)
{
    size_t index, used = 0;
    json_t *item;
    struct member_text text;
    struct form form;
    out->text[0] = '\0';
    json_array_foreach(list, index, item)
    {
        int len = snprintf(out->text + used, sizeof(out->text) - used, "%s%s",
                           index > 0 ? ", " : "", tr(day_text(value_text(item, &text), &form)));
        if (len < 0 || (size_t)len >= sizeof(out->text) - used) {
            (void)snprintf(out->text, sizeof(out->text), "%s", tr(N_("(see --json)")));
            return;
        }
        used += (size_t)len;
    }
}

/* A text, a day or an instant as people read it. */
static const char *said(const char *text, struct form *form)
{
    int32_t day;
    char date[CIVIL_TEXT_BYTES];
    if (strlen(text) < 20 || text[10] != 'T' || text[strlen(text) - 1] != 'Z')
        return tr(day_text(text, form));
    (void)snprintf(date, sizeof(date), "%.10s", text);
    struct form on;
    if (!civil_parse_day(date, &day))
        return text;
    (void)snprintf(form->text, sizeof(form->text), "%s %.5s UTC",
                   form_day(say_language(), day, &on), text + 11);
    return form->text;
}

static const char *cell_of(const json_t *row, const struct report_column *column,
                           struct cell_text *out)
{
    struct member_text text;
    const json_t *value = find(row, column->key);
    switch (column->how) {
    case REPORT_COUNTED:
        counted_text(value, out);
        return out->text;
    case REPORT_MEAN:
        mean_text(json_integer_value(value), json_integer_value(find(row, column->per)), out);
        return out->text;
    case REPORT_TEXT:
        break;
    }
    struct form form;
    if (json_is_array(value) && json_is_string(json_array_get(value, 0))) {
        list_text(value, out);
        return out->text;
    }
    if (json_is_integer(value) && json_integer_value(value) >= GROUPED_FROM)
        (void)form_int(say_language(), json_integer_value(value), &form);
    const char *shown = json_is_integer(value) && json_integer_value(value) >= GROUPED_FROM
                            ? form.text
                            : said(value_text(value, &text), &form);
    (void)snprintf(out->text, sizeof(out->text), "%s", shown);
    return out->text;
}

static void print_lines(const struct report_section *section, const json_t *answer)
{
    size_t width = 0;
    for (size_t i = 0; i < section->column_count; i++) {
        size_t at = text_width(tr(section->columns[i].title));
        width = at > width && at <= LABELS_WIDTH_MAX ? at : width;
    }
    for (size_t i = 0; i < section->column_count; i++) {
        struct cell_text cell;
        const json_t *value = find(answer, section->columns[i].key);
        if (value == NULL || json_is_null(value))
            continue;
        (void)fputs("  ", stdout);
        say_padded(stdout, tr(section->columns[i].title), (int)width);
        (void)fputs("  ", stdout);
        print_text(cell_of(answer, &section->columns[i], &cell));
        (void)putchar('\n');
    }
}

static enum err print_table(const struct report_section *section, const json_t *list)
{
    struct table_column titles[TABLE_COLUMNS_MAX];
    struct cell_text cells[TABLE_COLUMNS_MAX];
    const char *row_cells[TABLE_COLUMNS_MAX];
    struct table *table = NULL;
    size_t index;
    json_t *row;
    for (size_t i = 0; i < section->column_count; i++)
        titles[i] = (struct table_column){.title = section->columns[i].title};
    enum err err = table_new(titles, section->column_count, &table);
    json_array_foreach(list, index, row)
    {
        for (size_t i = 0; i < section->column_count; i++)
            row_cells[i] = cell_of(row, &section->columns[i], &cells[i]);
        if (err == ERR_OK)
            err = table_add(table, row_cells);
    }
    if (err == ERR_OK)
        err = table_print(table, stdout);
    table_free(table);
    return err;
}

enum err report_print(const struct report_section *sections, size_t count, const json_t *answer,
                      struct err_info *info)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        const struct report_section *section = &sections[i];
        const json_t *list = section->list != NULL ? find(answer, section->list) : NULL;
        bool empty = section->list != NULL && json_array_size(list) == 0;
        if (empty && section->none == NULL)
            continue;
        if (section->title != NULL)
            (void)printf("%s%s\n", first ? "" : "\n", tr(section->title));
        first = false;
        enum err err = ERR_OK;
        if (empty)
            (void)printf("  %s\n", tr(section->none));
        else if (section->list == NULL)
            print_lines(section, answer);
        else
            err = print_table(section, list);
        if (err != ERR_OK)
            return err_set(info, err, "print the answer: %s", err_text(err));
    }
    return ERR_OK;
}

enum err report_run(const struct report *report, int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL;
    enum err err = cmd_begin_call(&cmd, report->command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url(report->path[0], report->path[1], report->path[2]);
    for (size_t i = 0; report->parameters != NULL && report->parameters[i][0] != NULL; i++) {
        const char *name = report->parameters[i][0];
        const char *value = cli_value(report->command, &cmd.args, name);
        if (value != NULL)
            http_url_query(&url, report->parameters[i][1], value[0] != '\0' ? value : "true");
    }
    err = cmd_get(&cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(answer);
    else
        err = report_print(report->sections, report->section_count, answer, info);
    json_decref(answer);
    return err;
}
