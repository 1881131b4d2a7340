#include "lib/api/scan.h"

#include <math.h>

#include "proto/cse/deadlines.h"
#include "proto/cse/picture_cells.h"
#include "proto/cse/rates.h"

struct piece {
    uint32_t count, max;
    uint8_t rids[SCAN_PIECE][RID_BYTES];
};

static bool collect(void *context, const uint8_t rid[RID_BYTES])
{
    struct piece *piece = context;
    memcpy(piece->rids[piece->count++], rid, RID_BYTES);
    return piece->count < piece->max;
}

enum err scan_views(struct scan *scan, uint16_t kind,
                    bool (*each)(void *context, const struct record_view *view), void *context)
{
    struct piece piece = {.max = SCAN_PIECE};
    struct arena arena;
    uint8_t last[RID_BYTES];
    const uint8_t *after = NULL;
    bool more = true;
    enum err err = ERR_OK;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    while (err == ERR_OK && more) {
        piece.count = 0;
        err = ledger_each_record(scan->txn, kind, after, STORE_BACK, collect, &piece);
        for (uint32_t i = 0; i < piece.count && err == ERR_OK && more; i++) {
            struct record_view view;
            arena_reset(&arena);
            scan->incomplete = scan->incomplete || scan->left == 0;
            more = scan->left > 0;
            scan->left -= more;
            err = more ? ledger_view(scan->txn, kind, piece.rids[i], &arena, &view, NULL) : ERR_OK;
            if (more && err == ERR_OK && !view.deleted)
                more = each(context, &view);
        }
        more = more && piece.count == SCAN_PIECE;
        if (piece.count > 0) {
            memcpy(last, piece.rids[piece.count - 1], RID_BYTES);
            after = last;
        }
    }
    arena_deinit(&arena);
    return err;
}

struct bytes scan_text(const struct record_view *view, uint16_t field)
{
    struct mp_reader reader = mp_reader_of(view_get(view, field));
    struct bytes text = mp_peek(&reader) == MP_STR ? mp_read_str(&reader) : bytes_of("", 0);
    return reader.err == ERR_OK && text.data != NULL ? text : bytes_of("", 0);
}

int64_t scan_int(const struct record_view *view, uint16_t field, int64_t absent)
{
    int64_t number;
    return view_int(view, field, &number) ? number : absent;
}

int32_t scan_day(const struct record_view *view, uint16_t field)
{
    int32_t day;
    return view_day(view, field, &day) ? day : DAY_NONE;
}

enum err query_day(const struct http_request *request, const char *name, int32_t *day_inout,
                   struct err_info *info)
{
    const char *text = http_query(request, name);
    if (text == NULL || text[0] == '\0' || civil_parse_day(text, day_inout))
        return ERR_OK;
    return err_set(info, ERR_INVALID, "%s: '%.32s' is not a date; write YYYY-MM-DD", name, text);
}

enum err query_site(const struct http_request *request, struct store_txn *txn, uint64_t *site_out,
                    bool *given_out, struct err_info *info)
{
    const char *site = http_query(request, "site");
    *given_out = site != NULL && site[0] != '\0';
    return *given_out ? site_by_name(txn, site, site_out, info) : ERR_OK;
}

void put_day(struct jsonw *json, const char *key, int32_t day)
{
    char text[CIVIL_TEXT_BYTES];
    if (day < CIVIL_DAY_MIN) {
        jsonw_put_null(json, key);
        return;
    }
    civil_format_day(day, text);
    jsonw_put_string(json, key, text);
}

void put_rid(struct jsonw *json, const char *key, const uint8_t rid[RID_BYTES])
{
    char text[RID_TEXT_BYTES];
    rid_format(rid, text);
    jsonw_put_string(json, key, text);
}

void put_counted(struct jsonw *json, const char *key, uint64_t hits, uint64_t counted)
{
    double low, high;
    jsonw_key(json, key);
    jsonw_object_begin(json);
    jsonw_put_uint(json, "hits", hits);
    jsonw_put_uint(json, "counted", counted);
    if (share_interval((struct share){hits, counted}, &low, &high)) {
        jsonw_key(json, "low");
        jsonw_fixed(json, (int64_t)lround(low * 10000.0), 4);
        jsonw_key(json, "high");
        jsonw_fixed(json, (int64_t)lround(high * 10000.0), 4);
    }
    jsonw_object_end(json);
}
