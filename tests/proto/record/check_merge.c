/* Random histories of a few writers over one record, delivered to several replicas in any order, with duplicates and gaps.
 * The oracle knows nothing of contexts: it keeps for every write the set of writes its writer had seen, and expects the
 * causally greatest ones to remain. A second kind of history has contexts that are made up (claims about earlier operations
 * that are not closed under what those had seen): there too every replica must end with the same bytes. */
#include "proto/record/merge.h"
#include "tests/proto/record/make.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { ORIGINS_MAX = 4, OPS_MAX = 12, REGS = 7, REPLICAS = 3, BASE_SEED = 20260718, ARENA_BYTES = 4 << 20 };

static const struct {
    uint16_t field;
    bool personal;
    const char *member;
} regs[REGS] = {
    {FIELD_DELETED, false, ""}, {1, false, ""},         {2, false, ""},   {4, false, "\xa1" "a"},
    {4, false, "\xa2" "bb"},    {5, true, ""},          {900, false, ""},
};

struct written {
    uint32_t origin;
    uint64_t seq;
    uint64_t hlc;
    uint32_t regs;           /* bit set of registers */
    uint32_t seen[REGS];     /* oracle: operations that this write covers, per register */
    uint8_t flags[REGS];
    struct mp_buf entry;
    struct op op;
};

struct replica {
    struct arena arena;
    struct rec rec;
    struct mp_buf stored;
    uint32_t received; /* operations */
};

struct history {
    uint64_t random;
    bool made_up;
    uint32_t origin_count;
    uint32_t op_count;
    struct written ops[OPS_MAX];
    struct replica writers[ORIGINS_MAX];
    struct replica replicas[REPLICAS];
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

static uint32_t below(struct history *history, uint32_t bound)
{
    return (uint32_t)((next_random(history) >> 33) % bound);
}

static struct origin origin_of(uint32_t number)
{
    /* Two epochs of one site among them. */
    return make_origin(number == 3 ? 2 : number, number == 3 ? 2 : 1);
}

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                  \
            return false;                                                                          \
        }                                                                                          \
    } while (false)

static struct bytes member_of(uint32_t reg)
{
    return bytes_of_text(regs[reg].member);
}

/* Through the stored bytes and back: what the next operation meets is what a store would give it. */
static bool replica_store(struct replica *replica)
{
    mp_buf_reset(&replica->stored);
    rec_encode(&replica->rec, &replica->stored);
    EXPECT(!replica->stored.failed);
    arena_reset(&replica->arena);
    EXPECT(rec_decode(mp_buf_bytes(&replica->stored), &replica->arena, &replica->rec) == ERR_OK);
    return true;
}

static bool encodes_again(const struct replica *replica)
{
    struct mp_buf again;
    mp_buf_init(&again, ARENA_BYTES);
    rec_encode(&replica->rec, &again);
    bool same = bytes_equal(mp_buf_bytes(&again), mp_buf_bytes(&replica->stored));
    mp_buf_deinit(&again);
    EXPECT(same);
    return true;
}

static bool deliver(struct history *history, struct replica *replica, uint32_t number)
{
    enum merge_result result = MERGE_KNOWN;
    EXPECT(rec_apply(&replica->rec, &replica->arena, &history->ops[number].op, &result) == ERR_OK);
    if (replica->received >> number & 1)
        EXPECT(result == MERGE_KNOWN);
    replica->received |= UINT32_C(1) << number;
    return below(history, 10) != 0 || replica_store(replica);
}

/* ---- writing a history -------------------------------------------------------------------------------------- */

/* Claims about operations that were there before: never a circle, otherwise anything. */
static uint32_t make_up_ctx(struct history *history, uint32_t number, uint32_t reg, struct dot *dots_out)
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

static uint32_t true_ctx(const struct history *history, uint32_t number, uint32_t reg, struct dot *dots_out)
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
        *write = (struct op_draft_write){.field = regs[r].field, .personal = regs[r].personal,
                                         .member = member_of(r), .ctx = dots[r],
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

static bool write_history(struct history *history)
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

/* ---- what must come out ------------------------------------------------------------------------------------- */

static bool remains(const struct history *history, uint32_t number, uint32_t reg)
{
    for (uint32_t i = 0; i < history->op_count; i++) {
        if ((history->ops[i].regs >> reg & 1) && (history->ops[i].seen[reg] >> number & 1))
            return false;
    }
    return true;
}

static const struct sibling *sibling_of(const struct reg *reg, struct dot dot)
{
    for (uint32_t i = 0; i < reg->sibling_count; i++) {
        if (dot_compare(reg->siblings[i].dot, dot) == 0)
            return &reg->siblings[i];
    }
    return NULL;
}

static bool check_reg(const struct history *history, const struct rec *rec, uint32_t r)
{
    const struct reg *reg = rec_find(rec, regs[r].field, member_of(r));
    uint32_t expected = 0;
    uint32_t writes = 0;
    const struct sibling *greatest = NULL;
    for (uint32_t i = 0; i < history->op_count; i++) {
        const struct written *written = &history->ops[i];
        if (!(written->regs >> r & 1))
            continue;
        writes++;
        if (!remains(history, i, r))
            continue;
        expected++;
        EXPECT(reg != NULL);
        const struct sibling *sibling = sibling_of(reg, written->op.dot);
        EXPECT(sibling != NULL && sibling->hlc == written->hlc && sibling->flags == written->flags[r]);
        if (greatest == NULL || sibling->hlc > greatest->hlc ||
            (sibling->hlc == greatest->hlc && dot_compare(sibling->dot, greatest->dot) > 0))
            greatest = sibling;
    }
    EXPECT((reg != NULL) == (writes > 0));
    if (reg == NULL)
        return true;
    EXPECT(reg->sibling_count == expected);
    EXPECT(reg_winner(reg) == greatest);
    return true;
}

/* The highest write of each origin to the register; claims may add to that. */
static bool check_ctx(const struct history *history, const struct rec *rec, uint32_t r)
{
    const struct reg *reg = rec_find(rec, regs[r].field, member_of(r));
    if (reg == NULL || history->made_up)
        return true;
    uint32_t count = 0;
    for (uint32_t o = 0; o < history->origin_count; o++) {
        uint64_t highest = 0;
        for (uint32_t i = 0; i < history->op_count; i++) {
            if (history->ops[i].origin == o && (history->ops[i].regs >> r & 1))
                highest = history->ops[i].seq;
        }
        if (highest == 0)
            continue;
        EXPECT(count < reg->ctx_count);
        EXPECT(origin_equal(reg->ctx[count].origin, origin_of(o)) && reg->ctx[count].seq == highest);
        count++;
    }
    EXPECT(count == reg->ctx_count);
    return true;
}

static bool deliver_all(struct history *history, struct replica *replica)
{
    uint32_t count = history->op_count;
    for (uint32_t i = below(history, count); i > 0; i--) {
        if (!deliver(history, replica, below(history, count)))
            return false;
    }
    uint32_t order[OPS_MAX];
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = below(history, i + 1);
        order[i] = order[at];
        order[at] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!deliver(history, replica, order[i]))
            return false;
    }
    return replica_store(replica) && encodes_again(replica);
}

