#include "proto/record/reg.h"
#include "proto/record/vv.h"

#include <assert.h>

const struct reg *rec_find(const struct rec *rec, uint16_t field, struct bytes member)
{
    uint32_t at = reg_place(rec, 0, field, member);
    return reg_is_at(rec, at, field, member) ? &rec->regs[at] : NULL;
}

const struct sibling *reg_winner(const struct reg *reg)
{
    assert(reg->sibling_count > 0);
    /* Siblings are sorted by dot, so among equal clocks the last one is the greatest. */
    const struct sibling *winner = &reg->siblings[0];
    for (uint32_t i = 1; i < reg->sibling_count; i++) {
        if (reg->siblings[i].hlc >= winner->hlc)
            winner = &reg->siblings[i];
    }
    return winner;
}

enum err rec_seen(const struct rec *rec, struct dot *dots_out, uint32_t *count_out)
{
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    for (uint32_t r = 0; r < rec->reg_count; r++) {
        const struct reg *reg = &rec->regs[r];
        if (r > 0 && reg->ctx == rec->regs[r - 1].ctx)
            continue;
        for (uint32_t i = 0; i < reg->ctx_count; i++) {
            enum err err = vv_raise(dots, &count, reg->ctx[i]);
            if (err != ERR_OK)
                return err;
        }
    }
    memcpy(dots_out, dots, count * sizeof(*dots));
    *count_out = count;
    return ERR_OK;
}

bool rec_covered_by(const struct rec *rec, const struct dot *seen, uint32_t seen_count)
{
    for (uint32_t r = 0; r < rec->reg_count; r++) {
        const struct reg *reg = &rec->regs[r];
        if (reg->field == FIELD_DELETED)
            continue;
        for (uint32_t i = 0; i < reg->sibling_count; i++) {
            struct dot dot = reg->siblings[i].dot;
            if (dot.seq > vv_get(seen, seen_count, dot.origin))
                return false;
        }
    }
    return true;
}
