/* A stored state comes from a disk, an operation from a peer. Whatever is admitted has one
 * canonical form, and an operation that was merged is known from then on.
 *
 * The input is a state, or [state, entry] with both as bins. */
#include "tests/fuzz/fuzz.h"

#include "proto/record/merge.h"
#include "tests/proto/record/make.h"

enum { ARENA_BYTES = 8 << 20, STATE_BYTES = 4 << 20 };

static void encode(const struct rec *rec, struct mp_buf *buf)
{
    mp_buf_reset(buf);
    rec_encode(rec, buf);
    assert(mp_buf_err(buf) == ERR_OK);
}

static void check_rec(const struct rec *rec)
{
    static struct dot seen[VV_ENTRIES_MAX];
    uint32_t seen_count = 0;
    for (uint32_t i = 0; i < rec->reg_count; i++) {
        const struct reg *reg = &rec->regs[i];
        assert(rec_find(rec, reg->field, reg->member) == reg);
        assert(reg_winner(reg) >= reg->siblings &&
               reg_winner(reg) < reg->siblings + reg->sibling_count);
    }
    if (rec_seen(rec, seen, &seen_count) == ERR_OK)
        assert(rec_covered_by(rec, seen, seen_count));
}

/* The canonical bytes give the same bytes again. */
static void check_canonical(const struct rec *rec)
{
    struct mp_buf first, second;
    struct arena arena;
    struct rec again;
    mp_buf_init(&first, STATE_BYTES);
    mp_buf_init(&second, STATE_BYTES);
    arena_init(&arena, ARENA_BYTES);
    encode(rec, &first);
    enum err err = rec_decode(mp_buf_bytes(&first), &arena, &again);
    assert(err == ERR_OK || err == ERR_NO_MEMORY);
    if (err == ERR_OK) {
        assert(again.reg_count == rec->reg_count);
        encode(&again, &second);
        assert(bytes_equal(mp_buf_bytes(&first), mp_buf_bytes(&second)));
    }
    arena_deinit(&arena);
    mp_buf_deinit(&first);
    mp_buf_deinit(&second);
}

static void check_apply(struct rec *rec, struct arena *arena, struct bytes input)
{
    static struct op op;
    struct entry entry;
    enum merge_result result;
    if (entry_decode(input, &entry) != ERR_OK ||
        op_decode(make_origin(SITE_LOW, 1), &entry, &op) != ERR_OK)
        return;
    enum err err = rec_apply(rec, arena, &op, &result);
    assert(err == ERR_OK || err == ERR_LIMIT || err == ERR_CORRUPT || err == ERR_NO_MEMORY);
    if (err != ERR_OK)
        return;
    check_rec(rec);
    check_canonical(rec);
    err = rec_apply(rec, arena, &op, &result);
    assert(err == ERR_NO_MEMORY || (err == ERR_OK && result == MERGE_KNOWN));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mp_reader reader = mp_reader_of(bytes_of(data, size));
    struct bytes state = bytes_of(data, size), input = {0};
    struct arena arena;
    struct rec rec;
    if (mp_read_array(&reader) == 2 && mp_peek(&reader) == MP_BIN) {
        state = mp_read_bin(&reader);
        input = mp_read_bin(&reader);
    }
    arena_init(&arena, ARENA_BYTES);
    enum err err = rec_decode(state, &arena, &rec);
    assert(err == ERR_OK || err == ERR_CORRUPT || err == ERR_NO_MEMORY);
    if (err == ERR_OK) {
        check_rec(&rec);
        check_canonical(&rec);
        if (input.len > 0)
            check_apply(&rec, &arena, input);
    }
    arena_deinit(&arena);
    return 0;
}
