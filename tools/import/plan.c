#include "tools/import/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/import/once.h"
#include "tools/import/value.h"

enum { CELLS_MAX = CSV_COLUMNS_MAX + MAP_CONSTANTS_MAX };

/* What an export writes beside the fields; it belongs to the record, not to what is in it. */
static const char *const export_columns[] = {"id",         "kind",     "version", "deleted",
                                             "created_at", "disputed", "erased"};

struct cell {
    struct map_column column; /* a constant is a column without a place */
    uint32_t index;
    const char *constant; /* NULL: from the row */
    size_t offset, len;   /* of the row's value in `values` */
};

struct plan {
    const struct kind *kind;
    struct value_context values_context;
    struct mp_buf values;
    uint32_t cell_count, skip_count;
    struct {
        const struct yaml_node *list;
        uint32_t index;
    } skips[MAP_COLUMNS_MAX];
    bool one_per;
    uint32_t one_per_index;
    struct once *once;            /* of one_per: the texts met, and what their first row said */
    struct cell cells[CELLS_MAX]; /* sorted by field */
};

static bool find_column(const struct csv_row *header, const struct map_column *column,
                        uint32_t *index_out)
{
    for (uint32_t n = 0; n < column->name_count; n++) {
        for (uint32_t i = 0; i < header->count; i++) {
            if (strcmp(header->fields[i], column->names[n]) == 0) {
                *index_out = i;
                return true;
            }
        }
    }
    return false;
}

static enum err add_cell(struct plan *plan, struct cell cell, struct err_info *info)
{
    for (uint32_t i = 0; i < plan->cell_count; i++) {
        if (plan->cells[i].column.field == cell.column.field)
            return err_set(info, ERR_INVALID, "field '%s' is filled twice",
                           cell.column.field->name);
    }
    plan->cells[plan->cell_count++] = cell;
    return ERR_OK;
}

/* "'a', 'b', …", cut to `size`. */
static void list_columns(const struct csv_row *header, char *text_out, size_t size)
{
    size_t len = 0;
    text_out[0] = '\0';
    for (uint32_t i = 0; i < header->count && len < size; i++) {
        int more =
            snprintf(text_out + len, size - len, "%s'%s'", i == 0 ? "" : ", ", header->fields[i]);
        if (more < 0)
            return;
        len += (size_t)more;
    }
    if (len >= size && size > 4)
        memcpy(text_out + size - 4, "...", 4);
}

static enum err missing_column(const struct csv_row *header, const struct map_column *column,
                               struct err_info *info)
{
    char names[ERR_TEXT_BYTES / 4] = "";
    size_t len = 0;
    for (uint32_t i = 0; i < column->name_count && len < sizeof(names); i++)
        len += (size_t)snprintf(names + len, sizeof(names) - len, "%s'%s'", i == 0 ? "" : " or ",
                                column->names[i]);
    char there[ERR_TEXT_BYTES / 2];
    list_columns(header, there, sizeof(there));
    return err_set(info, ERR_INVALID, "line 1: column %s is missing; the file has %s", names,
                   there);
}

static enum err bind_column(struct plan *plan, const struct csv_row *header,
                            const struct map_column *column, bool *used, struct err_info *info)
{
    uint32_t index;
    if (!find_column(header, column, &index))
        return missing_column(header, column, info);
    used[index] = true;
    if (column->skip != NULL) {
        plan->skips[plan->skip_count].list = column->skip;
        plan->skips[plan->skip_count++].index = index;
    }
    return column->field == NULL
               ? ERR_OK
               : add_cell(plan, (struct cell){.column = *column, .index = index}, info);
}

static enum err check_others(const struct import_map *map, const struct csv_row *header,
                             const bool *used, struct err_info *info)
{
    for (uint32_t i = 0; i < header->count && map->other_columns_error; i++) {
        if (!used[i])
            return err_set(info, ERR_INVALID,
                           "column '%s' is not in the map, which says other_columns: error",
                           header->fields[i]);
    }
    return ERR_OK;
}

static enum err bind_map(struct plan *plan, const struct import_map *map,
                         const struct csv_row *header, struct err_info *info)
{
    bool used[CSV_COLUMNS_MAX] = {false};
    if (map->kind != plan->kind)
        return err_set(info, ERR_INVALID, "the map is for %s, not for %s", map->kind->name,
                       plan->kind->name);
    for (uint32_t i = 0; i < map->column_count; i++) {
        enum err err = bind_column(plan, header, &map->columns[i], used, info);
        if (err != ERR_OK)
            return err;
    }
    for (uint32_t i = 0; i < map->constant_count; i++) {
        struct cell cell = {.constant = map->constants[i].text,
                            .column = {.field = map->constants[i].field,
                                       .prefix = "",
                                       .suffix = "",
                                       .split = ";",
                                       .decimals = -1,
                                       .names = {"(constant)"},
                                       .name_count = 1}};
        enum err err = add_cell(plan, cell, info);
        if (err != ERR_OK)
            return err;
    }
    return check_others(map, header, used, info);
}

