#include "tests/lib/ledger/fixture.h"

#include <malloc.h>
#include <stdlib.h>

/* Three sites and the centre write at random. Whatever the order in which brokers get and apply the
 * same operations, all that is derived comes out in the same bytes, and the same again when it is
 * rebuilt. */

enum { HISTORIES = 300, STEPS = 160, RECORDS_MAX = 8, DOTS_MAX = 60, NODES = 3 };
enum { SHORT_STEPS = 12 };

struct known {
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    uint32_t owner; /* index of the node; NODES: the centre */
};

struct world {
    struct place *places[NODES + 1]; /* the last is the centre */
    struct place *dice;
    struct known records[RECORDS_MAX];
    uint32_t record_count;
    struct {
        struct dot dot;
        uint32_t owner;
    } dots[DOTS_MAX]; /* what the centre wrote on the records of sites */
    uint32_t dot_count;
};

/* What an edit may touch: field, and values 1..values as a number, or a text when 0. */
static const struct {
    uint16_t kind, field;
    bool set;
    int values;
} touchable[] = {
    {KIND_COMPLAINT, COMPLAINT_RECEIVED_ON, false, 900},
    {KIND_COMPLAINT, COMPLAINT_CLOSED_ON, false, 900},
    {KIND_COMPLAINT, COMPLAINT_REFERENCE, false, 0},
    {KIND_COMPLAINT, COMPLAINT_OUTCOME, false, 6},
    {KIND_COMPLAINT, COMPLAINT_NAME, false, 0},
    {KIND_EVIDENCE, EVIDENCE_TITLE, false, 0},
    {KIND_EVIDENCE, EVIDENCE_ELEMENTS, true, 9},
    {KIND_EVIDENCE, EVIDENCE_ELEMENTS, true, 4},
    {KIND_EVIDENCE, EVIDENCE_DATE, false, 900},
    {KIND_ASSESSMENT, ASSESSMENT_BAND, false, 4},
    {KIND_ASSESSMENT, ASSESSMENT_ELEMENT, false, 9},
    {KIND_ASSESSMENT, ASSESSMENT_WEIGHT, false, 50},
    {KIND_ACTION, ACTION_DUE_ON, false, 900},
    {KIND_ACTION, ACTION_ELEMENTS, true, 6},
};
enum { TOUCHABLE = sizeof(touchable) / sizeof(touchable[0]) };

static struct value random_value(struct world *world, int values)
{
    if (values == 0)
        return place_random(world->dice, 5) == 0
                   ? of_nil()
                   : of_text(place_random(world->dice, 2) == 0 ? "one" : "two");
    return of_int(1 + (int64_t)place_random(world->dice, (uint64_t)values));
}

static void create(struct world *world, uint32_t who)
{
    if (world->record_count == RECORDS_MAX)
        return;
    struct value title = of_text("title"), day = of_int(100), small = of_int(2),
                 yes = of_bool(true);
    struct value element = random_value(world, 9);
    const struct change_write complaint[] = {
        {.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)}};
    const struct change_write evidence[] = {
        {.field = EVIDENCE_TITLE, .value = value_bytes(&title)},
        {.field = EVIDENCE_ELEMENTS, .member = value_bytes(&element), .value = value_bytes(&yes)}};
    const struct change_write assessment[] = {
        {.field = ASSESSMENT_ELEMENT, .value = value_bytes(&element)},
        {.field = ASSESSMENT_BAND, .value = value_bytes(&small)},
        {.field = ASSESSMENT_ASSESSED_ON, .value = value_bytes(&day)}};
    const struct change_write action[] = {
        {.field = ACTION_TITLE, .value = value_bytes(&title)},
        {.field = ACTION_ELEMENTS, .member = value_bytes(&element), .value = value_bytes(&yes)},
        {.field = ACTION_DUE_ON, .value = value_bytes(&day)}};
    const struct change changes[] = {
        {.kind = KIND_COMPLAINT, .writes = complaint, .write_count = 1},
        {.kind = KIND_EVIDENCE, .writes = evidence, .write_count = 2},
        {.kind = KIND_ASSESSMENT, .writes = assessment, .write_count = 3},
        {.kind = KIND_ACTION, .writes = action, .write_count = 3},
    };
    static const uint8_t batch[16] = "one import";
    struct change change = changes[place_random(world->dice, 4)];
    change.create = true;
    change.author = "ann";
    change.batch = place_random(world->dice, 3) == 0 ? batch : NULL;
    struct written written = place_write(world->places[who], &change, ERR_OK);
    struct known *known = &world->records[world->record_count++];
    known->kind = change.kind;
    known->owner = who;
    memcpy(known->rid, written.rid, RID_BYTES);
}

