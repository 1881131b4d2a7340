#pragma once

#include "lib/api/internal.h"

/* Reports read records a piece at a time, up to a bound that they then name. */

enum { SCAN_PIECE = 256, SCAN_RECORDS_MAX = 50 * 1000 };

struct scan {
    struct store_txn *txn;
    uint32_t left;   /* records it may still look at */
    bool incomplete; /* the bound was reached */
};

/* `each` for every record of the kind that is not deleted, newest first; false stops. Memory of the
 * view lives until the next one. Errors: store errors. */
NODISCARD enum err scan_views(struct scan *scan, uint16_t kind,
                              bool (*each)(void *context, const struct record_view *view),
                              void *context);

/* The plain value of a text field, or empty. */
struct bytes scan_text(const struct record_view *view, uint16_t field);
int64_t scan_int(const struct record_view *view, uint16_t field, int64_t absent);
/* The day of a field, or DAY_NONE. */
int32_t scan_day(const struct record_view *view, uint16_t field);

/* as_of=, from=, to= of a request; `day` keeps its default when absent. Errors: ERR_INVALID. */
NODISCARD enum err query_day(const struct http_request *request, const char *name,
                             int32_t *day_inout, struct err_info *info);
/* site=; false: all. */
NODISCARD enum err query_site(const struct http_request *request, struct store_txn *txn,
                              uint64_t *site_out, bool *given_out, struct err_info *info);
/* "2026-11-22", or null for DAY_NONE. */
void put_day(struct jsonw *json, const char *key, int32_t day);
void put_rid(struct jsonw *json, const char *key, const uint8_t rid[RID_BYTES]);
/* {"hits":…, "counted":…} with `low` and `high` of the interval when there is one. */
void put_counted(struct jsonw *json, const char *key, uint64_t hits, uint64_t counted);
