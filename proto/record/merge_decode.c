#include "proto/record/reg.h"
#include "proto/record/vv.h"

#include <stdlib.h>

/* One stored state while it is read. Members and arrays are copied to the arena, the arrays once a
 * group. */
struct reading {
    struct mp_reader reader;
    struct arena *arena;
    struct reg *regs;
    uint32_t count;
    uint32_t room;
    bool sorted;
};

static enum err read_dot(struct mp_reader *reader, struct dot *dot_out)
{
    uint64_t site = mp_read_uint(reader);
    uint64_t epoch = mp_read_uint(reader);
    uint64_t seq = mp_read_uint(reader);
    if (reader->err != ERR_OK || site == 0 || epoch == 0 || epoch > UINT32_MAX || seq == 0)
        return ERR_CORRUPT;
    *dot_out = (struct dot){.origin = {.site = site, .epoch = (uint32_t)epoch}, .seq = seq};
    return ERR_OK;
}

static enum err read_siblings(struct reading *reading, struct reg *state)
{
    uint32_t numbers = mp_read_array(&reading->reader);
    uint32_t count = numbers / 5;
    if (reading->reader.err != ERR_OK || numbers % 5 != 0 || count == 0 || count > SIBLINGS_MAX)
        return ERR_CORRUPT;
    struct sibling *siblings = arena_take(reading->arena, count * sizeof(*siblings));
    if (siblings == NULL)
        return ERR_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        struct sibling *sibling = &siblings[i];
        enum err err = read_dot(&reading->reader, &sibling->dot);
        sibling->hlc = mp_read_uint(&reading->reader);
        uint64_t flags = mp_read_uint(&reading->reader);
        if (err != ERR_OK || reading->reader.err != ERR_OK || flags > SIBLING_TRUE)
            return ERR_CORRUPT;
        if (i > 0 && dot_compare(siblings[i - 1].dot, sibling->dot) >= 0)
            return ERR_CORRUPT;
        sibling->flags = (uint8_t)flags;
    }
    state->siblings = siblings;
    state->sibling_count = count;
    return ERR_OK;
}

static enum err read_ctx(struct reading *reading, struct dot *dots, uint32_t *count_out)
{
    *count_out = 0;
    if (mp_peek(&reading->reader) == MP_NIL) {
        mp_read_nil(&reading->reader);
        return ERR_OK;
    }
    uint32_t numbers = mp_read_array(&reading->reader);
    uint32_t count = numbers / 3;
    if (reading->reader.err != ERR_OK || numbers % 3 != 0 || count == 0 || count > VV_ENTRIES_MAX)
        return ERR_CORRUPT;
    for (uint32_t i = 0; i < count; i++) {
        if (read_dot(&reading->reader, &dots[i]) != ERR_OK)
            return ERR_CORRUPT;
        if (i > 0 && origin_compare(dots[i - 1].origin, dots[i].origin) >= 0)
            return ERR_CORRUPT;
    }
    *count_out = count;
    return ERR_OK;
}

/* Context and siblings of a group. A context that is left out is what the siblings say; one that is
 * there says that and more. */
static enum err read_state(struct reading *reading, struct reg *state_out)
{
    struct dot dots[VV_ENTRIES_MAX];
    uint32_t count = 0;
    enum err err = read_ctx(reading, dots, &count);
    if (err == ERR_OK)
        err = read_siblings(reading, state_out);
    if (err != ERR_OK)
        return err;
    bool given = count > 0;
    struct dot said[VV_ENTRIES_MAX];
    uint32_t said_count = 0;
    for (uint32_t i = 0; err == ERR_OK && i < state_out->sibling_count; i++)
        err = vv_raise(said, &said_count, state_out->siblings[i].dot);
    for (uint32_t i = 0; given && i < said_count; i++) {
        if (vv_get(dots, count, said[i].origin) < said[i].seq)
            return ERR_CORRUPT;
    }
    if (err != ERR_OK || (given && vv_equal(said, said_count, dots, count)))
        return ERR_CORRUPT;
    state_out->ctx_count = given ? count : said_count;
    state_out->ctx =
        arena_copy(reading->arena, given ? dots : said, state_out->ctx_count * sizeof(*dots));
    return state_out->ctx != NULL ? ERR_OK : ERR_NO_MEMORY;
}

