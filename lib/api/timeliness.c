/* GET timeliness: how many complaints or contacts of a time were answered within their limit, by
 * month, from cells. What cse measure makes measurements of. */
#include <stdlib.h>

#include "lib/api/scan.h"
#include "proto/cse/deadlines.h"
#include "proto/cse/picture_cells.h"

enum { MONTHS_MAX = 1200 };

struct timely {
    bool contacts, by_site;
    uint64_t site;
    uint32_t from, to, first;
    uint64_t within[MONTHS_MAX], total[MONTHS_MAX];
};

static bool on_cell(void *context, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct timely *timely = context;
    uint32_t expected = timely->contacts ? CONTACT_NUMBERS : COMPLAINT_NUMBERS;
    if (key.len != CELL_MONTH_BYTES || count != expected)
        return true;
    uint32_t month = get_u32(key.data + CELL_HEAD_BYTES), at = month - timely->first;
    if (month < timely->from || month > timely->to || at >= MONTHS_MAX ||
        (timely->by_site && get_u64(key.data + 1) != timely->site))
        return true;
    int64_t within =
        timely->contacts ? numbers[CONTACTS_ON_TIME] : numbers[COMPLAINTS_ANSWERED_ON_TIME];
    int64_t total = timely->contacts ? numbers[CONTACTS_ON_TIME] + numbers[CONTACTS_LATE]
                                     : numbers[COMPLAINTS_ANSWERED];
    timely->within[at] += within > 0 ? (uint64_t)within : 0;
    timely->total[at] += total > 0 ? (uint64_t)total : 0;
    return true;
}

static void put_months(struct jsonw *json, const struct timely *timely)
{
    uint64_t within = 0, total = 0;
    jsonw_key(json, "months");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < MONTHS_MAX; i++) {
        uint32_t month = timely->first + i;
        struct civil date = {
            .year = (int)((month - 1) / 12), .month = (int)((month - 1) % 12) + 1, .day = 1};
        if (timely->total[i] == 0)
            continue;
        int32_t first = civil_day(date);
        jsonw_object_begin(json);
        put_day(json, "period_from", first);
        put_day(json, "period_to", civil_add_months(first, 1) - 1);
        jsonw_put_uint(json, "within", timely->within[i]);
        jsonw_put_uint(json, "total", timely->total[i]);
        jsonw_object_end(json);
        within += timely->within[i];
        total += timely->total[i];
    }
    jsonw_array_end(json);
    jsonw_put_uint(json, "within", within);
    jsonw_put_uint(json, "total", total);
}

static enum err parse(struct api_call call, struct store_txn *txn, struct timely *timely,
                      struct err_info *info)
{
    const char *of = http_query(call.request, "of");
    int32_t to = api_today(call.api), from = civil_add_months(to, -MONTHS_MAX / 2);
    timely->contacts = of != NULL && strcmp(of, "contacts") == 0;
    if (of == NULL || (!timely->contacts && strcmp(of, "complaints") != 0))
        return err_set(info, ERR_INVALID, "of: complaints or contacts");
    enum err err = query_day(call.request, "from", &from, info);
    if (err == ERR_OK)
        err = query_day(call.request, "to", &to, info);
    if (err == ERR_OK)
        err = query_site(call.request, txn, &timely->site, &timely->by_site, info);
    timely->from = timely->first = cell_month(from);
    timely->to = cell_month(to);
    return err;
}

void api_timeliness(struct api_call call)
{
    struct timely *timely = calloc(1, sizeof *timely);
    struct store_txn *txn;
    struct err_info info = {0};
    struct jsonw json;
    if (timely == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    if (!api_read(call, &txn)) {
        free(timely);
        return;
    }
    enum err err = parse(call, txn, timely, &info);
    if (err == ERR_OK) {
        struct cell_source cells = ledger_cells(txn);
        const uint8_t view = timely->contacts ? CELL_CONTACT : CELL_COMPLAINT;
        err = cells.scan(cells.context, bytes_of(&view, 1), on_cell, timely);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the figures could not be read: %s", err_text(err));
    }
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        answer_begin(call, &json);
        jsonw_object_begin(&json);
        put_months(&json, timely);
        jsonw_object_end(&json);
        answer_end(call, 200, &json);
    }
    store_abort(txn);
    free(timely);
}
