#include "tools/import/map.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sys/cli.h"
#include "proto/record/op.h"

static const char *const root_keys[] = {"kind",    "columns",       "constants",
                                        "missing", "other_columns", "one_per"};
static const char *const column_keys[] = {"column",      "field",    "values",     "otherwise",
                                          "date",        "time",     "prefix",     "suffix",
                                          "split",       "empty",    "required",   "trim",
                                          "skip_row_if", "decimals", "other_date", "ambiguous"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

bool map_lists(const struct yaml_node *sequence, const char *text)
{
    if (sequence == NULL)
        return false;
    for (const struct yaml_node *item = sequence->first; item != NULL; item = item->next) {
        if (strcmp(item->text, text) == 0)
            return true;
    }
    return false;
}

const char *map_nearest_field(const struct kind *kind, const char *name)
{
    const char *names[FIELD_MAX];
    size_t count = 0;
    for (; count < kind->field_count && count < FIELD_MAX; count++)
        names[count] = kind->fields[count].name;
    return cli_nearest(name, names, count);
}

static enum err check_keys(const struct yaml_doc *doc, const struct yaml_node *mapping,
                           const char *const *known, size_t known_count, struct err_info *info)
{
    for (const struct yaml_node *value = mapping->first; value != NULL; value = value->next) {
        const char *key = value->key->text;
        size_t i = 0;
        while (i < known_count && strcmp(known[i], key) != 0)
            i++;
        if (i < known_count)
            continue;
        const char *near = cli_nearest(key, known, known_count);
        return yaml_fail(doc, value, info, "unknown key%s%s%s",
                         near == NULL ? "" : N_("; did you mean '"), near == NULL ? "" : near,
                         near == NULL ? "" : "'?");
    }
    return ERR_OK;
}

static enum err check_kind_of(const struct yaml_doc *doc, const struct yaml_node *node,
                              enum yaml_kind kind, const char *what, struct err_info *info)
{
    return node == NULL || node->kind == kind ? ERR_OK
                                              : yaml_fail(doc, node, info, "must be %s", what);
}

/* A sequence of texts; a single text stands for a sequence elsewhere, never here. */
static enum err check_texts(const struct yaml_doc *doc, const struct yaml_node *node,
                            struct err_info *info)
{
    enum err err = check_kind_of(doc, node, YAML_SEQUENCE, "a list of texts", info);
    if (err != ERR_OK || node == NULL)
        return err;
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        if (item->kind != YAML_SCALAR)
            return yaml_fail(doc, item, info, "must be a text");
    }
    return ERR_OK;
}

static enum err check_values(const struct yaml_doc *doc, const struct yaml_node *node,
                             struct err_info *info)
{
    enum err err = check_kind_of(doc, node, YAML_MAPPING, "a mapping of value to value", info);
    if (err != ERR_OK || node == NULL)
        return err;
    for (const struct yaml_node *to = node->first; to != NULL; to = to->next) {
        if (to->kind != YAML_SCALAR)
            return yaml_fail(doc, to, info, "must be a text");
    }
    return ERR_OK;
}

static enum err get_text(const struct yaml_doc *doc, const struct yaml_node *mapping,
                         const char *key, const char **text_inout, struct err_info *info)
{
    const struct yaml_node *node = yaml_get(mapping, key);
    return node == NULL ? ERR_OK : yaml_text(doc, node, text_inout, info);
}

static enum err get_bool(const struct yaml_doc *doc, const struct yaml_node *mapping,
                         const char *key, bool *value_inout, struct err_info *info)
{
    const struct yaml_node *node = yaml_get(mapping, key);
    return node == NULL ? ERR_OK : yaml_bool(doc, node, value_inout, info);
}

static enum err read_field(const struct import_map *map, const struct yaml_node *node,
                           const char *name, const struct field **field_out, struct err_info *info)
{
    const struct field *field = field_by_name(map->kind, name);
    if (field == NULL) {
        const char *near = map_nearest_field(map->kind, name);
        return yaml_fail(map->doc, node, info, "'%s' is no field of %s%s%s%s", name,
                         map->kind->name, near == NULL ? "" : N_("; did you mean '"),
                         near == NULL ? "" : near, near == NULL ? "" : "'?");
    }
    if (field->type == FIELD_FILE)
        return yaml_fail(map->doc, node, info, "files cannot come out of a CSV");
    *field_out = field;
    return ERR_OK;
}

static enum err read_names(const struct import_map *map, const struct yaml_node *entry,
                           struct map_column *column, struct err_info *info)
{
    const struct yaml_node *node = yaml_get(entry, "column");
    if (node == NULL)
        return yaml_fail(map->doc, entry, info, "this entry names no column");
    if (node->kind == YAML_SCALAR) {
        column->names[column->name_count++] = node->text;
        return ERR_OK;
    }
    enum err err = check_texts(map->doc, node, info);
    if (err != ERR_OK)
        return err;
    if (node->count < 1 || node->count > MAP_NAMES_MAX)
        return yaml_fail(map->doc, node, info, "must name 1 to %d columns", MAP_NAMES_MAX);
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next)
        column->names[column->name_count++] = item->text;
    return ERR_OK;
}