static enum err read_name(struct reading *reading, struct reg *reg)
{
    bool set = mp_peek(&reading->reader) == MP_ARRAY;
    uint32_t parts = set ? mp_read_array(&reading->reader) : 2;
    uint64_t field = mp_read_uint(&reading->reader);
    struct bytes member = {.data = NULL};
    if (set)
        member = mp_read_any(&reading->reader);
    if (reading->reader.err != ERR_OK || parts != 2 || field > FIELD_MAX ||
        member.len > MEMBER_BYTES_MAX)
        return ERR_CORRUPT;
    if (set)
        member.data = arena_copy(reading->arena, member.data, member.len);
    if (set && member.data == NULL)
        return ERR_NO_MEMORY;
    *reg = (struct reg){.field = (uint16_t)field, .member = member};
    return ERR_OK;
}

static enum err grow(struct reading *reading, uint32_t more)
{
    if (more > RECORD_REGS_MAX - reading->count)
        return ERR_CORRUPT;
    uint32_t room = reg_room(reading->count + more);
    if (room == reading->room)
        return ERR_OK;
    struct reg *regs = arena_take(reading->arena, room * sizeof(*regs));
    if (regs == NULL)
        return ERR_NO_MEMORY;
    if (reading->count > 0)
        memcpy(regs, reading->regs, reading->count * sizeof(*regs));
    reading->regs = regs;
    reading->room = room;
    return ERR_OK;
}

static enum err read_group(struct reading *reading)
{
    uint32_t parts = mp_read_array(&reading->reader);
    uint32_t count = mp_read_array(&reading->reader);
    if (reading->reader.err != ERR_OK || parts != 3 || count == 0)
        return ERR_CORRUPT;
    enum err err = grow(reading, count);
    if (err != ERR_OK)
        return err;
    struct reg *regs = reading->regs + reading->count;
    for (uint32_t i = 0; err == ERR_OK && i < count; i++)
        err = read_name(reading, &regs[i]);
    struct reg state = {.field = 0};
    if (err == ERR_OK)
        err = read_state(reading, &state);
    if (err != ERR_OK)
        return err;
    for (uint32_t i = 0; i < count; i++) {
        regs[i].ctx = state.ctx;
        regs[i].ctx_count = state.ctx_count;
        regs[i].siblings = state.siblings;
        regs[i].sibling_count = state.sibling_count;
        uint32_t at = reading->count + i;
        if (at > 0 && reg_compare(regs[i].field, regs[i].member, &reading->regs[at - 1]) <= 0)
            reading->sorted = false;
    }
    reading->count += count;
    return ERR_OK;
}

static int compare_for_sort(const void *a, const void *b)
{
    const struct reg *reg = a;
    return reg_compare(reg->field, reg->member, b);
}

enum err rec_decode(struct bytes stored, struct arena *arena, struct rec *rec_out)
{
    struct reading reading = {.reader = mp_reader_of(stored), .arena = arena, .sorted = true};
    uint32_t groups = stored.len > 0 ? mp_read_array(&reading.reader) : 0;
    for (uint32_t i = 0; i < groups; i++) {
        enum err err = read_group(&reading);
        if (err != ERR_OK)
            return err;
    }
    if (!mp_at_end(&reading.reader))
        return ERR_CORRUPT;
    if (!reading.sorted)
        qsort(reading.regs, reading.count, sizeof(*reading.regs), compare_for_sort);
    for (uint32_t i = 1; i < reading.count; i++) {
        const struct reg *reg = &reading.regs[i];
        if (reg_compare(reg->field, reg->member, reg - 1) <= 0)
            return ERR_CORRUPT;
    }
    *rec_out = (struct rec){.regs = reading.regs, .reg_count = reading.count};
    return ERR_OK;
}
