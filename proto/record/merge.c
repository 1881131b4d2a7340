/* The merge. A write covers what its context and its own dot cover; a write stays while no other
 * write covers it. The context of a register is all that its writes cover together, so both are
 * unions, and the order of arrival is lost.
 *
 * The arrays behind a register are never changed in place: the writes of one operation mostly meet
 * equal states, and what was worked out for one is shared by the next (and grouped again by
 * rec_encode at the price of a comparison of pointers). */
#include "proto/record/reg.h"
#include "proto/record/vv.h"

#include <assert.h>

/* ---- one write ---- */

/* A write and the state it meets. */
struct meeting {
    const struct op *op;
    const struct op_write *write;
    uint8_t flags;
    struct reg before;
    struct reg after;
    bool changed;
};

/* nil and false are single bytes, so the first byte tells. What is erased later must not change the
 * state. */
static uint8_t flags_of(const struct op_write *write)
{
    if (write->personal)
        return SIBLING_TRUE;
    return write->value.data[0] == 0xc0 || write->value.data[0] == 0xc2 ? 0 : SIBLING_TRUE;
}

static enum err join_ctx(struct meeting *meeting, struct arena *arena, const struct dot *seen,
                         uint32_t seen_count)
{
    const struct reg *before = &meeting->before;
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = before->ctx_count;
    if (count > 0)
        memcpy(dots, before->ctx, count * sizeof(*dots));
    enum err err = vv_raise(dots, &count, meeting->op->dot);
    for (uint32_t i = 0; err == ERR_OK && i < seen_count; i++)
        err = vv_raise(dots, &count, seen[i]);
    if (err != ERR_OK)
        return err;
    if (vv_equal(dots, count, before->ctx, before->ctx_count))
        return ERR_OK;
    meeting->changed = true;
    meeting->after.ctx = arena_copy(arena, dots, count * sizeof(*dots));
    meeting->after.ctx_count = count;
    return meeting->after.ctx != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static enum err join_siblings(struct meeting *meeting, struct arena *arena, const struct dot *seen,
                              uint32_t seen_count)
{
    const struct reg *before = &meeting->before;
    struct dot own = meeting->op->dot;
    bool joins = vv_get(before->ctx, before->ctx_count, own.origin) < own.seq;
    struct sibling siblings[SIBLINGS_MAX + 1];
    uint32_t count = 0;
    uint32_t gone = 0;
    for (uint32_t i = 0; i < before->sibling_count; i++) {
        struct sibling sibling = before->siblings[i];
        bool same_origin = origin_equal(sibling.dot.origin, own.origin);
        uint64_t covered = same_origin ? own.seq - 1 : vv_get(seen, seen_count, sibling.dot.origin);
        if (sibling.dot.seq <= covered)
            gone++;
        else
            siblings[count++] = sibling;
    }
    if (!joins && gone == 0)
        return ERR_OK;
    if (joins) {
        uint32_t at = count++;
        for (; at > 0 && dot_compare(siblings[at - 1].dot, own) > 0; at--)
            siblings[at] = siblings[at - 1];
        siblings[at] =
            (struct sibling){.dot = own, .hlc = meeting->op->hlc, .flags = meeting->flags};
    }
    if (count > SIBLINGS_MAX)
        return ERR_LIMIT;
    if (count == 0)
        return ERR_CORRUPT; /* writes that claim to have seen each other: no history has such
                               contexts */
    meeting->changed = true;
    meeting->after.siblings = arena_copy(arena, siblings, count * sizeof(*siblings));
    meeting->after.sibling_count = count;
    return meeting->after.siblings != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static enum err meet(struct meeting *meeting, struct arena *arena)
{
    struct dot seen[VV_ENTRIES_MAX];
    uint32_t seen_count = 0;
    struct origin self = meeting->op->dot.origin;
    enum err err = ctx_decode(meeting->write->ctx, self, seen, &seen_count);
    if (err != ERR_OK)
        return err;
    if (vv_get(seen, seen_count, self) >= meeting->op->dot.seq)
        return ERR_CORRUPT;
    meeting->after = meeting->before;
    meeting->changed = false;
    err = join_siblings(meeting, arena, seen, seen_count);
    if (err == ERR_OK)
        err = join_ctx(meeting, arena, seen, seen_count);
    return err;
}

/* Would this write come out as the last one did? */
static bool meeting_repeats(const struct meeting *last, const struct reg *before,
                            const struct op_write *write, uint8_t flags)
{
    return last->write != NULL && last->before.ctx == before->ctx &&
           last->before.siblings == before->siblings && last->flags == flags &&
           bytes_equal(last->write->ctx, write->ctx);
}

/* ---- an operation ---- */

/* Where an operation's writes belong in the record as it was before. */
struct placing {
    uint32_t place[OP_WRITES_MAX];
    bool known[OP_WRITES_MAX];
    uint32_t added;
};

static void placing_find(struct placing *placing, const struct rec *rec, const struct op *op)
{
    uint32_t at = 0;
    placing->added = 0;
    for (uint16_t i = 0; i < op->write_count; i++) {
        const struct op_write *write = &op->writes[i];
        at = reg_place(rec, at, write->field, write->member);
        placing->place[i] = at;
        placing->known[i] = reg_is_at(rec, at, write->field, write->member);
        placing->added += !placing->known[i];
    }
}

static enum err grow_regs(struct rec *rec, struct arena *arena, uint32_t count)
{
    if (count > RECORD_REGS_MAX)
        return ERR_LIMIT;
    if (reg_room(count) == reg_room(rec->reg_count))
        return ERR_OK;
    struct reg *regs = arena_take(arena, reg_room(count) * sizeof(*regs));
    if (regs == NULL)
        return ERR_NO_MEMORY;
    if (rec->reg_count > 0)
        memcpy(regs, rec->regs, rec->reg_count * sizeof(*regs));
    rec->regs = regs;
    return ERR_OK;
}

/* Put an empty register at the place of every new one. From the back, so that nothing is
 * overwritten unmoved. */
static enum err add_regs(struct rec *rec, struct arena *arena, const struct op *op)
{
    struct placing placing;
    placing_find(&placing, rec, op);
    uint32_t end = rec->reg_count;
    uint32_t to = rec->reg_count + placing.added;
    enum err err = placing.added > 0 ? grow_regs(rec, arena, to) : ERR_OK;
    if (err != ERR_OK)
        return err;
    rec->reg_count = to;
    for (uint16_t i = op->write_count; i-- > 0 && to > end;) {
        uint32_t moved = end - placing.place[i];
        end -= moved;
        to -= moved;
        memmove(&rec->regs[to], &rec->regs[end], moved * sizeof(*rec->regs));
        if (placing.known[i])
            continue;
        /* The member's bytes lie in the operation; the record outlives it. */
        struct bytes member = op->writes[i].member;
        if (member.len > 0)
            member.data = arena_copy(arena, member.data, member.len);
        if (member.len > 0 && member.data == NULL)
            return ERR_NO_MEMORY;
        rec->regs[--to] = (struct reg){.field = op->writes[i].field, .member = member};
    }
    return ERR_OK;
}

static enum err apply_writes(struct rec *rec, struct arena *arena, const struct op *op,
                             bool *changed)
{
    struct meeting last = {.write = NULL};
    uint32_t at = 0;
    for (uint16_t i = 0; i < op->write_count; i++) {
        const struct op_write *write = &op->writes[i];
        at = reg_place(rec, at, write->field, write->member);
        struct reg *reg = &rec->regs[at];
        uint8_t flags = flags_of(write);
        if (!meeting_repeats(&last, reg, write, flags)) {
            last = (struct meeting){.op = op, .write = write, .flags = flags, .before = *reg};
            enum err err = meet(&last, arena);
            if (err != ERR_OK)
                return err;
            *changed = *changed || last.changed;
        }
        reg->ctx = last.after.ctx;
        reg->ctx_count = last.after.ctx_count;
        reg->siblings = last.after.siblings;
        reg->sibling_count = last.after.sibling_count;
    }
    return ERR_OK;
}

enum err rec_apply(struct rec *rec, struct arena *arena, const struct op *op,
                   enum merge_result *result_out)
{
    assert(op->write_count >= 1 && op->write_count <= OP_WRITES_MAX);
    bool changed = false;
    enum err err = add_regs(rec, arena, op);
    if (err == ERR_OK)
        err = apply_writes(rec, arena, op, &changed);
    if (err == ERR_OK)
        *result_out = changed ? MERGE_CHANGED : MERGE_KNOWN;
    return err;
}
