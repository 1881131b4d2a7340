#pragma once

#include <stddef.h>
#include <stdint.h>

/* Inside proto/text: the compiled catalogues (GNU MO files) as the linker gives them. */

struct catalogue {
    const uint8_t *data, *end;
};

extern const struct catalogue catalogues[];

/* The translation of a key, all its plural forms one after the other, each ended by NUL; NULL when
 * there is none. `len_out`: of all forms without the last NUL. */
const char *catalogue_find(const struct catalogue *catalogue, const char *key, size_t key_len,
                           size_t *len_out);
