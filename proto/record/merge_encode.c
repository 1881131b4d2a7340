/* A record's state is written in groups: the fields that one operation wrote and nobody touched
 * since have the same context and siblings, and say them once. Registers are visited in order and
 * each goes to its group through a small hash table, so the groups come out in the order of their
 * first register without sorting. */
#include "proto/record/reg.h"
#include "proto/record/vv.h"

#include <assert.h>

enum { NONE = UINT16_MAX, TABLE_MAX = 2 * RECORD_REGS_MAX };

_Static_assert((int)RECORD_REGS_MAX < (int)NONE,
               "a register's number fits beside the mark for none");
_Static_assert((RECORD_REGS_MAX & (RECORD_REGS_MAX - 1)) == 0,
               "the table's size is a power of two");

struct group {
    uint16_t first; /* registers, linked through `next` */
    uint16_t last;
    uint16_t count;
};

struct groups {
    struct group group[RECORD_REGS_MAX];
    uint16_t count;
    uint16_t next[RECORD_REGS_MAX];
    uint16_t table[TABLE_MAX]; /* hash -> group */
    uint32_t table_size;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    /* Only spreads equal states over a table; the order of the output does not depend on it. */
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t reg_hash(const struct reg *reg)
{
    uint64_t hash = mix(reg->ctx_count, reg->sibling_count);
    for (uint32_t i = 0; i < reg->sibling_count; i++) {
        const struct sibling *sibling = &reg->siblings[i];
        hash = mix(hash, sibling->dot.seq ^ sibling->dot.origin.site);
        hash = mix(hash, sibling->flags);
    }
    for (uint32_t i = 0; i < reg->ctx_count; i++)
        hash = mix(hash, reg->ctx[i].seq);
    return hash;
}

static uint16_t group_of(struct groups *groups, const struct rec *rec, uint16_t at)
{
    const struct reg *reg = &rec->regs[at];
    uint32_t mask = groups->table_size - 1;
    for (uint32_t slot = (uint32_t)reg_hash(reg) & mask;; slot = (slot + 1) & mask) {
        uint16_t group = groups->table[slot];
        if (group == NONE) {
            groups->table[slot] = groups->count;
            groups->group[groups->count] = (struct group){.first = NONE};
            return groups->count++;
        }
        if (reg_state_equal(&rec->regs[groups->group[group].first], reg))
            return group;
    }
}

static void groups_make(struct groups *groups, const struct rec *rec)
{
    groups->count = 0;
    groups->table_size = 2;
    while (groups->table_size < 2 * rec->reg_count)
        groups->table_size *= 2;
    memset(groups->table, 0xff, groups->table_size * sizeof(groups->table[0]));
    uint16_t number = NONE;
    for (uint16_t at = 0; at < rec->reg_count; at++) {
        const struct reg *reg = &rec->regs[at];
        if (at == 0 || reg->ctx != reg[-1].ctx || reg->siblings != reg[-1].siblings)
            number = group_of(groups, rec, at);
        struct group *group = &groups->group[number];
        if (group->first == NONE)
            group->first = at;
        else
            groups->next[group->last] = at;
        group->last = at;
        group->count++;
    }
}

/* Is the context no more than what the siblings themselves say? */
static bool ctx_is_plain(const struct reg *reg)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < reg->sibling_count; i++) {
        struct dot dot = reg->siblings[i].dot;
        if (i + 1 < reg->sibling_count && origin_equal(dot.origin, reg->siblings[i + 1].dot.origin))
            continue;
        if (at == reg->ctx_count || dot_compare(dot, reg->ctx[at]) != 0)
            return false;
        at++;
    }
    return at == reg->ctx_count;
}

static void put_dot(struct mp_buf *buf, struct dot dot)
{
    mp_put_uint(buf, dot.origin.site);
    mp_put_uint(buf, dot.origin.epoch);
    mp_put_uint(buf, dot.seq);
}

static void put_state(struct mp_buf *buf, const struct reg *reg)
{
    if (ctx_is_plain(reg)) {
        mp_put_nil(buf);
    } else {
        mp_put_array(buf, 3 * reg->ctx_count);
        for (uint32_t i = 0; i < reg->ctx_count; i++)
            put_dot(buf, reg->ctx[i]);
    }
    mp_put_array(buf, 5 * reg->sibling_count);
    for (uint32_t i = 0; i < reg->sibling_count; i++) {
        put_dot(buf, reg->siblings[i].dot);
        mp_put_uint(buf, reg->siblings[i].hlc);
        mp_put_uint(buf, reg->siblings[i].flags);
    }
}

static void put_group(struct mp_buf *buf, const struct rec *rec, const struct groups *groups,
                      const struct group *group)
{
    mp_put_array(buf, 3);
    mp_put_array(buf, group->count);
    uint16_t at = group->first;
    for (uint16_t i = 0; i < group->count; i++) {
        const struct reg *reg = &rec->regs[at];
        if (reg->member.len > 0)
            mp_put_array(buf, 2);
        mp_put_uint(buf, reg->field);
        mp_put_raw(buf, reg->member);
        at = groups->next[at];
    }
    put_state(buf, &rec->regs[group->first]);
}

void rec_encode(const struct rec *rec, struct mp_buf *buf)
{
    assert(rec->reg_count <= RECORD_REGS_MAX);
    struct groups groups; /* large: set only as far as the record goes */
    groups_make(&groups, rec);
    mp_put_array(buf, groups.count);
    for (uint16_t i = 0; i < groups.count; i++)
        put_group(buf, rec, &groups, &groups.group[i]);
}
