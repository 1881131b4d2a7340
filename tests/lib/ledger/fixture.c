#include "tests/lib/ledger/fixture.h"

#include <sodium.h>
#include <stdlib.h>

#include "lib/ledger/roster.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

uint64_t site_of(uint32_t number)
{
    return UINT64_C(2) << 62 | number;
}

static void keys_of(uint64_t site, uint8_t *public_out, uint8_t *secret_out)
{
    uint8_t seed[crypto_sign_SEEDBYTES] = {0};
    put_u64(seed, site);
    crypto_sign_seed_keypair(public_out, secret_out, seed);
}

uint32_t keys_of_place(void *context, struct origin origin,
                       uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES])
{
    (void)context;
    uint8_t secret[SIGN_SECRET_BYTES];
    keys_of(origin.site, keys_out[0], secret);
    return 1;
}

static void open_ledger(struct place *place)
{
    struct err_info info = {.text = ""};
    enum err err =
        ledger_open(place->store, &place->options, place->sign_secret, &place->ledger, &info);
    cr_assert_eq(err, ERR_OK, "open: %s", info.text);
}

struct place *place_over(struct store *store, enum ledger_role role, uint32_t number)
{
    struct place *place = calloc(1, sizeof(*place));
    cr_assert_not_null(place);
    cr_assert_geq(sodium_init(), 0);
    struct err_info info = {.text = ""};
    place->store = store;
    place->site = site_of(number);
    place->now_ms = UINT64_C(1790000000000);
    place->random = number;
    place->options = (struct ledger_options){.role = role};
    keys_of(place->site, place->sign_public, place->sign_secret);
    enum err err = ledger_init(place->store, role, place->site, &info);
    cr_assert(err == ERR_OK || err == ERR_EXISTS, "init: %s", info.text);
    open_ledger(place);
    return place;
}

struct place *place_open(enum ledger_role role, uint32_t number)
{
    struct store *store = NULL;
    cr_assert_eq(store_open_mem(&store), ERR_OK);
    return place_over(store, role, number);
}

void place_reopen(struct place *place)
{
    ledger_close(place->ledger);
    open_ledger(place);
}

void place_close(struct place *place)
{
    ledger_close(place->ledger);
    store_close(place->store);
    free(place);
}

/* splitmix64 */
uint64_t place_random(struct place *place, uint64_t below)
{
    uint64_t z = place->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static struct store_txn *begin(struct place *place, enum store_mode mode)
{
    struct store_txn *txn = NULL;
    struct err_info info = {.text = ""};
    cr_assert_eq(store_begin(place->store, mode, &txn, &info), ERR_OK, "begin: %s", info.text);
    return txn;
}

struct store_txn *begin_read(struct place *place)
{
    return begin(place, STORE_READ);
}

struct store_txn *begin_write(struct place *place)
{
    return begin(place, STORE_WRITE);
}

void commit(struct store_txn *txn)
{
    struct err_info info = {.text = ""};
    cr_assert_eq(store_commit(txn, &info), STORE_DURABLE, "commit: %s", info.text);
}

void place_join(struct place *node, uint32_t centre)
{
    struct membership membership = {
        .joined = true, .broker_site = site_of(centre), .slug = "site", .name = "Site"};
    struct store_txn *txn = begin_write(node);
    cr_assert_eq(membership_put(txn, &membership), ERR_OK);
    commit(txn);
}

/* ---- values ---- */

static struct value taken(struct mp_buf *buf)
{
    struct value value = {.len = buf->len};
    cr_assert_leq(buf->len, sizeof(value.data));
    memcpy(value.data, buf->data, buf->len);
    mp_buf_deinit(buf);
    return value;
}

struct value of_int(int64_t number)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 256);
    mp_put_int(&buf, number);
    return taken(&buf);
}

struct value of_text(const char *text)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 256);
    mp_put_str(&buf, bytes_of_text(text));
    return taken(&buf);
}

struct value of_bool(bool value)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 256);
    mp_put_bool(&buf, value);
    return taken(&buf);
}

struct value of_site(uint64_t site)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 256);
    mp_put_uint(&buf, site);
    return taken(&buf);
}

struct value of_nil(void)
{
    return (struct value){.data = {0xc0}, .len = 1};
}

struct bytes value_bytes(const struct value *value)
{
    return bytes_of(value->data, value->len);
}

/* ---- writing ---- */

static enum err write_in_txn(struct place *place, const struct change *change,
                             struct written *written_out, struct err_info *info)
{
    uint8_t random[48];
    for (size_t i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)place_random(place, 256);
    struct store_txn *txn = begin_write(place);
    enum err err =
        ledger_write(place->ledger, txn, change, ++place->now_ms, random, written_out, info);
    if (err == ERR_OK) {
        commit(txn);
    } else {
        store_abort(txn);
        cr_assert_eq(ledger_forget(place->ledger), ERR_OK);
    }
    return err;
}

