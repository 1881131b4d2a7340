#include "tests/proto/record/history.h"

const struct register_name regs[REGS] = {
    {FIELD_DELETED, false, ""},
    {1, false, ""},
    {2, false, ""},
    {4, false,
     "\xa1"
     "a"},
    {4, false,
     "\xa2"
     "bb"},
    {5, true, ""},
    {900, false, ""},
};

static uint64_t next_random(struct history *history)
{
    uint64_t x = history->random;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    history->random = x;
    return x * UINT64_C(0x2545f4914f6cdd1d);
}

uint32_t below(struct history *history, uint32_t bound)
{
    return (uint32_t)((next_random(history) >> 33) % bound);
}

struct origin origin_of(uint32_t number)
{
    /* Two epochs of one site among them. */
    return make_origin(number == 3 ? 2 : number, number == 3 ? 2 : 1);
}

struct bytes member_of(uint32_t reg)
{
    return bytes_of_text(regs[reg].member);
}

bool replica_store(struct replica *replica)
{
    mp_buf_reset(&replica->stored);
    rec_encode(&replica->rec, &replica->stored);
    EXPECT(!replica->stored.failed);
    arena_reset(&replica->arena);
    EXPECT(rec_decode(mp_buf_bytes(&replica->stored), &replica->arena, &replica->rec) == ERR_OK);
    return true;
}

bool deliver(struct history *history, struct replica *replica, uint32_t number)
{
    enum merge_result result = MERGE_KNOWN;
    EXPECT(rec_apply(&replica->rec, &replica->arena, &history->ops[number].op, &result) == ERR_OK);
    if (replica->received >> number & 1)
        EXPECT(result == MERGE_KNOWN);
    replica->received |= UINT32_C(1) << number;
    return below(history, 20) != 0 || replica_store(replica);
}

/* ---- writing a history ---- */

/* Claims about operations that were there before: never a circle, otherwise anything. */
static uint32_t make_up_ctx(struct history *history, uint32_t number, uint32_t reg,
                            struct dot *dots_out)
{
    struct written *written = &history->ops[number];
    uint32_t count = 0;
    for (uint32_t o = 0; o < history->origin_count; o++) {
        uint64_t highest = 0;
        for (uint32_t i = 0; i < number; i++)
            highest += history->ops[i].origin == o;
        uint64_t claimed = below(history, (uint32_t)highest + 1);
        if (claimed > 0)
            dots_out[count++] = (struct dot){.origin = origin_of(o), .seq = claimed};
        for (uint32_t i = 0; i < number; i++) {
            bool covered = history->ops[i].seq <= claimed || o == written->origin;
            if (history->ops[i].origin == o && covered && history->ops[i].regs >> reg & 1)
                written->seen[reg] |= UINT32_C(1) << i;
        }
    }
    /* origin 3 is the second epoch of site 2, so the order of numbers is the order of origins */
    return count;
}

static uint32_t true_ctx(const struct history *history, uint32_t number, uint32_t reg,
                         struct dot *dots_out)
{
    const struct replica *writer = &history->writers[history->ops[number].origin];
    const struct reg *found = rec_find(&writer->rec, regs[reg].field, member_of(reg));
    if (found == NULL)
        return 0;
    memcpy(dots_out, found->ctx, found->ctx_count * sizeof(*dots_out));
    return found->ctx_count;
}

static void oracle_see(struct history *history, uint32_t number, uint32_t reg)
{
    struct written *written = &history->ops[number];
    uint32_t received = history->writers[written->origin].received;
    for (uint32_t i = 0; i < number; i++) {
        if ((received >> i & 1) && (history->ops[i].regs >> reg & 1))
            written->seen[reg] |= history->ops[i].seen[reg] | UINT32_C(1) << i;
    }
}

static bool encode_op(struct history *history, uint32_t number)
{
    static const char *const values[] = {"\xc0", "\xc2", "\xc3", "\xa1x", "\x05"};
    struct written *written = &history->ops[number];
    struct op_draft_write writes[REGS];
    struct dot dots[REGS][VV_ENTRIES_MAX];
    struct op_draft draft = {.kind = 60000, .author = bytes_of_text("w"), .writes = writes};
    make_rid(draft.rid);
    for (uint32_t r = 0; r < REGS; r++) {
        written->seen[r] = 0;
        if (!(written->regs >> r & 1))
            continue;
        uint32_t value = below(history, 5);
        written->flags[r] = regs[r].personal || value > 1 ? SIBLING_TRUE : 0;
        struct op_draft_write *write = &writes[draft.write_count++];
        *write = (struct op_draft_write){.field = regs[r].field,
                                         .personal = regs[r].personal,
                                         .member = member_of(r),
                                         .ctx = dots[r],
                                         .value = bytes_of_text(values[value])};
        if (history->made_up) {
            write->ctx_count = make_up_ctx(history, number, r, dots[r]);
        } else {
            write->ctx_count = true_ctx(history, number, r, dots[r]);
            oracle_see(history, number, r);
        }
    }
    static const uint8_t salt[SALT_BYTES] = {9};
    struct origin origin = origin_of(written->origin);
    struct dot dot = {.origin = origin, .seq = written->seq};
    EXPECT(entry_encode(&draft, dot, written->hlc, salt, &written->entry) == ERR_OK);
    struct entry entry;
    EXPECT(entry_decode(mp_buf_bytes(&written->entry), &entry) == ERR_OK);
    EXPECT(op_decode(origin, &entry, &written->op) == ERR_OK);
    return true;
}

bool write_history(struct history *history)
{
    uint64_t last_seq[ORIGINS_MAX] = {0};
    for (uint32_t n = 0; n < history->op_count; n++) {
        struct written *written = &history->ops[n];
        written->origin = below(history, history->origin_count);
        written->seq = ++last_seq[written->origin];
        written->hlc = 1 + below(history, 4); /* equal clocks are wanted */
        do {
            written->regs = below(history, 1 << REGS);
        } while (written->regs == 0);
        struct replica *writer = &history->writers[written->origin];
        for (uint32_t i = 0; i < n; i++) {
            if (below(history, 3) == 0 && !deliver(history, writer, i))
                return false;
        }
        if (!encode_op(history, n) || !deliver(history, writer, n))
            return false;
    }
    return true;
}
