/* Lists of records, newest first. A list with conditions looks at a bounded number of records a
 * request and then hands out a cursor, even when it found nothing yet: no request may hold up the
 * loop. */
#include "lib/api/internal.h"

enum { COLLECT_MAX = 256 };

/* Ids are collected a piece at a time, then shown: the walk's iterator stays short. */
struct piece {
    uint32_t count, max;
    uint8_t rids[COLLECT_MAX][RID_BYTES];
};

struct listing {
    struct record_filter filter;
    struct kind_choice kind;
    struct site_names names;
    struct arena arena;
    struct jsonw json;
    int64_t limit, shown;
    uint32_t looked_at;
    uint8_t last[RID_BYTES];
    bool started, ended;
};

static bool collect(void *context, const uint8_t rid[RID_BYTES])
{
    struct piece *piece = context;
    memcpy(piece->rids[piece->count++], rid, RID_BYTES);
    return piece->count < piece->max;
}

/* Show one record if it fits the filter. */
static enum err show(struct listing *listing, const uint8_t rid[RID_BYTES])
{
    struct record_view view;
    char version[VERSION_TEXT_BYTES];
    arena_reset(&listing->arena);
    enum err err =
        ledger_view(listing->names.txn, listing->kind.number, rid, &listing->arena, &view, version);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err != ERR_OK)
        return err;
    if (filter_fits(&listing->filter, &view)) {
        record_to_json(&listing->json, (struct record_shown){.view = &view, .version = version},
                       &listing->names);
        listing->shown++;
    }
    return ERR_OK;
}

static bool full(const struct listing *listing)
{
    return listing->shown >= listing->limit || listing->looked_at >= API_SCAN_RECORDS_MAX ||
           listing->json.len >= API_ANSWER_BYTES_TARGET;
}

static enum err fill(struct listing *listing)
{
    while (!full(listing) && !listing->ended) {
        struct piece piece = {.max = COLLECT_MAX};
        enum err err = ledger_each_record(listing->names.txn, listing->kind.number,
                                          listing->started ? listing->last : NULL, STORE_BACK,
                                          collect, &piece);
        for (uint32_t i = 0; i < piece.count && err == ERR_OK && !full(listing); i++) {
            err = show(listing, piece.rids[i]);
            memcpy(listing->last, piece.rids[i], RID_BYTES);
            listing->started = true;
            listing->looked_at++;
            listing->ended = i + 1 == piece.count && piece.count < piece.max;
        }
        if (err != ERR_OK)
            return err;
        if (piece.count == 0)
            listing->ended = true;
    }
    return ERR_OK;
}

static enum err listing_begin(struct listing *listing, struct api_call call, struct err_info *info)
{
    enum err err = kind_choose(http_param(call.request, "kind"), &listing->kind, info);
    if (err == ERR_OK)
        err = page_limit(call.request, &listing->limit, info);
    if (err == ERR_OK)
        err = filter_parse(listing->names.txn, call.request, listing->kind.kind, &listing->filter,
                           info);
    const char *cursor = http_query(call.request, "cursor");
    if (err == ERR_OK && cursor != NULL && cursor[0] != '\0') {
        listing->started = true;
        if (!id_parse(cursor, listing->last))
            err = err_set(info, ERR_INVALID, "cursor: not one that this list gave");
    }
    return err;
}

void api_records_list(struct api_call call)
{
    struct listing listing = {0};
    struct err_info info = {0};
    if (!api_read(call, &listing.names.txn))
        return;
    arena_init(&listing.arena, API_VIEW_BYTES_MAX);
    answer_begin(call, &listing.json);
    enum err err = listing_begin(&listing, call, &info);
    if (err == ERR_OK) {
        jsonw_object_begin(&listing.json);
        jsonw_key(&listing.json, "records");
        jsonw_array_begin(&listing.json);
        err = fill(&listing);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the records could not be read: %s", err_text(err));
    }
    if (err == ERR_OK) {
        jsonw_array_end(&listing.json);
        if (listing.ended)
            jsonw_put_null(&listing.json, "next");
        else
            put_hex(&listing.json, "next", bytes_of(listing.last, RID_BYTES));
        jsonw_object_end(&listing.json);
        http_reply_json(call.response, 200, &listing.json);
    } else {
        http_problem_info(call.response, &info);
    }
    jsonw_deinit(&listing.json);
    arena_deinit(&listing.arena);
    store_abort(listing.names.txn);
}