/* Rows that are written in another order, and what becomes of those that could be either. */
static enum err read_other_pattern(const struct import_map *map, const struct yaml_node *entry,
                                   struct map_column *column, struct err_info *info)
{
    static const char *const words[] = {"refuse", "leave-out", "first"};
    const struct yaml_node *ambiguous = yaml_get(entry, "ambiguous");
    enum err err = get_text(map->doc, entry, "other_date", &column->other_pattern, info);
    if (err != ERR_OK || ambiguous == NULL)
        return err;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (ambiguous->kind == YAML_SCALAR && strcmp(ambiguous->text, words[i]) == 0) {
            column->ambiguous = (enum map_ambiguous)i;
            return ERR_OK;
        }
    }
    return yaml_fail(map->doc, ambiguous, info, "must be refuse, leave-out or first");
}

/* `date` for dates and `time` for times: the word says what is meant, the type must agree. */
static enum err read_pattern(const struct import_map *map, const struct yaml_node *entry,
                             struct map_column *column, struct err_info *info)
{
    const struct yaml_node *date = yaml_get(entry, "date");
    const struct yaml_node *time = yaml_get(entry, "time");
    const struct yaml_node *node = date != NULL ? date : time;
    if (node == NULL)
        return ERR_OK;
    if (date != NULL && time != NULL)
        return yaml_fail(map->doc, time, info, "date and time exclude each other");
    if (column->field == NULL || column->field->type != (date != NULL ? FIELD_DATE : FIELD_TIME))
        return yaml_fail(map->doc, node, info, "the field is no %s",
                         date != NULL ? N_("date; use time:") : N_("time; use date:"));
    enum err err = yaml_text(map->doc, node, &column->pattern, info);
    return err == ERR_OK ? read_other_pattern(map, entry, column, info) : err;
}

static enum err read_decimals(const struct import_map *map, const struct yaml_node *entry,
                              struct map_column *column, struct err_info *info)
{
    const struct yaml_node *node = yaml_get(entry, "decimals");
    column->decimals = -1;
    if (node == NULL)
        return ERR_OK;
    enum err err = yaml_int(map->doc, node, &column->decimals, info);
    if (err != ERR_OK)
        return err;
    if (column->decimals < 0 || column->decimals > MAP_DECIMALS_MAX)
        return yaml_fail(map->doc, node, info, "must be 0 to %d", MAP_DECIMALS_MAX);
    if (column->field == NULL || column->field->type != FIELD_INT)
        return yaml_fail(map->doc, node, info, "the field is no whole number");
    return ERR_OK;
}

static enum err read_texts(const struct import_map *map, const struct yaml_node *entry,
                           struct map_column *column, struct err_info *info)
{
    const struct yaml_doc *doc = map->doc;
    column->values = yaml_get(entry, "values");
    column->empty = yaml_get(entry, "empty");
    column->skip = yaml_get(entry, "skip_row_if");
    enum err err = check_values(doc, column->values, info);
    if (err == ERR_OK)
        err = check_texts(doc, column->empty, info);
    if (err == ERR_OK)
        err = check_texts(doc, column->skip, info);
    if (err == ERR_OK)
        err = get_text(doc, entry, "otherwise", &column->otherwise, info);
    if (err == ERR_OK)
        err = get_text(doc, entry, "prefix", &column->prefix, info);
    if (err == ERR_OK)
        err = get_text(doc, entry, "suffix", &column->suffix, info);
    if (err == ERR_OK)
        err = get_text(doc, entry, "split", &column->split, info);
    if (err == ERR_OK)
        err = get_bool(doc, entry, "required", &column->required, info);
    if (err == ERR_OK)
        err = get_bool(doc, entry, "trim", &column->trim, info);
    return err;
}

static enum err check_column(const struct import_map *map, const struct yaml_node *entry,
                             const struct map_column *column, struct err_info *info)
{
    if (column->field == NULL && column->skip == NULL)
        return yaml_fail(map->doc, entry, info, "column '%s': name a field or skip_row_if",
                         column->names[0]);
    const struct yaml_node *split = yaml_get(entry, "split");
    if (split != NULL && (column->field == NULL || !column->field->set))
        return yaml_fail(map->doc, split, info, "the field takes one value, not several");
    if (split != NULL && column->split[0] == '\0')
        return yaml_fail(map->doc, split, info, "must not be empty");
    return ERR_OK;
}

