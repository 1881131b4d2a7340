#pragma once

#include "proto/record/chain.h"
#include "proto/record/kinds.h"

/* What sites write in a benchmark: operations as the kinds table wants them, the same for the same
 * seed. Of 100: 31 pieces of evidence (603 bytes), 15 complaints (801), 34 survey answers (151), 20
 * changes of one of the site's last records; 391 bytes on average. */

enum { PAYLOAD_RECENT = 64 };

struct payload {
    struct origin origin;
    uint64_t random; /* state */
    uint64_t seq, hlc;
    uint64_t record_count;
    struct payload_recent {
        uint16_t kind;
        uint8_t rid[RID_BYTES];
        uint64_t seq; /* of the last write to the field that is changed */
    } recent[PAYLOAD_RECENT];
    struct mp_buf values;
};

/* A number of the sequence that `state` is at (splitmix64). */
uint64_t payload_random(uint64_t *state);
/* 32 bytes that depend on the seed, the place and the purpose alone: keys of made-up sites. */
void payload_secret(uint64_t seed, uint64_t place, const char *purpose, uint8_t out[32]);

void payload_begin(struct payload *payload, struct origin origin, uint64_t seed, uint64_t start_ms);
void payload_end(struct payload *payload);
/* The next operation as an entry, in place of what the buffer held. Errors: ERR_NO_MEMORY. */
NODISCARD enum err payload_next(struct payload *payload, struct mp_buf *entry_out);

/* A CSV of evidence with a header, `rows` rows. Errors: ERR_IO. */
NODISCARD enum err payload_csv(const char *path, uint64_t rows, uint64_t seed,
                               struct err_info *info);
/* One piece of evidence as the body of POST /api/v1/records/evidence. */
size_t payload_json(uint64_t *random, char *out, size_t size);
