/* A file that somebody edited: as a tree, as an import map and as a daemon's configuration. */
#include "tests/fuzz/fuzz.h"

#include "lib/sys/config.h"
#include "lib/sys/yaml.h"
#include "tools/import/map.h"

struct settings {
    char text[CONFIG_TEXT_BYTES];
    int64_t number, duration_ms, size_bytes;
    bool on;
    struct config_list list;
};

static void walk(const struct yaml_doc *doc, const struct yaml_node *node, uint32_t depth)
{
    struct err_info info;
    const char *text = NULL;
    int64_t number = 0;
    bool on = false;
    uint32_t count = 0;

    assert(depth <= YAML_DEPTH_MAX && node->line >= 1 && node->column >= 1);
    assert(node->kind == YAML_SCALAR || strlen(node->text) == 0);
    enum err err = yaml_text(doc, node, &text, &info);
    assert(err == ERR_OK ? node->kind == YAML_SCALAR && text == node->text : err == ERR_INVALID);
    err = yaml_int(doc, node, &number, &info);
    assert(err == ERR_OK || err == ERR_INVALID);
    err = yaml_bool(doc, node, &on, &info);
    assert(err == ERR_OK || err == ERR_INVALID);
    for (const struct yaml_node *child = node->first; child != NULL; child = child->next) {
        if (node->kind == YAML_MAPPING)
            assert(child->key != NULL && yaml_get(node, child->key->text) == child);
        walk(doc, child, depth + 1);
        count++;
    }
    assert(count == node->count);
}

static void read_tree(struct bytes input)
{
    struct yaml_doc *doc = NULL;
    struct err_info info = {0};
    enum err err = yaml_load_text("fuzz.yaml", input, &doc, &info);
    if (err == ERR_OK)
        walk(doc, yaml_root(doc), 0);
    else
        assert(info.code == err && info.text[0] != '\0');
    if (err == ERR_OK)
        yaml_close(doc);
}

static void read_map(struct bytes input)
{
    struct import_map *map = NULL;
    struct err_info info = {0};
    if (map_load_text("fuzz.yaml", input, &map, &info) != ERR_OK) {
        assert(info.text[0] != '\0');
        return;
    }
    assert(map->kind != NULL && map->column_count <= MAP_COLUMNS_MAX &&
           map->constant_count <= MAP_CONSTANTS_MAX);
    for (uint32_t i = 0; i < map->column_count; i++) {
        const struct map_column *column = &map->columns[i];
        assert(column->name_count >= 1 && column->name_count <= MAP_NAMES_MAX);
        assert(column->decimals >= -1 && column->decimals <= MAP_DECIMALS_MAX);
        (void)map_lists(column->empty, "");
        (void)map_lists(column->skip, "");
        if (column->field == NULL)
            (void)map_nearest_field(map->kind, column->names[0]);
    }
    map_free(map);
}

static void read_config(struct bytes input)
{
    static const struct config_key keys[] = {
        {.name = "text", .type = CONFIG_TEXT, .offset = offsetof(struct settings, text), .max = 40},
        {.name = "number",
         .type = CONFIG_INT,
         .offset = offsetof(struct settings, number),
         .min = -5,
         .max = 500},
        {.name = "on", .type = CONFIG_BOOL, .offset = offsetof(struct settings, on)},
        {.name = "duration",
         .type = CONFIG_DURATION,
         .offset = offsetof(struct settings, duration_ms)},
        {.name = "size", .type = CONFIG_SIZE, .offset = offsetof(struct settings, size_bytes)},
        {.name = "list", .type = CONFIG_LIST, .offset = offsetof(struct settings, list)},
    };
    static const struct config_spec spec = {.program = "fuzz",
                                            .summary = "fuzz",
                                            .keys = keys,
                                            .key_count = sizeof(keys) / sizeof(keys[0])};
    struct memory_file file = memory_file_of(input.data, input.len);
    struct settings settings = {.number = 1};
    struct err_info info = {0};
    if (config_load_file(&spec, file.path, &settings, &info) == ERR_OK) {
        assert(settings.number >= -5 && settings.number <= 500);
        assert(memchr(settings.text, '\0', 41) != NULL);
        assert(settings.duration_ms >= 0 && settings.size_bytes >= 0);
        assert(settings.list.count <= CONFIG_LIST_MAX);
    }
    memory_file_close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    read_tree(input);
    read_map(input);
    read_config(input);
    return 0;
}
