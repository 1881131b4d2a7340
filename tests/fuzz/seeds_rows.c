#include <stdio.h>

#include "lib/ledger/copy.h"
#include "lib/ledger/ledger_private.h"
#include "lib/ledger/roster.h"
#include "tests/fuzz/seeds.h"
#include "tools/sheet/xlsx_write.h"

enum { NAME_BYTES = 64, PATH_BYTES = 1024 };

/* Every row that a small broker's store has, as the program writes it. */
static void put_all(struct store_txn *txn)
{
    for (int ns = 0; ns < NS_COUNT; ns++) {
        struct store_iter *iter = NULL;
        struct bytes key, value, all = bytes_of("", 0);
        enum err err = store_iter_open(txn, (enum store_ns)ns, all, all, STORE_FORWARD, &iter);
        seed_must(err == ERR_OK, "store_iter_open");
        for (int i = 0; store_iter_next(iter, &key, &value, &err); i++) {
            char name[NAME_BYTES];
            (void)snprintf(name, sizeof(name), "row-%d-%d", ns, i);
            if (value.len > 0)
                seed_put("rows", name, value);
        }
        store_iter_close(iter);
    }
}

static void fill(struct store_txn *txn)
{
    const struct site_row site = {.site = UINT64_C(0x8000000000000007),
                                  .slug = "housing",
                                  .name = "Housing",
                                  .state = SITE_ACTIVE,
                                  .epoch = 1,
                                  .software = "0.1.0"};
    const struct key_row key = {.use = KEY_INVITE, .slug = "parks", .name = "Parks"};
    const struct membership member = {.joined = true, .organisation = "A council", .slug = "parks"};
    const struct origin_row origin = {.stored_seq = 9, .acked_seq = 7};
    const struct seal_row seal = {.first = 1, .sealed = true};
    const struct dot dot = {.origin = {.site = site.site, .epoch = 1}, .seq = 9};
    const struct aside_row aside = {.code = ERR_INVALID, .text = "why"};
    const uint8_t name[TRANSPORT_KEY_BYTES] = {3};
    seed_must(roster_put(txn, &site) == ERR_OK, "roster_put");
    seed_must(roster_put_key(txn, name, &key) == ERR_OK, "roster_put_key");
    seed_must(membership_put(txn, &member) == ERR_OK, "membership_put");
    seed_must(ledger_put_origin(txn, dot.origin, &origin) == ERR_OK, "ledger_put_origin");
    seed_must(seal_put(txn, dot, &seal) == ERR_OK, "seal_put");
    seed_must(aside_put(txn, dot, &aside) == ERR_OK, "aside_put");
    seed_must(applied_put(txn, &(struct applied_row){.number = 3, .seq = 2}) == ERR_OK, "applied");
    seed_must(incarnation_put(txn, name) == ERR_OK, "incarnation_put");
}

void seeds_put_rows(void)
{
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    seed_must(store_open_mem(&store) == ERR_OK, "store_open_mem");
    seed_must(ledger_init(store, LEDGER_BROKER, UINT64_C(0x8000000000000001), NULL) == ERR_OK,
              "ledger_init");
    seed_must(store_begin(store, STORE_WRITE, &txn, NULL) == ERR_OK, "store_begin");
    fill(txn);
    put_all(txn);
    store_abort(txn);
    store_close(store);
}

/* The first byte: method (0 GET, 2 POST, 3 PUT, 4 PATCH, 5 DELETE), 0x40 at the node. */
static const struct {
    const char *name, *text;
    uint8_t first;
} requests[] = {
    {"status", "/api/v1/status\n\n", 0},
    {"metrics", "/metrics\n\n", 0},
    {"picture", "/api/v1/picture?as_of=2026-01-31&language=pl\nAccept-Language: ru\n", 0},
    {"compare", "/api/v1/picture/compare?from=2026-01-01&to=2026-02-01\n\n", 0},
    {"elements", "/api/v1/elements/4.3.2\nIf-None-Match: \"x\"\n", 0},
    {"checks", "/api/v1/checks?element=1.1.1&limit=5\n\n", 0},
    {"list", "/api/v1/records/evidence?limit=3&where=title~a\n\n", 0x40},
    {"export", "/api/v1/export/evidence?format=csv\n\n", 0x40},
    {"invite",
     "/api/v1/sites/invitations\n\n{\"site\":\"parks\",\"name\":\"Parks\",\"valid_days\":3}", 2},
    {"record",
     "/api/v1/records/evidence\nContent-Type: "
     "application/json\n{\"fields\":{\"title\":\"A\",\"date\":"
     "\"2026-01-02\",\"elements\":[\"4.3.2\"]}}",
     0x42},
    {"complaint",
     "/api/v1/records/complaint\n\n{\"fields\":{\"received_on\":\"2026-01-02\",\"summary\":\"A\","
     "\"elements\":[\"5.3.2\"]}}",
     0x42},
    {"edit",
     "/api/v1/records/evidence/"
     "01a0c450-6c00-8005-8000-000000000002\n\n{\"fields\":{\"title\":null}}",
     0x44},
    {"upload", "/api/v1/blobs\n\nbytes of a file", 0x42},
    {"import", "/api/v1/imports?kind=contact&name=x\n\n\x93\x01\x02\x03", 0x42},
    {"resolve", "/api/v1/conflicts/resolve\n\n{\"id\":\"x\",\"field\":\"title\",\"value\":1}", 2},
};

void seeds_put_requests(void)
{
    static const uint8_t steps[] = {3,    4, 5, 0x80, 0, 0, 0x80, 1, 0,
                                    0x40, 0, 0, 0x60, 0, 0, 0,    1, 9};
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        char text[512];
        int len = snprintf(text, sizeof(text), "%c%s", ' ', requests[i].text);
        text[0] = (char)requests[i].first;
        seed_put("api", requests[i].name, bytes_of(text, (size_t)len));
    }
    seed_put("chunk", "steps", bytes_of(steps, sizeof(steps)));
    seed_put("session", "none", bytes_of("\0\0\1\1", 4));
}

void seeds_put_sheet(const char *folder)
{
    static const struct xlsx_column columns[] = {{"Ref", XLSX_TEXT, 8, false},
                                                 {"Element", XLSX_TEXT, 30, true},
                                                 {"Evidence", XLSX_TEXT, 40, true},
                                                 {"Due", XLSX_DAY, 12, false}};
    static const char *const cells[] = {"1.1.1", "Customers", "E1. Profile (Strongest)\n[2] Survey",
                                        "2026-01-31"};
    struct xlsx *xlsx = NULL;
    char path[PATH_BYTES];
    seed_put("sheet", "csv", bytes_of_text("Ref,Element,Evidence,Owner,Notes\n1.1.1,x,1 2 3,,\n"));
    (void)snprintf(path, sizeof(path), "%s/sheet/xlsx", folder);
    enum err err = xlsx_new(path, "Matrix", columns, 4, &xlsx, NULL);
    seed_must(err == ERR_OK, "xlsx_new");
    err = xlsx_row(xlsx, cells, NULL);
    seed_must(xlsx_close(xlsx, err, NULL) == ERR_OK, "xlsx_close");
}
