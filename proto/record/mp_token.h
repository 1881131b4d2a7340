#pragma once

#include "proto/record/mp.h"

/* One step of a MessagePack walk, shared by the scan and the cursor: a scalar with its body, or a
 * container's head. */
struct mp_token {
    enum mp_type
        type; /* MP_BAD: malformed, not in its shortest form, or a type that is not used here */
    uint64_t number;     /* unsigned value, truth, byte length, item count or pair count */
    int64_t negative;    /* MP_INT */
    const uint8_t *body; /* MP_STR, MP_BIN */
    const uint8_t *next; /* behind a scalar; the first item of a container */
};

/* For lead bytes beyond 0x7f. */
struct mp_token mp_token_other(const uint8_t *at, const uint8_t *end);

/* Never looks at or past `end`; a declared length or count that cannot fit before `end` is MP_BAD.
 * Small numbers are read in place: most of what is walked is made of them. */
static inline struct mp_token mp_token_at(const uint8_t *at, const uint8_t *end)
{
    if (at == end)
        return (struct mp_token){.type = MP_END};
    if (*at <= 0x7f)
        return (struct mp_token){.type = MP_UINT, .number = *at, .next = at + 1};
    return mp_token_other(at, end);
}
