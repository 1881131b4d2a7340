#pragma once

#include "tools/import/plan.h"

/* One cell of a row as the field's value: the steps of docs/import.md, "What happens to a value".
 */

enum { VALUE_NOTE_BYTES = 160 };

struct value_context {
    const struct yaml_node *missing;
    struct site_lookup sites;
    struct mp_buf scratch, members;
    char note[VALUE_NOTE_BYTES]; /* of the row at hand: what was not clear in it; "" for nothing */
};

void value_context_init(struct value_context *context);
void value_context_deinit(struct value_context *context);

/* Append the value to `out`; nil when there is none. Errors: ERR_INVALID with the reason;
 * ERR_NO_MEMORY. */
NODISCARD enum err value_put(struct value_context *context, const struct map_column *column,
                             const char *text, struct mp_buf *out, struct err_info *info);