static void edit_random(struct world *world, uint32_t who)
{
    if (world->record_count == 0)
        return;
    const struct known *known = NULL;
    for (uint32_t tries = 0; tries < 8 && (known == NULL || (who != NODES && known->owner != who));
         tries++)
        known = &world->records[place_random(world->dice, world->record_count)];
    if (who != NODES && known->owner != who)
        return;
    struct change_write writes[3];
    struct value values[3], members[3];
    struct change change = {.kind = known->kind, .author = "bea", .writes = writes};
    memcpy(change.rid, known->rid, RID_BYTES);
    uint64_t what = place_random(world->dice, 12);
    change.remove = what == 0;
    if (what == 1) {
        values[0] = of_bool(false);
        writes[change.write_count++] =
            (struct change_write){.field = FIELD_DELETED, .value = value_bytes(&values[0])};
    }
    for (uint32_t tries = 0; what > 1 && tries < 40 && change.write_count < 3; tries++) {
        uint64_t t = place_random(world->dice, TOUCHABLE);
        if (touchable[t].kind != known->kind)
            continue;
        struct value value = random_value(world, touchable[t].values);
        uint32_t at = change.write_count++;
        members[at] = touchable[t].set ? value : (struct value){.len = 0};
        values[at] = touchable[t].set ? of_bool(place_random(world->dice, 2) == 0) : value;
        writes[at] = (struct change_write){.field = touchable[t].field,
                                           .member = value_bytes(&members[at]),
                                           .value = value_bytes(&values[at])};
    }
    struct written written;
    enum err err = place_try(world->places[who], &change, &written);
    /* twice the same field, nothing at all, deleted or not yet there: no change then */
    cr_assert(err == ERR_OK || err == ERR_INVALID || err == ERR_NOT_FOUND, "%s", err_text(err));
    if (err == ERR_OK && who == NODES && known->owner != NODES && world->dot_count < DOTS_MAX) {
        world->dots[world->dot_count].dot = written.dot;
        world->dots[world->dot_count++].owner = known->owner;
    }
}

static void step(struct world *world)
{
    struct place *centre = world->places[NODES];
    uint32_t who =
        place_random(world->dice, 3) == 0 ? NODES : (uint32_t)place_random(world->dice, NODES);
    uint64_t what = place_random(world->dice, 10);
    world->places[who]->now_ms += place_random(world->dice, 5000);
    if (what < 2)
        create(world, who);
    else if (what < 7)
        edit_random(world, who);
    else if (what < 9 && who != NODES)
        cr_assert_eq(upload(world->places[who], centre, 1 + (uint32_t)place_random(world->dice, 6)),
                     ERR_OK);
    else if (world->dot_count > 0) {
        uint64_t d = place_random(world->dice, world->dot_count);
        cr_assert_eq(feed(centre, world->places[world->dots[d].owner], world->dots[d].dot), ERR_OK);
    }
    if (place_random(world->dice, 2) == 0)
        apply_all(centre);
}

