/* Any bytes as any row of the store: read as what they say or called corrupt, never trusted. */
#include "tests/fuzz/fuzz.h"

#include "lib/ledger/copy.h"
#include "lib/ledger/identity.h"
#include "lib/ledger/ledger_private.h"
#include "lib/ledger/roster.h"

static const uint8_t key32[32] = {1};
static const struct dot dot = {.origin = {.site = UINT64_C(0x8000000000000007), .epoch = 1},
                               .seq = 3};

static void put(struct store_txn *txn, enum store_ns ns, const void *key, size_t len,
                struct bytes value)
{
    assert(store_put(txn, ns, bytes_of(key, len), value) == ERR_OK);
}

static void put_everywhere(struct store_txn *txn, struct bytes value)
{
    static const char *const names[] = {"self",    "member",    "applied",
                                        "rebuild", "copy.made", "broker.incarnation"};
    uint8_t dot_key[DOT_KEY_BYTES], number[8] = {0, 0, 0, 0, 0, 0, 0, 1};
    dot_put_key(dot, dot_key);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        put(txn, NS_META, names[i], strlen(names[i]), value);
    put(txn, NS_SITE, dot_key, 8, value);
    put(txn, NS_ORIGIN, dot_key, ORIGIN_KEY_BYTES, value);
    put(txn, NS_SEAL, dot_key, DOT_KEY_BYTES, value);
    put(txn, NS_QUARANTINE, dot_key, DOT_KEY_BYTES, value);
    put(txn, NS_LOG, dot_key, DOT_KEY_BYTES, value);
    put(txn, NS_ARRIVAL, number, sizeof(number), value);
    put(txn, NS_KEY, key32, sizeof(key32), value);
}

static void expect(enum err err)
{
    assert(err == ERR_OK || err == ERR_CORRUPT || err == ERR_VERSION || err == ERR_TOO_BIG ||
           err == ERR_NOT_FOUND);
}

static void read_all(struct store_txn *txn)
{
    struct self_row self;
    struct applied_row applied;
    struct aside_row aside;
    struct arrival_row arrival;
    struct seal_row seal;
    struct origin_row origin;
    struct site_row site;
    struct key_row key;
    struct membership membership;
    struct identity identity;
    enum ledger_role role;
    struct op op;
    uint64_t number;
    uint8_t incarnation[INCARNATION_BYTES];
    expect(self_get(txn, &self));
    expect(identity_read(txn, &role, &identity));
    expect(applied_get(txn, &applied));
    expect(aside_get(txn, dot, &aside));
    expect(arrival_get(txn, 1, &arrival));
    expect(seal_near(txn, dot, STORE_FORWARD, &number, &seal));
    expect(ledger_get_origin(txn, dot.origin, &origin));
    expect(membership_get(txn, &membership));
    expect(roster_key(txn, key32, &key));
    expect(copy_made(txn, &number));
    expect(incarnation_get(txn, incarnation));
    expect(log_op(txn, dot, &op));
    if (roster_get(txn, dot.origin.site, &site) == ERR_OK) {
        assert(strnlen(site.slug, sizeof(site.slug)) < sizeof(site.slug));
        assert(strnlen(site.name, sizeof(site.name)) < sizeof(site.name));
    }
    if (ledger_get_origin(txn, dot.origin, &origin) == ERR_OK) {
        struct origin_row again;
        assert(ledger_put_origin(txn, dot.origin, &origin) == ERR_OK);
        assert(ledger_get_origin(txn, dot.origin, &again) == ERR_OK);
        assert(again.stored_seq == origin.stored_seq && again.acked_seq == origin.acked_seq);
        assert(memcmp(again.token, origin.token, TOKEN_BYTES) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    if (size == 0 || size > STORE_VALUE_BYTES_MAX)
        return 0;
    assert(store_open_mem(&store) == ERR_OK);
    assert(store_begin(store, STORE_WRITE, &txn, NULL) == ERR_OK);
    put_everywhere(txn, bytes_of(data, size));
    read_all(txn);
    store_abort(txn);
    store_close(store);
    return 0;
}
