#include "world.h"

/* What is written and read at the places of a world. */

static struct written write_change(struct world *world, struct store *store, struct ledger *ledger,
                                   const struct change *change)
{
    struct store_txn *txn;
    struct written written;
    struct err_info info = {.text = ""};
    uint8_t random[48];
    world_random(world, random, sizeof(random));
    cr_assert_eq(store_begin(store, STORE_WRITE, &txn, NULL), ERR_OK);
    enum err err = ledger_write(ledger, txn, change, world->now.unix_ms, random, &written, &info);
    cr_assert_eq(err, ERR_OK, "write: %s", info.text);
    cr_assert_eq(store_commit(txn, NULL), STORE_DURABLE);
    return written;
}

static struct mp_buf text_value(const char *text)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 4096);
    mp_put_str(&buf, bytes_of_text(text));
    return buf;
}

static struct written put_title(struct site *site, const uint8_t *rid, const char *title,
                                struct change_write *file)
{
    struct mp_buf text = text_value(title);
    static const uint8_t one[] = {1};
    struct change_write writes[3] = {{.field = EVIDENCE_TITLE, .value = mp_buf_bytes(&text)},
                                     {.field = EVIDENCE_TYPE, .value = bytes_of(one, 1)}};
    struct change change = {.kind = KIND_EVIDENCE,
                            .create = rid == NULL,
                            .author = "ann",
                            .writes = writes,
                            .write_count = rid == NULL ? 2 : 1};
    if (rid != NULL)
        memcpy(change.rid, rid, RID_BYTES);
    if (file != NULL)
        writes[change.write_count++] = *file;
    struct written written = write_change(site->world, site->store, site->ledger, &change);
    mp_buf_deinit(&text);
    if (site->node != NULL)
        node_on_local_commit(site->node, site->world->now);
    return written;
}

struct written write_title(struct site *site, const char *title)
{
    return put_title(site, NULL, title, NULL);
}

struct written edit_title(struct site *site, const uint8_t *rid, const char *title)
{
    return put_title(site, rid, title, NULL);
}

struct written edit_action(struct site *site, const uint8_t *rid, const char *title)
{
    struct mp_buf text = text_value(title);
    struct change_write write = {.field = ACTION_TITLE, .value = mp_buf_bytes(&text)};
    struct change change = {
        .kind = KIND_ACTION, .author = "ann", .writes = &write, .write_count = 1};
    memcpy(change.rid, rid, RID_BYTES);
    struct written written = write_change(site->world, site->store, site->ledger, &change);
    mp_buf_deinit(&text);
    if (site->node != NULL)
        node_on_local_commit(site->node, site->world->now);
    return written;
}

struct written write_with_file(struct site *site, const char *title, const uint8_t hash[HASH_BYTES],
                               uint64_t size)
{
    struct mp_buf member, value;
    mp_buf_init(&member, 64);
    mp_buf_init(&value, 256);
    mp_put_bin(&member, bytes_of(hash, HASH_BYTES));
    mp_put_array(&value, 3);
    mp_put_str(&value, bytes_of_text("scan.pdf"));
    mp_put_str(&value, bytes_of_text("application/pdf"));
    mp_put_uint(&value, size);
    struct change_write file = {
        .field = EVIDENCE_FILES, .member = mp_buf_bytes(&member), .value = mp_buf_bytes(&value)};
    struct written written = put_title(site, NULL, title, &file);
    mp_buf_deinit(&member);
    mp_buf_deinit(&value);
    return written;
}

struct written centre_action(struct world *world, const char *title, uint64_t subject)
{
    struct mp_buf text = text_value(title), day, site;
    mp_buf_init(&day, 16);
    mp_buf_init(&site, 16);
    mp_put_int(&day, 20000);
    mp_put_uint(&site, subject);
    struct change_write writes[] = {{.field = ACTION_TITLE, .value = mp_buf_bytes(&text)},
                                    {.field = ACTION_DUE_ON, .value = mp_buf_bytes(&day)},
                                    {.field = ACTION_SITE, .value = mp_buf_bytes(&site)}};
    struct change change = {.kind = KIND_ACTION,
                            .create = true,
                            .author = "eve",
                            .writes = writes,
                            .write_count = subject != 0 ? 3 : 2};
    struct written written = write_change(world, world->store, world->ledger, &change);
    mp_buf_deinit(&text);
    mp_buf_deinit(&day);
    mp_buf_deinit(&site);
    broker_on_local_commit(world->broker);
    return written;
}