/* A writer gets only what it has not seen yet. */
static bool fill_gaps(struct history *history, struct replica *writer)
{
    for (uint32_t i = history->op_count; i-- > 0;) {
        if (!(writer->received >> i & 1) && !deliver(history, writer, i))
            return false;
    }
    return replica_store(writer);
}

static bool check_history(struct history *history)
{
    if (!write_history(history))
        return false;
    struct bytes first = {.data = NULL};
    for (uint32_t i = 0; i < history->origin_count + REPLICAS; i++) {
        bool writer = i >= REPLICAS;
        struct replica *replica = writer ? &history->writers[i - REPLICAS] : &history->replicas[i];
        EXPECT(writer ? fill_gaps(history, replica) : deliver_all(history, replica));
        struct bytes stored = mp_buf_bytes(&replica->stored);
        if (i == 0)
            first = stored;
        EXPECT(bytes_equal(first, stored));
    }
    const struct rec *rec = &history->replicas[0].rec;
    for (uint32_t r = 0; r < REGS; r++) {
        if (!check_reg(history, rec, r) || !check_ctx(history, rec, r))
            return false;
    }
    struct dot seen[VV_ENTRIES_MAX];
    uint32_t seen_count = 0;
    EXPECT(rec_seen(rec, seen, &seen_count) == ERR_OK);
    EXPECT(rec_covered_by(rec, seen, seen_count));
    return true;
}

static void replica_empty(struct replica *replica)
{
    arena_reset(&replica->arena);
    replica->rec = (struct rec){.regs = NULL};
    replica->received = 0;
}

static void replica_init(struct replica *replica)
{
    arena_init(&replica->arena, ARENA_BYTES);
    mp_buf_init(&replica->stored, ARENA_BYTES);
}

static void replica_deinit(struct replica *replica)
{
    arena_deinit(&replica->arena);
    mp_buf_deinit(&replica->stored);
}

static bool run(struct history *history, uint64_t seed)
{
    history->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    (void)next_random(history);
    history->made_up = below(history, 4) == 0;
    history->origin_count = 2 + below(history, ORIGINS_MAX - 1);
    history->op_count = 1 + below(history, OPS_MAX);
    for (uint32_t i = 0; i < ORIGINS_MAX; i++)
        replica_empty(&history->writers[i]);
    for (uint32_t i = 0; i < REPLICAS; i++)
        replica_empty(&history->replicas[i]);
    return check_history(history);
}

/* check_merge [COUNT [FIRST_SEED]] */
int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 100000;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : BASE_SEED;
    struct history *history = calloc(1, sizeof(*history));
    if (history == NULL || count == 0)
        return 2;
    for (uint32_t i = 0; i < ORIGINS_MAX; i++)
        replica_init(&history->writers[i]);
    for (uint32_t i = 0; i < REPLICAS; i++)
        replica_init(&history->replicas[i]);
    for (uint32_t i = 0; i < OPS_MAX; i++)
        mp_buf_init(&history->ops[i].entry, OP_BYTES_MAX);
    int status = 0;
    for (uint64_t seed = first; seed < first + count && status == 0; seed++) {
        if (!run(history, seed)) {
            (void)fprintf(stderr, "history of seed %" PRIu64 " failed: check_merge 1 %" PRIu64 "\n", seed, seed);
            status = 1;
        }
    }
    for (uint32_t i = 0; i < ORIGINS_MAX; i++)
        replica_deinit(&history->writers[i]);
    for (uint32_t i = 0; i < REPLICAS; i++)
        replica_deinit(&history->replicas[i]);
    for (uint32_t i = 0; i < OPS_MAX; i++)
        mp_buf_deinit(&history->ops[i].entry);
    free(history);
    if (status == 0)
        (void)printf("%" PRIu64 " histories agree\n", count);
    return status;
}
