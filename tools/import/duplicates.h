#pragma once

#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"

/* Which rows stand twice in a file, in bounded memory however long it is: a keyed hash of each row
 * goes to a temporary file that has no name, and is read back once for every range of hashes that
 * fits a table. */

struct duplicates;

struct duplicate_list {
    uint64_t count; /* rows that repeat an earlier one */
    uint32_t shown;
    struct {
        uint64_t line, first_line;
    } rows[CSV_DUPLICATES_SHOWN]; /* the earliest */
};

/* Errors: ERR_IO, ERR_FULL (the temporary file), ERR_NO_MEMORY. */
NODISCARD enum err duplicates_new(struct duplicates **duplicates_out, struct err_info *info);
void duplicates_free(struct duplicates *duplicates); /* NULL is fine */

NODISCARD enum err duplicates_add(struct duplicates *duplicates, struct bytes row, uint64_t line,
                                  struct err_info *info);
NODISCARD enum err duplicates_find(struct duplicates *duplicates, struct duplicate_list *list_out,
                                   struct err_info *info);