struct written centre_holiday(struct world *world, int32_t day)
{
    struct mp_buf calendar = text_value("england-wales"), date;
    mp_buf_init(&date, 16);
    mp_put_int(&date, day);
    struct change_write writes[] = {{.field = HOLIDAY_CALENDAR, .value = mp_buf_bytes(&calendar)},
                                    {.field = HOLIDAY_DATE, .value = mp_buf_bytes(&date)}};
    struct change change = {
        .kind = KIND_HOLIDAY, .create = true, .author = "eve", .writes = writes, .write_count = 2};
    struct written written = write_change(world, world->store, world->ledger, &change);
    mp_buf_deinit(&calendar);
    mp_buf_deinit(&date);
    broker_on_local_commit(world->broker);
    return written;
}

void centre_move(struct world *world, const uint8_t *rid, uint64_t subject)
{
    struct mp_buf site;
    mp_buf_init(&site, 16);
    mp_put_uint(&site, subject);
    struct change_write write = {.field = ACTION_SITE, .value = mp_buf_bytes(&site)};
    struct change change = {
        .kind = KIND_ACTION, .author = "eve", .writes = &write, .write_count = 1};
    memcpy(change.rid, rid, RID_BYTES);
    (void)write_change(world, world->store, world->ledger, &change);
    mp_buf_deinit(&site);
    broker_on_local_commit(world->broker);
}

_Static_assert((int)EVIDENCE_TITLE == (int)ACTION_TITLE, "one look for both kinds");

static const char *title_in(struct store *store, uint16_t kind, const uint8_t *rid)
{
    static char title[256];
    struct arena arena;
    struct store_txn *txn;
    struct record_view view;
    arena_init(&arena, 1024 * 1024);
    title[0] = '\0';
    cr_assert_eq(store_begin(store, STORE_READ, &txn, NULL), ERR_OK);
    if (ledger_view(txn, kind, rid, &arena, &view, NULL) == ERR_OK) {
        struct mp_reader reader = mp_reader_of(view_get(&view, EVIDENCE_TITLE));
        struct bytes text = mp_read_str(&reader);
        cr_assert_lt(text.len, sizeof(title));
        if (text.len > 0)
            memcpy(title, text.data, text.len);
        title[text.len] = '\0';
    }
    store_abort(txn);
    arena_deinit(&arena);
    return title;
}

const char *title_at_site(struct site *site, uint16_t kind, const uint8_t *rid)
{
    return title_in(site->store, kind, rid);
}

const char *title_at_broker(struct world *world, uint16_t kind, const uint8_t *rid)
{
    return title_in(world->store, kind, rid);
}

uint64_t stored_at_broker(struct world *world, struct site *site, uint32_t epoch)
{
    struct store_txn *txn;
    struct origin_row row = {0};
    cr_assert_eq(store_begin(world->store, STORE_READ, &txn, NULL), ERR_OK);
    (void)!ledger_get_origin(txn, (struct origin){site->id, epoch}, &row);
    store_abort(txn);
    return row.stored_seq;
}

struct site_row roster_row(struct world *world, struct site *site)
{
    struct store_txn *txn;
    struct site_row row;
    cr_assert_eq(store_begin(world->store, STORE_READ, &txn, NULL), ERR_OK);
    cr_assert_eq(roster_get(txn, site->id, &row), ERR_OK);
    store_abort(txn);
    return row;
}

struct node_status status_of(struct site *site)
{
    struct node_status status;
    node_status(site->node, &status);
    return status;
}
