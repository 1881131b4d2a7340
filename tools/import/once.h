#pragma once

#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/err.h"

/* Which texts of a column were met before, and whether their rows say the same. Keeps hashes, no
 * texts; bounded. */

enum { ONCE_MAX = 4 * 1024 * 1024 };
enum once_result { ONCE_NEW, ONCE_SAME, ONCE_OTHER, ONCE_FULL };

struct once;

/* Errors: ERR_NO_MEMORY. */
NODISCARD enum err once_new(struct once **once_out, struct err_info *info);
void once_free(struct once *once); /* NULL is fine */
/* line_out: where the text was met first (SAME, OTHER). FULL also when memory is out. */
enum once_result once_meet(struct once *once, struct bytes text, struct bytes content,
                           uint64_t line, uint64_t *line_out);