static enum err bind_one_per(struct plan *plan, const struct import_map *map,
                             const struct csv_row *header, struct err_info *info)
{
    struct map_column column = {.names = {map->one_per}, .name_count = 1};
    if (map->one_per == NULL)
        return ERR_OK;
    if (!find_column(header, &column, &plan->one_per_index))
        return err_set(info, ERR_INVALID, "one_per: column '%s' is missing", map->one_per);
    plan->one_per = true;
    return once_new(&plan->once, info);
}

static bool is_export_column(const char *name)
{
    for (size_t i = 0; i < sizeof(export_columns) / sizeof(export_columns[0]); i++) {
        if (strcmp(export_columns[i], name) == 0)
            return true;
    }
    return false;
}

static enum err bind_names(struct plan *plan, const struct csv_row *header, struct err_info *info)
{
    for (uint32_t i = 0; i < header->count; i++) {
        const char *name = header->fields[i];
        const struct field *field = field_by_name(plan->kind, name);
        if ((field == NULL && is_export_column(name)) ||
            (field != NULL && field->type == FIELD_FILE))
            continue;
        if (field == NULL) {
            const char *near = map_nearest_field(plan->kind, name);
            return err_set(info, ERR_INVALID,
                           "column '%s' is no field of %s%s%s%s; a map file can rename it (--map)",
                           name, plan->kind->name, near == NULL ? "" : N_(" (did you mean '"),
                           near == NULL ? "" : near, near == NULL ? "" : "'?)");
        }
        struct cell cell = {.index = i,
                            .column = {.field = field,
                                       .prefix = "",
                                       .suffix = "",
                                       .split = ";",
                                       .decimals = -1,
                                       .names = {name},
                                       .name_count = 1}};
        enum err err = add_cell(plan, cell, info);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static int compare_cells(const void *a, const void *b)
{
    const struct cell *left = a;
    const struct cell *right = b;
    return (left->column.field->number > right->column.field->number) -
           (left->column.field->number < right->column.field->number);
}

static enum err check_required(const struct plan *plan, struct err_info *info)
{
    for (uint32_t f = 0; f < plan->kind->field_count; f++) {
        const struct field *field = &plan->kind->fields[f];
        uint32_t i = 0;
        while (i < plan->cell_count && plan->cells[i].column.field != field)
            i++;
        if (field->required && i == plan->cell_count)
            return err_set(info, ERR_INVALID, "no column gives '%s', which every %s needs",
                           field->name, plan->kind->name);
    }
    return plan->cell_count > 0 ? ERR_OK : err_set(info, ERR_INVALID, "no column gives a field");
}

enum err plan_new(const struct kind *kind, const struct import_map *map,
                  const struct csv_row *header, struct site_lookup sites, struct plan **plan_out,
                  struct err_info *info)
{
    struct plan *plan = calloc(1, sizeof(*plan));
    if (plan == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    plan->kind = kind;
    value_context_init(&plan->values_context);
    plan->values_context.missing = map != NULL ? map->missing : NULL;
    plan->values_context.sites = sites;
    mp_buf_init(&plan->values, CSV_ROW_BYTES_MAX * 2);
    enum err err = map != NULL ? bind_map(plan, map, header, info) : bind_names(plan, header, info);
    if (err == ERR_OK && map != NULL)
        err = bind_one_per(plan, map, header, info);
    if (err == ERR_OK)
        err = check_required(plan, info);
    if (err != ERR_OK) {
        plan_free(plan);
        return err;
    }
    qsort(plan->cells, plan->cell_count, sizeof(plan->cells[0]), compare_cells);
    *plan_out = plan;
    return ERR_OK;
}

void plan_free(struct plan *plan)
{
    if (plan == NULL)
        return;
    value_context_deinit(&plan->values_context);
    mp_buf_deinit(&plan->values);
    once_free(plan->once);
    free(plan);
}

bool plan_names_sites(const struct kind *kind, const struct import_map *map,
                      const struct csv_row *header)
{
    for (uint32_t i = 0; map == NULL && i < header->count; i++) {
        const struct field *field = field_by_name(kind, header->fields[i]);
        if (field != NULL && field->type == FIELD_SITE)
            return true;
    }
    for (uint32_t i = 0; map != NULL && i < map->column_count; i++) {
        if (map->columns[i].field != NULL && map->columns[i].field->type == FIELD_SITE)
            return true;
    }
    for (uint32_t i = 0; map != NULL && i < map->constant_count; i++) {
        if (map->constants[i].field->type == FIELD_SITE)
            return true;
    }
    return false;
}

static struct bytes get_value(const void *context, uint16_t field)
{
    const struct plan *plan = context;
    for (uint32_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        if (cell->column.field->number == field && !cell->column.field->set)
            return bytes_of(plan->values.data + cell->offset, cell->len);
    }
    return (struct bytes){0};
}

static bool is_nil(const struct plan *plan, const struct cell *cell)
{
    struct mp_reader reader = mp_reader_of(bytes_of(plan->values.data + cell->offset, cell->len));
    return mp_peek(&reader) == MP_NIL;
}

/* All cells' values into plan->values, and the rules over them. Errors: ERR_INVALID, ERR_NO_MEMORY.
 */
static enum err take_values(struct plan *plan, const struct csv_row *row, uint32_t *present_out,
                            struct err_info *info)
{
    uint32_t present = 0;
    mp_buf_reset(&plan->values);
    for (uint32_t i = 0; i < plan->cell_count; i++) {
        struct cell *cell = &plan->cells[i];
        const char *text = cell->constant != NULL ? cell->constant : row->fields[cell->index];
        cell->offset = plan->values.len;
        enum err err = value_put(&plan->values_context, &cell->column, text, &plan->values, info);
        if (err == ERR_INVALID && cell->constant == NULL)
            return err_wrap(info, err, "column %u ('%s')", cell->index + 1, cell->column.names[0]);
        if (err != ERR_OK)
            return err;
        cell->len = plan->values.len - cell->offset;
        bool nil = is_nil(plan, cell);
        if (nil && cell->column.field->required)
            return err_set(info, ERR_INVALID, "%s is required and column '%s' is empty",
                           cell->column.field->name, cell->column.names[0]);
        present += nil ? 0 : 1;
    }
    struct kind_view view = {.context = plan, .get = get_value};
    const char *fault = kind_fault(plan->kind, view);
    if (fault != NULL)
        return err_set(info, ERR_INVALID, "%s", fault);
    if (present == 0)
        return err_set(info, ERR_INVALID, "nothing in this row becomes a field");
    *present_out = present;
    return ERR_OK;
}

static void write_fields(const struct plan *plan, uint32_t present, struct mp_buf *fields_out)
{
    mp_put_map(fields_out, present);
    for (uint32_t i = 0; i < plan->cell_count; i++) {
        const struct cell *cell = &plan->cells[i];
        if (is_nil(plan, cell))
            continue;
        mp_put_uint(fields_out, cell->column.field->number);
        mp_put_raw(fields_out, bytes_of(plan->values.data + cell->offset, cell->len));
    }
}

/* The first row of a text is taken; later ones must say the same. Errors: ERR_INVALID (it says
 * something else), ERR_LIMIT. */
static enum err meet_once(struct plan *plan, const struct csv_row *row, const struct mp_buf *fields,
                          enum row_verdict *verdict_out, struct err_info *info)
{
    uint64_t line = 0;
    const char *text = row->fields[plan->one_per_index];
    switch (once_meet(plan->once, bytes_of_text(text), mp_buf_bytes(fields), row->line, &line)) {
    case ONCE_NEW:
        return ERR_OK;
    case ONCE_SAME:
        *verdict_out = ROW_REPEATED;
        return ERR_OK;
    case ONCE_OTHER:
        return err_set(info, ERR_INVALID,
                       "says something else than line %llu, which has the same '%.64s'",
                       (unsigned long long)line, text);
    case ONCE_FULL:
        break;
    }
    return err_set(info, ERR_LIMIT, "more different texts in the column of one_per than fit");
}

enum err plan_convert(struct plan *plan, const struct csv_row *row, struct mp_buf *fields_out,
                      enum row_verdict *verdict_out, char *reason_out)
{
    for (uint32_t i = 0; i < plan->skip_count; i++) {
        if (map_lists(plan->skips[i].list, row->fields[plan->skips[i].index])) {
            *verdict_out = ROW_LEFT_OUT;
            return ERR_OK;
        }
    }
    struct err_info info = {0};
    uint32_t present = 0;
    plan->values_context.note[0] = '\0';
    enum err err = take_values(plan, row, &present, &info);
    if (err == ERR_NO_MEMORY)
        return err;
    if (err == ERR_OK) {
        mp_buf_reset(fields_out);
        write_fields(plan, present, fields_out);
        err = mp_buf_err(fields_out);
        if (err == ERR_NO_MEMORY)
            return err;
        (void)snprintf(info.text, sizeof(info.text), "the row is too long for one record");
    }
    *verdict_out = err == ERR_OK ? ROW_TAKEN : ROW_BAD;
    (void)snprintf(reason_out, ERR_TEXT_BYTES, "%s", plan->values_context.note);
    if (err == ERR_OK && plan->one_per)
        err = meet_once(plan, row, fields_out, verdict_out, &info);
    if (err == ERR_NO_MEMORY)
        return err;
    if (err != ERR_OK)
        *verdict_out = ROW_BAD;
    if (err != ERR_OK)
        (void)snprintf(reason_out, ERR_TEXT_BYTES, "%s",
                       info.text[0] != '\0' ? info.text : err_text(err));
    return ERR_OK;
}
