#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* A small YAML file (one document, no anchors or aliases, no tags) as a tree that knows its lines.
 */

enum {
    YAML_BYTES_MAX = 256 * 1024,
    YAML_DEPTH_MAX = 16,
};

enum yaml_kind { YAML_SCALAR, YAML_SEQUENCE, YAML_MAPPING };

struct yaml_node {
    enum yaml_kind kind;
    bool quoted;                   /* scalar in quotes or a block: a text whatever it looks like */
    uint32_t line, column;         /* from 1 */
    const char *text;              /* scalar, NUL-terminated, holds no other NUL; "" otherwise */
    uint32_t count;                /* items or entries */
    const struct yaml_node *key;   /* when this is a value in a mapping */
    const struct yaml_node *first; /* first item, or value of the first entry */
    const struct yaml_node *next;  /* the sibling after this */
};

struct yaml_doc;

/* Errors: ERR_NOT_FOUND, ERR_DENIED, ERR_TOO_BIG, ERR_IO; ERR_INVALID "FILE:LINE: …" for anything
 * that is not plain YAML, a mapping key twice or that is no scalar, more than one document. An
 * empty file is an empty mapping. */
NODISCARD enum err yaml_load_file(const char *path, struct yaml_doc **doc_out,
                                  struct err_info *info);

/* The same from memory; `name` stands for the file in messages. */
NODISCARD enum err yaml_load_text(const char *name, struct bytes text, struct yaml_doc **doc_out,
                                  struct err_info *info);
void yaml_close(struct yaml_doc *doc);

/* Nodes live as long as the document. */
const struct yaml_node *yaml_root(const struct yaml_doc *doc);

/* The value of a mapping's key; NULL when absent or `node` is no mapping. */
const struct yaml_node *yaml_get(const struct yaml_node *node, const char *key);

/* Scalars by type. Errors: ERR_INVALID "FILE:LINE: KEY: …". */
NODISCARD enum err yaml_text(const struct yaml_doc *doc, const struct yaml_node *node,
                             const char **text_out, struct err_info *info);
NODISCARD enum err yaml_int(const struct yaml_doc *doc, const struct yaml_node *node,
                            int64_t *value_out, struct err_info *info);
/* true or false, unquoted, and nothing else (yes, no, on and off are texts). */
NODISCARD enum err yaml_bool(const struct yaml_doc *doc, const struct yaml_node *node,
                             bool *value_out, struct err_info *info);

/* Record ERR_INVALID as "FILE:LINE: KEY: what"; KEY when the node is a mapping's value. Returns
 * ERR_INVALID. */
PRINTF_LIKE(4, 5)
enum err yaml_fail(const struct yaml_doc *doc, const struct yaml_node *node, struct err_info *info,
                   const char *format, ...);