static enum err read_column(struct import_map *map, const struct yaml_node *entry,
                            struct err_info *info)
{
    if (entry->kind != YAML_MAPPING)
        return yaml_fail(map->doc, entry, info, "must be a mapping with column and field");
    if (map->column_count == MAP_COLUMNS_MAX)
        return yaml_fail(map->doc, entry, info, "more than %d columns", MAP_COLUMNS_MAX);
    struct map_column column = {.prefix = "", .suffix = "", .split = ";"};
    const char *name = NULL;
    enum err err = check_keys(map->doc, entry, column_keys, COUNT_OF(column_keys), info);
    if (err == ERR_OK)
        err = read_names(map, entry, &column, info);
    if (err == ERR_OK)
        err = get_text(map->doc, entry, "field", &name, info);
    if (err == ERR_OK && name != NULL)
        err = read_field(map, yaml_get(entry, "field"), name, &column.field, info);
    if (err == ERR_OK)
        err = read_texts(map, entry, &column, info);
    if (err == ERR_OK)
        err = read_pattern(map, entry, &column, info);
    if (err == ERR_OK)
        err = read_decimals(map, entry, &column, info);
    if (err == ERR_OK)
        err = check_column(map, entry, &column, info);
    if (err == ERR_OK)
        map->columns[map->column_count++] = column;
    return err;
}

static enum err read_constants(struct import_map *map, const struct yaml_node *node,
                               struct err_info *info)
{
    enum err err = check_values(map->doc, node, info);
    if (err != ERR_OK || node == NULL)
        return err;
    for (const struct yaml_node *value = node->first; value != NULL; value = value->next) {
        if (map->constant_count == MAP_CONSTANTS_MAX)
            return yaml_fail(map->doc, value, info, "more than %d constants", MAP_CONSTANTS_MAX);
        struct map_constant *constant = &map->constants[map->constant_count];
        err = read_field(map, value, value->key->text, &constant->field, info);
        if (err != ERR_OK)
            return err;
        constant->text = value->text;
        map->constant_count++;
    }
    return ERR_OK;
}

static enum err read_kind(struct import_map *map, const struct yaml_node *root,
                          struct err_info *info)
{
    const struct yaml_node *node = yaml_get(root, "kind");
    if (node == NULL)
        return yaml_fail(map->doc, root, info, "'kind' is missing: which kind of record is a row?");
    const char *name;
    enum err err = yaml_text(map->doc, node, &name, info);
    if (err != ERR_OK)
        return err;
    map->kind = kind_by_name(name);
    return map->kind != NULL ? ERR_OK
                             : yaml_fail(map->doc, node, info, "there is no kind '%s'", name);
}

static enum err read_other(struct import_map *map, const struct yaml_node *root,
                           struct err_info *info)
{
    const struct yaml_node *node = yaml_get(root, "other_columns");
    if (node == NULL)
        return ERR_OK;
    map->other_columns_error = strcmp(node->text, "error") == 0;
    return map->other_columns_error || strcmp(node->text, "ignore") == 0
               ? ERR_OK
               : yaml_fail(map->doc, node, info, "must be ignore or error");
}

static enum err read_root(struct import_map *map, struct err_info *info)
{
    const struct yaml_node *root = yaml_root(map->doc);
    if (root->kind != YAML_MAPPING)
        return yaml_fail(map->doc, root, info, "a map file is a mapping with kind and columns");
    enum err err = check_keys(map->doc, root, root_keys, COUNT_OF(root_keys), info);
    if (err == ERR_OK)
        err = read_kind(map, root, info);
    const struct yaml_node *columns = yaml_get(root, "columns");
    if (err == ERR_OK && (columns == NULL || columns->count == 0))
        err = yaml_fail(map->doc, columns != NULL ? columns : root, info,
                        "'columns' is missing or empty");
    if (err == ERR_OK)
        err = check_kind_of(map->doc, columns, YAML_SEQUENCE, "a list", info);
    if (err != ERR_OK)
        return err;
    for (const struct yaml_node *entry = columns->first; entry != NULL && err == ERR_OK;
         entry = entry->next)
        err = read_column(map, entry, info);
    if (err == ERR_OK)
        err = read_constants(map, yaml_get(root, "constants"), info);
    map->missing = yaml_get(root, "missing");
    if (err == ERR_OK)
        err = check_texts(map->doc, map->missing, info);
    if (err == ERR_OK)
        err = read_other(map, root, info);
    if (err == ERR_OK)
        err = get_text(map->doc, root, "one_per", &map->one_per, info);
    return err;
}

static enum err build(struct yaml_doc *doc, struct import_map **map_out, struct err_info *info)
{
    struct import_map *map = calloc(1, sizeof(*map));
    if (map == NULL) {
        yaml_close(doc);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    map->doc = doc;
    enum err err = read_root(map, info);
    if (err != ERR_OK) {
        map_free(map);
        return err;
    }
    *map_out = map;
    return ERR_OK;
}

enum err map_load(const char *path, struct import_map **map_out, struct err_info *info)
{
    struct yaml_doc *doc;
    enum err err = yaml_load_file(path, &doc, info);
    return err != ERR_OK ? err : build(doc, map_out, info);
}

enum err map_load_text(const char *name, struct bytes text, struct import_map **map_out,
                       struct err_info *info)
{
    struct yaml_doc *doc;
    enum err err = yaml_load_text(name, text, &doc, info);
    return err != ERR_OK ? err : build(doc, map_out, info);
}

void map_free(struct import_map *map)
{
    if (map == NULL)
        return;
    yaml_close(map->doc);
    free(map);
}
