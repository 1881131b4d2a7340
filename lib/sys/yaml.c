#include "lib/sys/yaml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/sys/config.h"
#include "lib/sys/files.h"

/* libyaml loads a document as a numbered list of nodes; ours is the same list linked into a tree. A
 * node met twice is an alias and refused: aliases can make a small file huge, or a circle. */

struct yaml_doc {
    char *name;
    yaml_document_t document;
    bool has_document;
    struct yaml_node *nodes; /* nodes[i] is libyaml's node i + 1 */
    bool *linked;
    size_t node_count;
    struct yaml_node empty; /* root of an empty file */
};

void yaml_close(struct yaml_doc *doc)
{
    if (doc == NULL)
        return;
    if (doc->has_document)
        yaml_document_delete(&doc->document);
    free(doc->nodes);
    free(doc->linked);
    free(doc->name);
    free(doc);
}

const struct yaml_node *yaml_root(const struct yaml_doc *doc)
{
    return doc->node_count == 0 ? &doc->empty : &doc->nodes[0];
}

const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key)
{
    if (node->kind != YAML_MAPPING)
        return NULL;
    for (const struct yaml_node *value = node->first; value != NULL; value = value->next) {
        if (strcmp(value->key->text, key) == 0)
            return value;
    }
    return NULL;
}

enum err yaml_fail(const struct yaml_doc *doc, const struct yaml_node *node, struct err_info *info,
                   const char *format, ...)
{
    char what[ERR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    const struct yaml_node *at = node->key != NULL ? node->key : node;
    if (node->key != NULL)
        return err_set(info, ERR_INVALID, "%s:%u: %s: %s", doc->name, at->line, at->text, what);
    return err_set(info, ERR_INVALID, "%s:%u: %s", doc->name, at->line, what);
}

/* ---- building the tree ---- */

static enum err link_node(struct yaml_doc *doc, int number, unsigned depth, struct err_info *info);

static struct yaml_node *node_of(struct yaml_doc *doc, int number)
{
    assert(number >= 1 && (size_t)number <= doc->node_count);
    return &doc->nodes[number - 1];
}

static enum err link_scalar(struct yaml_doc *doc, const yaml_node_t *from, struct yaml_node *node,
                            struct err_info *info)
{
    const char *text = (const char *)from->data.scalar.value;
    node->kind = YAML_SCALAR;
    node->quoted = from->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (strlen(text) != from->data.scalar.length)
        return yaml_fail(doc, node, info, "a NUL character is not allowed");
    node->text = text;
    return ERR_OK;
}

static enum err link_sequence(struct yaml_doc *doc, const yaml_node_t *from, unsigned depth,
                              struct err_info *info)
{
    struct yaml_node *node = &doc->nodes[from - doc->document.nodes.start];
    const struct yaml_node **tail = &node->first;
    node->kind = YAML_SEQUENCE;
    for (yaml_node_item_t *item = from->data.sequence.items.start;
         item < from->data.sequence.items.top; item++) {
        enum err err = link_node(doc, *item, depth + 1, info);
        if (err != ERR_OK)
            return err;
        *tail = node_of(doc, *item);
        tail = &node_of(doc, *item)->next;
        node->count++;
    }
    return ERR_OK;
}

static enum err link_mapping(struct yaml_doc *doc, const yaml_node_t *from, unsigned depth,
                             struct err_info *info)
{
    struct yaml_node *node = &doc->nodes[from - doc->document.nodes.start];
    const struct yaml_node **tail = &node->first;
    node->kind = YAML_MAPPING;
    for (yaml_node_pair_t *pair = from->data.mapping.pairs.start;
         pair < from->data.mapping.pairs.top; pair++) {
        enum err err = link_node(doc, pair->key, depth + 1, info);
        if (err != ERR_OK)
            return err;
        struct yaml_node *key = node_of(doc, pair->key);
        if (key->kind != YAML_SCALAR)
            return yaml_fail(doc, key, info, "a key must be a plain text");
        if (yaml_get(node, key->text) != NULL)
            return yaml_fail(doc, key, info, "%s: the key is there twice", key->text);
        struct yaml_node *value = node_of(doc, pair->value);
        value->key = key;
        err = link_node(doc, pair->value, depth + 1, info);
        if (err != ERR_OK)
            return err;
        *tail = value;
        tail = &value->next;
        node->count++;
    }
    return ERR_OK;
}

static bool has_usual_tag(const yaml_node_t *node)
{
    const char *tag = (const char *)node->tag;
    return tag == NULL || strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, YAML_SEQ_TAG) == 0 ||
           strcmp(tag, YAML_MAP_TAG) == 0;
}

static enum err link_node(struct yaml_doc *doc, int number, unsigned depth, struct err_info *info)
{
    struct yaml_node *node = node_of(doc, number);
    const yaml_node_t *from = doc->document.nodes.start + number - 1;

    if (doc->linked[number - 1])
        return yaml_fail(doc, node, info, "anchors and aliases are not supported");
    doc->linked[number - 1] = true;
    node->line = (uint32_t)from->start_mark.line + 1;
    node->column = (uint32_t)from->start_mark.column + 1;
    node->text = "";
    if (depth > YAML_DEPTH_MAX)
        return yaml_fail(doc, node, info, "nested deeper than %d", YAML_DEPTH_MAX);
    if (!has_usual_tag(from))
        return yaml_fail(doc, node, info, "tags are not supported");
    switch (from->type) {
    case YAML_SCALAR_NODE:
        return link_scalar(doc, from, node, info);
    case YAML_SEQUENCE_NODE:
        return link_sequence(doc, from, depth, info);
    case YAML_MAPPING_NODE:
        return link_mapping(doc, from, depth, info);
    case YAML_NO_NODE:
        break;
    }
    return yaml_fail(doc, node, info, "unknown kind of node");
}

