#include "lib/ledger/takeover.h"
#include "tests/lib/ledger/fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One wrong byte anywhere is found, and is named as what it is. */

static struct verify_report verify(struct place *place)
{
    struct verify_report report;
    struct err_info info = {.text = ""};
    cr_assert_eq(ledger_verify(place->ledger, keys_of_place, NULL, NULL, &report, &info), ERR_OK,
                 "%s", info.text);
    return report;
}

/* Flip a bit in the middle of the first value of a namespace, or take an index row away. */
static void damage(struct place *place, enum store_ns ns)
{
    struct store_txn *txn = begin_write(place);
    struct store_iter *iter = NULL;
    struct bytes key, value;
    enum err err =
        store_iter_open(txn, ns, bytes_of(NULL, 0), bytes_of(NULL, 0), STORE_FORWARD, &iter);
    cr_assert_eq(err, ERR_OK);
    cr_assert(store_iter_next(iter, &key, &value, &err));
    uint8_t name[STORE_KEY_BYTES_MAX], data[4096];
    size_t name_len = key.len, len = value.len;
    cr_assert_leq(len, sizeof(data));
    memcpy(name, key.data, name_len);
    if (len > 0)
        memcpy(data, value.data, len);
    store_iter_close(iter);
    if (len == 0) {
        cr_assert_eq(store_del(txn, ns, bytes_of(name, name_len)), ERR_OK);
    } else {
        data[ns == NS_SEAL ? len - 10 : len / 2] ^= 4;
        cr_assert_eq(store_put(txn, ns, bytes_of(name, name_len), bytes_of(data, len)), ERR_OK);
    }
    commit(txn);
}

static struct place *broker_with_records(void)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    for (int i = 0; i < 6; i++) {
        struct written made = make_evidence(node, "charter", (uint8_t)(1 + i));
        edit(node, KIND_EVIDENCE, made.rid, EVIDENCE_TITLE, of_text("new name"));
        make_complaint(node, 20000 + i);
    }
    cr_assert_eq(upload(node, broker, 5), ERR_OK);
    apply_all(broker);
    place_close(node);
    return broker;
}

