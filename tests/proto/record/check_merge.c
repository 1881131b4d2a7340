/* Random histories of a few writers over one record, delivered to several replicas in any order,
 * with duplicates and gaps. The oracle knows nothing of contexts: it keeps for every write the set
 * of writes its writer had seen, and expects the causally greatest ones to remain. A second kind of
 * history has contexts that are made up (claims about earlier operations that are not closed under
 * what those had seen): there too every replica must end with the same bytes. */
#include "tests/proto/record/history.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BASE_SEED = 20260718 };

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

/* ---- what must come out ---- */

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
        EXPECT(sibling != NULL && sibling->hlc == written->hlc &&
               sibling->flags == written->flags[r]);
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
        EXPECT(origin_equal(reg->ctx[count].origin, origin_of(o)) &&
               reg->ctx[count].seq == highest);
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
    (void)below(history, 2); /* a seed near another one starts apart */
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
            (void)fprintf(stderr, "history of seed %" PRIu64 " failed: check_merge 1 %" PRIu64 "\n",
                          seed, seed);
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