static enum err build(struct yaml_doc *doc, struct err_info *info)
{
    doc->empty = (struct yaml_node){.kind = YAML_MAPPING, .line = 1, .column = 1, .text = ""};
    doc->node_count = (size_t)(doc->document.nodes.top - doc->document.nodes.start);
    if (doc->node_count == 0)
        return ERR_OK;
    doc->nodes = calloc(doc->node_count, sizeof(doc->nodes[0]));
    doc->linked = calloc(doc->node_count, sizeof(doc->linked[0]));
    if (doc->nodes == NULL || doc->linked == NULL)
        return err_set(info, ERR_NO_MEMORY, "%s: out of memory", doc->name);
    return link_node(doc, 1, 1, info);
}

/* ---- loading ---- */

static enum err parser_failed(const struct yaml_doc *doc, const yaml_parser_t *parser,
                              struct err_info *info)
{
    const char *problem = parser->problem;
    if (parser->error == YAML_MEMORY_ERROR || problem == NULL) /* a fault of the text has a name */
        return err_set(info, ERR_NO_MEMORY, "%s: out of memory", doc->name);
    if (parser->error == YAML_READER_ERROR)
        return err_set(info, ERR_INVALID, "%s: at byte %zu: %s", doc->name, parser->problem_offset,
                       problem);
    return err_set(info, ERR_INVALID, "%s:%zu: %s", doc->name, parser->problem_mark.line + 1,
                   problem);
}

static enum err expect_end(const struct yaml_doc *doc, yaml_parser_t *parser, struct err_info *info)
{
    yaml_document_t second;
    if (yaml_parser_load(parser, &second) == 0)
        return parser_failed(doc, parser, info);
    size_t line = second.start_mark.line + 1;
    bool more = yaml_document_get_root_node(&second) != NULL;
    yaml_document_delete(&second);
    if (more)
        return err_set(info, ERR_INVALID, "%s:%zu: a second document is not allowed", doc->name,
                       line);
    return ERR_OK;
}

enum err yaml_load_text(const char *name, struct bytes text, struct yaml_doc **doc_out,
                        struct err_info *info)
{
    yaml_parser_t parser;
    if (text.len > YAML_BYTES_MAX)
        return err_set(info, ERR_TOO_BIG, "%s: over %d bytes", name, YAML_BYTES_MAX);
    struct yaml_doc *doc = calloc(1, sizeof(*doc));
    if (doc == NULL)
        return err_set(info, ERR_NO_MEMORY, "%s: out of memory", name);
    doc->name = strdup(name);
    if (doc->name == NULL || yaml_parser_initialize(&parser) == 0) {
        yaml_close(doc);
        return err_set(info, ERR_NO_MEMORY, "%s: out of memory", name);
    }
    enum err err = ERR_OK;
    yaml_parser_set_input_string(&parser, text.len == 0 ? (const uint8_t *)"" : text.data,
                                 text.len);
    if (yaml_parser_load(&parser, &doc->document) == 0) {
        err = parser_failed(doc, &parser, info);
    } else {
        doc->has_document = true;
        err = build(doc, info);
        if (err == ERR_OK && doc->node_count > 0)
            err = expect_end(doc, &parser, info);
    }
    yaml_parser_delete(&parser);
    if (err != ERR_OK) {
        yaml_close(doc);
        return err;
    }
    *doc_out = doc;
    return ERR_OK;
}

enum err yaml_load_file(const char *path, struct yaml_doc **doc_out, struct err_info *info)
{
    uint8_t *data = NULL;
    size_t len = 0;
    enum err err = file_read(path, YAML_BYTES_MAX, &data, &len, info);
    if (err != ERR_OK)
        return err;
    err = yaml_load_text(path, bytes_of(data, len), doc_out, info);
    free(data);
    return err;
}

/* ---- scalars by type ---- */

enum err yaml_text(const struct yaml_doc *doc, const struct yaml_node *node, const char **text_out,
                   struct err_info *info)
{
    if (node->kind != YAML_SCALAR)
        return yaml_fail(doc, node, info, "must be a text");
    *text_out = node->text;
    return ERR_OK;
}

enum err yaml_int(const struct yaml_doc *doc, const struct yaml_node *node, int64_t *value_out,
                  struct err_info *info)
{
    if (node->kind != YAML_SCALAR || node->quoted ||
        config_parse_int(node->text, value_out) != ERR_OK)
        return yaml_fail(doc, node, info, "must be a whole number");
    return ERR_OK;
}

enum err yaml_bool(const struct yaml_doc *doc, const struct yaml_node *node, bool *value_out,
                   struct err_info *info)
{
    bool yes = node->kind == YAML_SCALAR && !node->quoted && strcmp(node->text, "true") == 0;
    bool no = node->kind == YAML_SCALAR && !node->quoted && strcmp(node->text, "false") == 0;
    if (!yes && !no)
        return yaml_fail(doc, node, info, "must be true or false");
    *value_out = yes;
    return ERR_OK;
}