Test(verify, a_flipped_bit_is_found)
{
    static const struct {
        const char *name;
        enum store_ns ns;
        bool entries_or_chains, seals, records, cells, indexes;
    } rows[] = {
        {"log", NS_LOG, .entries_or_chains = true}, {"seal", NS_SEAL, .seals = true},
        {"record", NS_RECORD, .records = true},     {"cell", NS_CELL, .cells = true},
        {"index", NS_INDEX, .indexes = true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct place *broker = broker_with_records();
        struct verify_report sound = verify(broker);
        cr_expect_eq(sound.operations, 18, "%s", rows[i].name);
        cr_expect(sound.records == 12 && sound.cells > 0 && sound.digest_matches, "%s: sound",
                  rows[i].name);
        cr_expect_eq(sound.bad_chains + sound.bad_seals + sound.bad_entries, 0, "%s: sound",
                     rows[i].name);
        cr_expect_eq(sound.bad_records + sound.bad_cells + sound.bad_indexes, 0, "%s: sound",
                     rows[i].name);
        damage(broker, rows[i].ns);
        struct verify_report report = verify(broker);
        if (rows[i].entries_or_chains)
            cr_expect_gt(report.bad_chains + report.bad_entries, 0, "%s", rows[i].name);
        else
            cr_expect_eq(report.bad_entries, 0, "%s", rows[i].name);
        cr_expect_eq(report.bad_seals > 0, rows[i].seals, "%s: seals %lu", rows[i].name,
                     (unsigned long)report.bad_seals);
        if (!rows[i].entries_or_chains) { /* a damaged log may well make other rows */
            cr_expect_eq(report.bad_records, rows[i].records, "%s: records", rows[i].name);
            cr_expect_eq(report.bad_cells, rows[i].cells, "%s: cells", rows[i].name);
            cr_expect_eq(report.bad_indexes, rows[i].indexes, "%s: indexes", rows[i].name);
        }
        struct err_info info;
        if (rows[i].records || rows[i].cells || rows[i].indexes) {
            cr_assert_eq(ledger_rebuild(broker->ledger, &info), ERR_OK);
            expect_sound(broker, "rebuilt");
        }
        place_close(broker);
    }
}

Test(verify, roles_and_schemas_are_looked_at)
{
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    struct ledger_options options = {.role = LEDGER_BROKER};
    struct ledger *ledger = NULL;
    struct err_info info;
    cr_expect_eq(ledger_init(node->store, LEDGER_NODE, node->site, &info), ERR_EXISTS);
    cr_expect_eq(ledger_open(node->store, &options, node->sign_secret, &ledger, &info),
                 ERR_INVALID);
    struct store *empty = NULL;
    cr_assert_eq(store_open_mem(&empty), ERR_OK);
    cr_expect_eq(ledger_open(empty, &options, node->sign_secret, &ledger, &info), ERR_NOT_FOUND);
    store_close(empty);
    struct store_txn *txn = begin_write(node);
    static const uint8_t newer[] = {0x94, 0x07, 0x01, 0x01, 0x63};
    cr_assert_eq(store_put(txn, NS_META, bytes_of_text("self"), bytes_of(newer, sizeof(newer))),
                 ERR_OK);
    commit(txn);
    options.role = LEDGER_NODE;
    cr_expect_eq(ledger_open(node->store, &options, node->sign_secret, &ledger, &info),
                 ERR_VERSION);
    place_close(node);
}

/* What an older program would take wrongly makes it refuse the store; nothing else does. */
Test(verify, a_schema_is_raised_when_it_is_needed)
{
    struct place *broker = place_open(LEDGER_BROKER, CENTRE);
    struct bytes now;
    struct err_info info;
    struct store_txn *txn = NULL;
    uint8_t key[SIGN_PUBLIC_BYTES] = {1};
    for (uint8_t schema = 1; schema <= 2; schema++) {
        cr_assert_eq(store_begin(broker->store, STORE_READ, &txn, &info), ERR_OK);
        cr_assert_eq(store_get(txn, NS_META, bytes_of_text("self"), &now), ERR_OK);
        cr_expect_eq(now.data[now.len - 1], schema);
        store_abort(txn);
        txn = begin_write(broker);
        cr_assert_eq(takeover_centre(txn, site_of(SITE_B), key), ERR_OK);
        commit(txn);
    }
    place_close(broker);
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    cr_assert_not_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    (void)rmdir(path);
}

Test(verify, the_same_on_a_disk)
{
    char path[] = "/tmp/ledger-test-XXXXXX";
    cr_assert_not_null(mkdtemp(path));
    struct store *disk = NULL;
    struct err_info info = {.text = ""};
    cr_assert_eq(store_open_lmdb(path, 64 << 20, &disk, &info), ERR_OK, "%s", info.text);
    struct place *broker = place_over(disk, LEDGER_BROKER, CENTRE);
    struct place *memory = place_open(LEDGER_BROKER, CENTRE);
    struct place *node = place_open(LEDGER_NODE, SITE_A);
    for (int i = 0; i < 40; i++) {
        struct written made = make_evidence(node, "charter", (uint8_t)(1 + i));
        edit_member(node, KIND_EVIDENCE, made.rid, EVIDENCE_ELEMENTS, of_int(57), of_bool(true));
    }
    cr_assert_eq(upload(node, broker, 7), ERR_OK);
    cr_assert_eq(upload(node, memory, 11), ERR_OK);
    apply_all(broker);
    apply_all(memory);
    cr_expect_eq(derived_hash(broker), derived_hash(memory));
    expect_sound(broker, "on disk");
    cr_assert_eq(ledger_rebuild(broker->ledger, &info), ERR_OK);
    cr_expect_eq(derived_hash(broker), derived_hash(memory));
    place_close(node);
    place_close(memory);
    place_close(broker);
    remove_directory(path);
}