/* Batch after batch of every origin into another broker, the origins mixed at random. */
static void copy_mixed(struct world *world, struct place *to)
{
    struct place *from = world->places[NODES];
    static struct batch batch;
    struct arena arena;
    arena_init(&arena, 1 << 24);
    uint64_t next[NODES + 1] = {1, 1, 1, 1};
    uint32_t left = NODES + 1;
    bool ended[NODES + 1] = {false};
    while (left > 0) {
        uint32_t who = (uint32_t)place_random(world->dice, NODES + 1);
        if (ended[who])
            continue;
        struct origin origin = {.site = world->places[who]->site, .epoch = 1};
        struct store_txn *out = begin_read(from);
        enum err err = ledger_take_batch(from->ledger, out, origin, next[who],
                                         1 + (uint32_t)place_random(world->dice, 5),
                                         BATCH_BYTES_MAX, &arena, &batch);
        uint8_t head[HASH_BYTES];
        if (err == ERR_OK)
            err = ledger_head_at(out, origin, batch.first + batch.count - 1, head);
        store_abort(out);
        if (err == ERR_NOT_FOUND) {
            ended[who] = true;
            left--;
            continue;
        }
        cr_assert_eq(err, ERR_OK);
        struct store_txn *in = begin_write(to);
        cr_assert_eq(ledger_store_batch(to->ledger, in, &batch, head, 1), ERR_OK);
        commit(in);
        next[who] = batch.first + batch.count;
        if (place_random(world->dice, 3) == 0)
            apply_all(to);
        arena_reset(&arena);
    }
    apply_all(to);
    arena_deinit(&arena);
}

/* That the histories are worth their name. */
static uint64_t conflicts_seen, operations_seen;

static void one_history(uint32_t seed, uint32_t steps, bool prove)
{
    struct world *world = calloc(1, sizeof(*world));
    cr_assert_not_null(world);
    for (uint32_t i = 0; i < NODES; i++) {
        world->places[i] = place_open(LEDGER_NODE, SITE_A + i);
        place_join(world->places[i], CENTRE);
    }
    struct place *centre = world->places[NODES] = place_open(LEDGER_BROKER, CENTRE);
    world->dice = centre;
    for (uint32_t i = 0; i <= NODES; i++)
        world->places[i]->random = UINT64_C(1000003) * seed + i;
    for (uint32_t i = 0; i < steps; i++)
        step(world);
    for (uint32_t i = 0; i < NODES; i++)
        cr_assert_eq(upload(world->places[i], centre, 9), ERR_OK);
    apply_all(centre);
    cr_expect_eq(rows_of(centre, NS_QUARANTINE), 0, "seed %u: nothing was set aside", seed);
    uint64_t expected = derived_hash(centre);
    conflicts_seen += conflict_count(centre);
    operations_seen += rows_of(centre, NS_LOG);
    for (uint32_t copy = 0; copy < 2; copy++) {
        struct place *other = place_open(LEDGER_BROKER, CENTRE);
        copy_mixed(world, other);
        cr_expect_eq(derived_hash(other), expected, "seed %u: another order, other bytes", seed);
        place_close(other);
    }
    if (prove)
        for (uint32_t i = 0; i <= NODES; i++)
            expect_sound(world->places[i], "after a random history");
    if (prove || steps < STEPS) {
        struct err_info info;
        cr_assert_eq(ledger_rebuild(centre->ledger, &info), ERR_OK);
        cr_expect_eq(derived_hash(centre), expected, "seed %u: rebuilt", seed);
    }
    for (uint32_t i = 0; i <= NODES; i++)
        place_close(world->places[i]);
    free(world);
}

Test(order, any_order_gives_the_same_bytes)
{
    for (uint32_t seed = 1; seed <= HISTORIES; seed++)
        one_history(seed, STEPS, seed % 10 == 0);
    cr_expect_gt(conflicts_seen, 100, "only %lu", (unsigned long)conflicts_seen);
    cr_expect_gt(operations_seen, 30 * HISTORIES, "only %lu", (unsigned long)operations_seen);
}

/* Many short ones: each also equals its rebuild. */
Test(order, short_histories_too)
{
    /* each history makes and frees a few MiB: keep them instead of asking the kernel every time */
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    (void)mallopt(M_MMAP_THRESHOLD, 256 << 20);
    for (uint32_t seed = 1; seed <= SHORT_HISTORIES; seed++)
        one_history(seed, SHORT_STEPS, false);
    cr_expect_gt(operations_seen, 2 * SHORT_HISTORIES, "only %lu", (unsigned long)operations_seen);
}
