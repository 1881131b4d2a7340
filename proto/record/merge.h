#pragma once

#include "proto/base/arena.h"
#include "proto/record/op.h"

/* A record's merged state: for every field (and every member of a set field) the writes that no
 * other write has seen, its siblings, and the context that tells a late duplicate from news.
 *
 * The state holds dots, not values: a value is read from the log at its sibling's dot. So the state
 * stays small, and what is erased from the log is gone everywhere. Any order, duplicates and gaps
 * of the same operations give the same bytes (docs/wire.md, "Record state"). The kind and record
 * id are the key it is stored under. */

enum {
    SIBLING_TRUE = 1 /* the value is neither nil nor false: set member present, record deleted */
};

struct sibling {
    struct dot dot;
    uint64_t hlc;
    uint8_t flags;
};

struct reg {
    uint16_t field;
    struct bytes member; /* MessagePack; empty for a plain field */
    struct dot
        *ctx; /* per origin the highest sequence of a write to this field; sorted by origin */
    uint32_t ctx_count;
    struct sibling *siblings; /* sorted by dot */
    uint32_t sibling_count;
};

struct rec {
    struct reg *regs; /* sorted by field, then member bytes */
    uint32_t reg_count;
};

enum merge_result { MERGE_CHANGED, MERGE_KNOWN /* duplicate or superseded in every field */ };

/* Decode a stored state into `arena`; empty bytes give an empty record. Errors: ERR_CORRUPT,
 * ERR_NO_MEMORY. */
NODISCARD enum err rec_decode(struct bytes stored, struct arena *arena, struct rec *rec_out);
/* The canonical bytes. */
void rec_encode(const struct rec *rec, struct mp_buf *buf);

/* Merge one operation, in memory of `arena`; `rec` comes from rec_decode with the same arena, or is
 * all zeros. A copy of struct rec is the same record, not a second one. A register always has at
 * least one sibling.
 *
 *   siblings s with s.seq <= write.ctx[s.origin] go, and those of its own origin before it;
 *   the write joins unless its sequence is <= ctx[its origin]: then it is known already;
 *   ctx takes the maximum of both contexts and the write's dot.
 *
 * Errors: ERR_LIMIT (VV_ENTRIES_MAX, SIBLINGS_MAX, RECORD_REGS_MAX), ERR_CORRUPT (a context; or
 * writes that claim to have seen each other), ERR_NO_MEMORY; on an error `rec` must be thrown away.
 */
NODISCARD enum err rec_apply(struct rec *rec, struct arena *arena, const struct op *op,
                             enum merge_result *result_out);

/* The register of a field (member empty for plain fields), or NULL. */
const struct reg *rec_find(const struct rec *rec, uint16_t field, struct bytes member);
/* The sibling that is displayed: greatest (hlc, site, epoch, seq). Asserts sibling_count > 0. */
const struct sibling *reg_winner(const struct reg *reg);

/* The greatest sequence seen per origin over all fields: what a deletion says it has seen. Sorted
 * by origin. Errors: ERR_LIMIT when there are more than VV_ENTRIES_MAX origins. dots_out holds
 * VV_ENTRIES_MAX. */
NODISCARD enum err rec_seen(const struct rec *rec, struct dot *dots_out, uint32_t *count_out);
/* Does every live sibling outside field 0 lie within `seen`? Then a deletion that saw this much
 * stands; otherwise an edit that the deleter had not seen keeps the record alive and the pair is a
 * conflict. */
bool rec_covered_by(const struct rec *rec, const struct dot *seen, uint32_t seen_count);
