#pragma once

#include "proto/record/op.h"

/* The pieces of an entry on their way out, shared by a fresh operation and one that is written
 * again. */

struct op_head {
    uint64_t seq;
    uint64_t hlc;
    uint16_t kind;
    const uint8_t *rid;
    struct bytes author;
    uint32_t write_count;
};

/* Everything in front of the writes. */
void op_put_head(struct mp_buf *buf, const struct op_head *head);

/* One write. `value` and `member` as in struct op_write. */
struct op_put {
    uint16_t field;
    bool personal;
    struct bytes member;
    struct bytes value;
    const struct dot *ctx;
    uint32_t ctx_count;
};
void op_put_write(struct mp_buf *buf, struct origin self, const struct op_put *write);

/* The entry of these parts in its shape, in place of what `entry_out` held. Errors: ERR_TOO_BIG,
 * ERR_NO_MEMORY. */
NODISCARD enum err entry_put(const struct entry *entry, struct mp_buf *entry_out);
