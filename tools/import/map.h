#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sys/yaml.h"
#include "proto/record/kinds.h"

/* A map file: which column of somebody's CSV becomes which field, and how (docs/import.md). */

enum {
    MAP_COLUMNS_MAX = 128,
    MAP_CONSTANTS_MAX = 64,
    MAP_NAMES_MAX = 8, /* alternatives for one column */
    MAP_DECIMALS_MAX = 9,
};

enum map_ambiguous {
    AMBIGUOUS_REFUSE, /* the row is bad */
    AMBIGUOUS_LEAVE,  /* the field is left empty, and the row is listed */
    AMBIGUOUS_FIRST,  /* read as `date` says, and the row is listed */
};

struct map_column {
    const char *names[MAP_NAMES_MAX]; /* the first that the file has */
    uint32_t name_count;
    const struct field *field;      /* NULL: the column only decides about skipping */
    const struct yaml_node *values; /* mapping from -> to, or NULL */
    const char *otherwise;          /* for values that are not listed; NULL: as they are */
    const char *pattern;            /* civil_parse_pattern; NULL: ISO */
    const char *other_pattern;      /* some rows are written like this; NULL: none are */
    enum map_ambiguous ambiguous;   /* a text that both patterns read, as different days */
    const char *prefix, *suffix;    /* "" for none */
    const char *split;              /* between members of a set */
    const struct yaml_node *empty;  /* further texts that mean nothing, or NULL */
    const struct yaml_node *skip;   /* rows with one of these are left out, or NULL */
    int64_t decimals;               /* -1: none; n: 0.25 becomes 0.25 * 10^n, half up */
    bool required, trim;
};

struct map_constant {
    const struct field *field;
    const char *text;
};

struct import_map {
    struct yaml_doc *doc; /* everything above points into it */
    const struct kind *kind;
    struct map_column columns[MAP_COLUMNS_MAX];
    uint32_t column_count;
    struct map_constant constants[MAP_CONSTANTS_MAX];
    uint32_t constant_count;
    const struct yaml_node *missing; /* texts that mean nothing in any column, or NULL */
    bool other_columns_error;
    const char *one_per; /* a column: rows with the same text in it are one record; NULL: none */
};

/* Owns:    the caller ends *map_out with map_free.
 * Errors:  ERR_INVALID "FILE:LINE: …"; those of yaml_load_file. */
NODISCARD enum err map_load(const char *path, struct import_map **map_out, struct err_info *info);
/* `name` stands for the file in messages. */
NODISCARD enum err map_load_text(const char *name, struct bytes text, struct import_map **map_out,
                                 struct err_info *info);
void map_free(struct import_map *map); /* NULL is fine */

/* Is `text` an item of the sequence? False for NULL. */
bool map_lists(const struct yaml_node *sequence, const char *text);

/* The kind's field whose name is nearest to a mistyped one, or NULL. */
const char *map_nearest_field(const struct kind *kind, const char *name);