enum err place_try(struct place *place, const struct change *change, struct written *written_out)
{
    struct err_info info;
    return write_in_txn(place, change, written_out, &info);
}

struct written place_write(struct place *place, const struct change *change, enum err code)
{
    struct written written = {.dot.seq = 0};
    struct err_info info = {.text = ""};
    enum err err = write_in_txn(place, change, &written, &info);
    cr_expect_eq(err, code, "write: %s instead of %s: %s", err_text(err), err_text(code),
                 info.text);
    return written;
}

struct written make_complaint(struct place *place, int32_t received_on)
{
    struct value day = of_int(received_on);
    struct value text = of_text("the form was lost");
    struct change_write writes[] = {
        {.field = COMPLAINT_RECEIVED_ON, .value = value_bytes(&day)},
        {.field = COMPLAINT_DESCRIPTION, .value = value_bytes(&text)},
    };
    struct change change = {.kind = KIND_COMPLAINT,
                            .create = true,
                            .author = "ann",
                            .writes = writes,
                            .write_count = 2};
    return place_write(place, &change, ERR_OK);
}

struct written make_evidence(struct place *place, const char *title, uint8_t element)
{
    struct value name = of_text(title);
    struct value type = of_int(1);
    struct value member = of_int(element);
    struct value date = of_int(20000);
    struct value yes = of_bool(true);
    struct change_write writes[] = {
        {.field = EVIDENCE_TITLE, .value = value_bytes(&name)},
        {.field = EVIDENCE_TYPE, .value = value_bytes(&type)},
        {.field = EVIDENCE_DATE, .value = value_bytes(&date)},
        {.field = EVIDENCE_ELEMENTS, .member = value_bytes(&member), .value = value_bytes(&yes)},
    };
    struct change change = {
        .kind = KIND_EVIDENCE, .create = true, .author = "ann", .writes = writes, .write_count = 4};
    return place_write(place, &change, ERR_OK);
}

struct written edit_member(struct place *place, uint16_t kind, const uint8_t *rid, uint16_t field,
                           struct value member, struct value value)
{
    struct change_write write = {
        .field = field, .member = value_bytes(&member), .value = value_bytes(&value)};
    struct change change = {.kind = kind, .author = "bea", .writes = &write, .write_count = 1};
    memcpy(change.rid, rid, RID_BYTES);
    return place_write(place, &change, ERR_OK);
}

struct written edit(struct place *place, uint16_t kind, const uint8_t *rid, uint16_t field,
                    struct value value)
{
    return edit_member(place, kind, rid, field, (struct value){.len = 0}, value);
}

struct written erase_record(struct place *place, uint16_t kind, const uint8_t *rid)
{
    struct change change = {.kind = kind, .remove = true, .author = "cy"};
    memcpy(change.rid, rid, RID_BYTES);
    return place_write(place, &change, ERR_OK);
}

/* ---- seeing ---- */

struct record_view see(struct place *place, uint16_t kind, const uint8_t *rid, struct arena *arena)
{
    arena_init(arena, ARENA_BYTES);
    struct record_view view = {.kind = 0};
    struct store_txn *txn = begin_read(place);
    enum err err = ledger_view(txn, kind, rid, arena, &view, NULL);
    store_abort(txn);
    cr_assert_eq(err, ERR_OK, "view: %s", err_text(err));
    return view;
}

bool shows_text(const struct record_view *view, uint16_t field, const char *text)
{
    struct value value = of_text(text);
    return bytes_equal(view_get(view, field), value_bytes(&value));
}

bool shows_int(const struct record_view *view, uint16_t field, int64_t number)
{
    struct value value = of_int(number);
    return bytes_equal(view_get(view, field), value_bytes(&value));
}

bool shows_member(const struct record_view *view, uint16_t field, struct value member)
{
    for (uint32_t i = 0; i < view->field_count; i++) {
        if (view->fields[i].field == field &&
            bytes_equal(view->fields[i].member, value_bytes(&member)))
            return true;
    }
    return false;
}

static bool count_one(void *context, const struct conflict *conflict)
{
    (void)conflict;
    uint32_t *count = context;
    (*count)++;
    return true;
}

uint32_t conflict_count(struct place *place)
{
    uint32_t count = 0;
    struct store_txn *txn = begin_read(place);
    cr_assert_eq(ledger_each_conflict(txn, count_one, &count), ERR_OK);
    store_abort(txn);
    return count;
}
