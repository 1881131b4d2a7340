#include <stdlib.h>
#include <string.h>

#include "proto/cse/elements.h"
#include "tools/cmd/matrix.h"
#include "tools/sheet/matrix.h"
#include "tools/sheet/xlsx_write.h"

enum { COLUMNS = 5, RECORDS_MAX = 100 * 1000, PAGE = 1000 };

enum err matrix_records(struct cmd *cmd, const char *site, json_t **records_out,
                        struct err_info *info)
{
    char cursor[256] = "";
    json_t *all = json_array();
    enum err err = ERR_OK;
    do {
        json_t *page = NULL;
        struct http_url url = cmd_url("records", "evidence", NULL);
        http_url_query(&url, "limit", "1000");
        if (site != NULL)
            http_url_query(&url, "site", site);
        if (cursor[0] != '\0')
            http_url_query(&url, "cursor", cursor);
        err = cmd_get(cmd, &url, &page, info);
        if (err == ERR_OK && json_array_extend(all, json_object_get(page, "records")) != 0)
            err = err_set(info, ERR_NO_MEMORY, "out of memory");
        (void)snprintf(cursor, sizeof(cursor), "%s",
                       member_text(page, "next", &(struct member_text){0}));
        json_decref(page);
        if (err == ERR_OK && json_array_size(all) > RECORDS_MAX)
            err = err_set(info, ERR_TOO_BIG,
                          "over %d pieces of evidence; take one --site at a time", RECORDS_MAX);
    } while (err == ERR_OK && cursor[0] != '\0');
    if (err == ERR_OK)
        *records_out = all;
    else
        json_decref(all);
    return err;
}

/* ---- rows ---- */

struct output {
    FILE *csv;         /* or NULL */
    struct xlsx *xlsx; /* or NULL */
    struct err_info *info;
};

/* A cell of a CSV. What begins like a formula gets a quote in front, as text: programs that open
 * the file would compute it. */
static void put_csv_cell(FILE *to, const char *text, bool last)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r'", text[0]) != NULL;
    bool quoted = formula || strpbrk(text, ",\"\r\n") != NULL;
    (void)fputs(quoted ? "\"" : "", to);
    (void)fputs(formula ? "'" : "", to);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)fputc('"', to);
        (void)fputc(*text, to);
    }
    (void)fputs(quoted ? "\"" : "", to);
    (void)fputs(last ? "\r\n" : ",", to);
}

static enum err put_row(struct output *output, const char *const cells[COLUMNS])
{
    if (output->xlsx != NULL)
        return xlsx_row(output->xlsx, cells, output->info);
    for (int i = 0; i < COLUMNS; i++)
        put_csv_cell(output->csv, cells[i], i + 1 == COLUMNS);
    return ERR_OK;
}

static const char *field_text(const json_t *record, const char *name, struct member_text *buffer)
{
    return member_text(json_object_get(record, "fields"), name, buffer);
}

static bool speaks_for(const json_t *record, const char *name, const char *element)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(json_object_get(record, "fields"), name), index, item)
    {
        if (strcmp(json_string_value(item), element) == 0)
            return true;
    }
    return false;
}

static int by_number(const void *a, const void *b)
{
    struct member_text x, y;
    const json_t *left = *(json_t *const *)a, *right = *(json_t *const *)b;
    int order =
        matrix_number_order(field_text(left, "number", &x), field_text(right, "number", &y));
    if (order == 0)
        order = strcmp(field_text(left, "title", &x), field_text(right, "title", &y));
    return order != 0 ? order : strcmp(member_text(left, "id", &x), member_text(right, "id", &y));
}

static enum err put_element(struct output *output, const json_t *element, json_t **records,
                            size_t count)
{
    struct member_text a, b, c, d, e, f;
    const char *id = member_text(element, "id", &a);
    const char *wording = member_text(element, "wording", &b);
    const char *title = wording[0] != '\0' ? wording : member_text(element, "title", &c);
    bool any = false;
    enum err err = ERR_OK;
    for (size_t i = 0; i < count && err == ERR_OK; i++) {
        char text[4096];
        if (!speaks_for(records[i], "elements", id))
            continue;
        any = true;
        const char *whole = field_text(records[i], "proves", &f);
        const char *short_title = field_text(records[i], "title", &e);
        size_t len = strlen(short_title), dots = strlen("…");
        bool cut = len > dots && strcmp(short_title + len - dots, "…") == 0 &&
                   strncmp(whole, short_title, len - dots) == 0;
        (void)evidence_line_write(field_text(records[i], "number", &d), cut ? whole : short_title,
                                  speaks_for(records[i], "strongest_for", id) ? tr(N_("Strongest"))
                                                                              : NULL,
                                  text, sizeof(text));
        const json_t *fields = json_object_get(records[i], "fields");
        const char *notes = json_string_value(json_object_get(fields, "notes"));
        const char *cells[COLUMNS] = {id, title, text, field_text(records[i], "owner", &d),
                                      notes != NULL ? notes : ""};
        err = put_row(output, cells);
    }
    if (!any && err == ERR_OK)
        err = put_row(output, (const char *const[COLUMNS]){id, title, "", "", ""});
    return err;
}

static enum err put_all(struct output *output, const json_t *elements, json_t *records)
{
    size_t count = json_array_size(records), index;
    json_t *element;
    json_t **sorted = calloc(count + 1, sizeof(json_t *));
    enum err err = ERR_OK;
    if (sorted == NULL)
        return err_set(output->info, ERR_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_array_get(records, i);
    qsort(sorted, count, sizeof(json_t *), by_number);
    json_array_foreach(elements, index, element)
    {
        if (err == ERR_OK)
            err = put_element(output, element, sorted, count);
    }
    free(sorted);
    return err;
}

enum err matrix_export(struct cmd *cmd, const char *format, FILE *to, const char *path,
                       struct err_info *info)
{
    const struct xlsx_column columns[COLUMNS] = {
        {.title = tr(N_("Ref")), .width = 7},
        {.title = tr(N_("Element")), .width = 40, .wrap = true},
        {.title = tr(N_("Evidence")), .width = 50, .wrap = true},
        {.title = tr(N_("Owner")), .width = 20},
        {.title = tr(N_("Notes")), .width = 40, .wrap = true}};
    struct output output = {.info = info};
    json_t *records = NULL, *elements = NULL;
    struct http_url url = cmd_url("elements", NULL, NULL);
    enum err err = cmd_get(cmd, &url, &elements, info);
    if (err == ERR_OK)
        err = matrix_records(cmd, cli_value(cmd->command, &cmd->args, "site"), &records, info);
    if (err == ERR_OK && strcmp(format, "xlsx") == 0)
        err = xlsx_new(path, tr(N_("Evidence matrix")), columns, COLUMNS, &output.xlsx, info);
    if (err == ERR_OK && output.xlsx == NULL) {
        output.csv = to;
        for (int i = 0; i < COLUMNS; i++)
            put_csv_cell(to, columns[i].title, i + 1 == COLUMNS);
    }
    if (err == ERR_OK)
        err = put_all(&output, json_object_get(elements, "elements"), records);
    if (output.xlsx != NULL)
        err = xlsx_close(output.xlsx, err, info);
    json_decref(records);
    json_decref(elements);
    return err;
}
