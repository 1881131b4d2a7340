#include "proto/record/reg.h"

#include "proto/record/vv.h"

int reg_compare(uint16_t field, struct bytes member, const struct reg *reg)
{
    if (field != reg->field)
        return field < reg->field ? -1 : 1;
    return bytes_compare(member, reg->member);
}

uint32_t reg_place(const struct rec *rec, uint32_t from, uint16_t field, struct bytes member)
{
    uint32_t low = from;
    uint32_t high = rec->reg_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (reg_compare(field, member, &rec->regs[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool reg_is_at(const struct rec *rec, uint32_t at, uint16_t field, struct bytes member)
{
    return at < rec->reg_count && reg_compare(field, member, &rec->regs[at]) == 0;
}

uint32_t reg_room(uint32_t count)
{
    uint32_t room = REG_ROOM_MIN;
    while (room < count)
        room *= 2;
    return count == 0 ? 0 : room;
}

bool reg_state_equal(const struct reg *a, const struct reg *b)
{
    if (a->ctx == b->ctx && a->siblings == b->siblings)
        return true; /* shared arrays */
    if (a->sibling_count != b->sibling_count ||
        !vv_equal(a->ctx, a->ctx_count, b->ctx, b->ctx_count))
        return false;
    for (uint32_t i = 0; i < a->sibling_count; i++) {
        const struct sibling *x = &a->siblings[i];
        const struct sibling *y = &b->siblings[i];
        if (dot_compare(x->dot, y->dot) != 0 || x->hlc != y->hlc || x->flags != y->flags)
            return false;
    }
    return true;
}
