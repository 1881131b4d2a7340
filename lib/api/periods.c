/* Operations become evidence: for a quarter that has ended, one frozen record for each element
 * whose figure comes from complaints, answers, contacts or measurements. It says period, count,
 * formula, source and the hash of what was counted; it is filed once, and counts when somebody has
 * accepted it. */
#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/api/scan.h"
#include "proto/cse/deadlines.h"
#include "proto/cse/picture_cells.h"
#include "proto/cse/rates.h"
#include "proto/cse/signals.h"
#include "proto/record/fields.h"

enum { PERIOD_TEXT_BYTES = 16, HASH_TEXT_BYTES = 33, NOTE_BYTES = 400 };

struct figure {
    int64_t hits, counted;
    crypto_generichash_state hash; /* of the cells counted */
};

struct filing {
    struct api *api;
    struct store_txn *txn;
    struct cell_source cells;
    int32_t from, to;
    char period[PERIOD_TEXT_BYTES];
    uint64_t filed; /* elements that have theirs, bit 0 for place 1 */
    struct figure figures[FACTS_END];
    struct figure standards;
    enum err err; /* of what was looked up on the way */
    uint32_t made;
    struct write_list *lists[ELEMENTS]; /* of the records that are made, all of them or none */
    struct change changes[ELEMENTS];
};

/* "2026-Q3" as its days. */
static bool period_days(const char *text, int32_t *from_out, int32_t *to_out)
{
    int year = 0, quarter = 0;
    char rest = '\0';
    if (sscanf(text, "%4d-Q%1d%c", &year, &quarter, &rest) != 2 || year < 1900 || year > 9998 ||
        quarter < 1 || quarter > 4)
        return false;
    *from_out = civil_day((struct civil){.year = year, .month = 3 * quarter - 2, .day = 1});
    *to_out = civil_add_months(*from_out, 3) - 1;
    return true;
}

/* The quarter before the one the day is in. */
static void period_before(int32_t today, char text_out[PERIOD_TEXT_BYTES])
{
    struct civil at = civil_from_day(civil_add_months(today, -3));
    (void)snprintf(text_out, PERIOD_TEXT_BYTES, "%04u-Q%u", (unsigned)at.year % 10000U,
                   (unsigned)(at.month - 1) / 3U + 1U);
}

/* ---- gathering ---- */

static void count(struct figure *figure, struct bytes key, int64_t hits, int64_t counted)
{
    uint8_t numbers[16];
    if (figure->counted == 0 && figure->hits == 0)
        crypto_generichash_init(&figure->hash, NULL, 0, 16);
    put_u64(numbers, (uint64_t)hits);
    put_u64(numbers + 8, (uint64_t)counted);
    crypto_generichash_update(&figure->hash, key.data, key.len);
    crypto_generichash_update(&figure->hash, numbers, sizeof numbers);
    figure->hits += hits;
    figure->counted += counted;
}

static bool on_fact(void *context, struct bytes key, const int64_t *numbers, uint32_t n)
{
    struct filing *filing = context;
    if (key.len != CELL_FACT_BYTES || n != 2 || key.data[CELL_HEAD_BYTES] >= FACTS_END)
        return true;
    int32_t day = cell_day_back(get_u32(key.data + CELL_HEAD_BYTES + 1));
    if (day >= filing->from && day <= filing->to)
        count(&filing->figures[key.data[CELL_HEAD_BYTES]], key, numbers[0], numbers[1]);
    return true;
}

static bool on_evidence(void *context, const struct record_view *view)
{
    struct filing *filing = context;
    if (scan_int(view, EVIDENCE_GENERATED, 0) != 0 &&
        bytes_equal(scan_text(view, EVIDENCE_PERIOD), bytes_of_text(filing->period)))
        filing->filed |= view_elements(view, EVIDENCE_ELEMENTS);
    return true;
}

static bool on_measurement(void *context, const struct record_view *view)
{
    struct filing *filing = context;
    struct mp_reader reader = mp_reader_of(view_get(view, MEASUREMENT_STANDARD));
    struct bytes rid = mp_read_bin(&reader);
    int32_t to = scan_day(view, MEASUREMENT_PERIOD_TO);
    int64_t within = scan_int(view, MEASUREMENT_WITHIN, -1);
    int64_t total = scan_int(view, MEASUREMENT_TOTAL, -1), target = -1;
    struct arena arena;
    struct record_view standard;
    if (reader.err != ERR_OK || rid.len != RID_BYTES || to < filing->from || to > filing->to ||
        within < 0 || total <= 0)
        return true;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    enum err err = ledger_view(filing->txn, KIND_STANDARD, rid.data, &arena, &standard, NULL);
    if (err == ERR_OK)
        target = scan_int(&standard, STANDARD_TARGET_SHARE, -1);
    else if (err != ERR_NOT_FOUND)
        filing->err = err;
    arena_deinit(&arena);
    if (target < 0 || target > 100)
        return true;
    struct share share = {(uint64_t)within, (uint64_t)total};
    bool met = attainment_of(share, (int)target, 0) == ATTAINED;
    count(&filing->standards, bytes_of(view->rid, RID_BYTES), met, 1);
    return true;
}

static enum err gather(struct filing *filing)
{
    const uint8_t facts = CELL_FACT;
    struct scan scan = {.txn = filing->txn, .left = SCAN_RECORDS_MAX};
    filing->cells = ledger_cells(filing->txn);
    enum err err = filing->cells.scan(filing->cells.context, bytes_of(&facts, 1), on_fact, filing);
    if (err == ERR_OK)
        err = scan_views(&scan, KIND_EVIDENCE, on_evidence, filing);
    if (err == ERR_OK)
        err = scan_views(&scan, KIND_MEASUREMENT, on_measurement, filing);
    return err == ERR_OK ? filing->err : err;
}

/* ---- filing ---- */

/* Does the signal's figure come from what sites do every day? */
static struct figure *figure_of(struct filing *filing, const struct signal *signal)
{
    if (signal->op == SIGNAL_ALL_MET || signal->op == SIGNAL_PERIODS)
        return &filing->standards;
    uint16_t kind = signal_kind(signal);
    bool daily = kind == KIND_COMPLAINT || kind == KIND_RESPONSE || kind == KIND_SURVEY_RESULT ||
                 kind == KIND_CONTACT;
    bool share = signal->op == SIGNAL_SHARE || signal->op == SIGNAL_MAJORITY ||
                 signal->op == SIGNAL_SHARE_OPEN || signal->op == SIGNAL_NOT_FALLING ||
                 signal->op == SIGNAL_NOT_RISING;
    return daily && share ? &filing->figures[signal->fact] : NULL;
}

static enum err add_text(struct write_list *list, uint16_t field, const char *text,
                         struct err_info *info)
{
    struct mp_buf buf;
    mp_buf_init(&buf, NOTE_BYTES * 2);
    mp_put_str(&buf, bytes_of_text(text));
    enum err err = write_list_add_made(list, field, NULL, &buf, info);
    mp_buf_deinit(&buf);
    return err;
}

static enum err add_int(struct write_list *list, uint16_t field, int64_t number,
                        struct err_info *info)
{
    struct mp_buf buf;
    mp_buf_init(&buf, 16);
    mp_put_int(&buf, number);
    enum err err = write_list_add_made(list, field, NULL, &buf, info);
    mp_buf_deinit(&buf);
    return err;
}

static enum err add_flag(struct write_list *list, uint16_t field, uint8_t element,
                         struct err_info *info)
{
    struct mp_buf member, yes;
    mp_buf_init(&member, 16);
    mp_buf_init(&yes, 16);
    mp_put_bool(&yes, true);
    if (element != 0)
        mp_put_uint(&member, element);
    enum err err = write_list_add_made(list, field, element != 0 ? &member : NULL, &yes, info);
    mp_buf_deinit(&member);
    mp_buf_deinit(&yes);
    return err;
}

struct told {
    char title[200], formula[NOTE_BYTES], source[NOTE_BYTES], proves[NOTE_BYTES];
    char hash[HASH_TEXT_BYTES];
};

static void tell(const struct filing *filing, const struct signal *signal, struct figure *figure,
                 struct told *told)
{
    uint8_t digest[16];
    struct form from, to, hits, counted, share;
    enum language language = filing->api->config.language; /* of whoever reads the record */
    const struct kind *kind = kind_by_number(signal_kind(signal));
    int64_t tenths =
        share_percent_tenths((struct share){(uint64_t)figure->hits, (uint64_t)figure->counted});
    crypto_generichash_state state = figure->hash;
    crypto_generichash_final(&state, digest, sizeof digest);
    hex_encode(bytes_of(digest, sizeof digest), told->hash);
    text_say(language, told->title, sizeof told->title, "%s, %s", signal->label, filing->period);
    text_say(language, told->formula, sizeof told->formula, "%s of %s = %s %%",
             form_int(language, figure->hits, &hits), form_int(language, figure->counted, &counted),
             form_fixed(language, tenths, 1, &share));
    text_say(language, told->source, sizeof told->source, "%s: records of all sites, %s to %s",
             kind->label, form_day(language, filing->from, &from),
             form_day(language, filing->to, &to));
    text_say(language, told->proves, sizeof told->proves, "%s: %s", signal->label, told->formula);
}

static enum err fill(struct write_list *list, const struct filing *filing,
                     const struct signal *signal, const struct figure *figure,
                     const struct told *told, struct err_info *info)
{
    const struct {
        uint16_t field;
        const char *text;
    } texts[] = {{EVIDENCE_TITLE, told->title},         {EVIDENCE_PROVES, told->proves},
                 {EVIDENCE_PERIOD, filing->period},     {EVIDENCE_FORMULA, told->formula},
                 {EVIDENCE_SOURCE_RANGE, told->source}, {EVIDENCE_SOURCE_HASH, told->hash}};
    const struct {
        uint16_t field;
        int64_t number;
    } numbers[] = {{EVIDENCE_TYPE, 7 /* data */},
                   {EVIDENCE_DATE, filing->to},
                   {EVIDENCE_PERIOD_FROM, filing->from},
                   {EVIDENCE_PERIOD_TO, filing->to},
                   {EVIDENCE_COUNTED, figure->counted}};
    enum err err = add_flag(list, EVIDENCE_GENERATED, 0, info);
    if (err == ERR_OK)
        err = add_flag(list, EVIDENCE_ELEMENTS, signal->element, info);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && err == ERR_OK; i++)
        err = add_text(list, texts[i].field, texts[i].text, info);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && err == ERR_OK; i++)
        err = add_int(list, numbers[i].field, numbers[i].number, info);
    return err == ERR_OK ? write_list_finish(list, info) : err;
}

static enum err make_one(struct filing *filing, const struct signal *signal, struct figure *figure,
                         struct err_info *info)
{
    struct told told;
    struct write_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    assert(filing->made < ELEMENTS);
    filing->lists[filing->made] = list;
    tell(filing, signal, figure, &told);
    write_list_init(list, filing->api, NULL);
    enum err err = fill(list, filing, signal, figure, &told, info);
    filing->changes[filing->made++] = (struct change){.kind = KIND_EVIDENCE,
                                                      .create = true,
                                                      .author = "",
                                                      .writes = list->writes,
                                                      .write_count = list->count};
    return err;
}

/* One record an element: of its first figure that counted anything. */
static enum err file_all(struct filing *filing, struct err_info *info)
{
    uint32_t signal_count;
    const struct signal *signals = signals_all(&signal_count);
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < signal_count && err == ERR_OK; i++) {
        struct figure *figure = figure_of(filing, &signals[i]);
        uint64_t bit = UINT64_C(1) << (signals[i].element - 1);
        if (figure == NULL || figure->counted <= 0 || figure->hits < 0 ||
            figure->hits > figure->counted || (filing->filed & bit) != 0)
            continue;
        err = make_one(filing, &signals[i], figure, info);
        filing->filed |= bit;
    }
    struct written first;
    if (err == ERR_OK && filing->made > 0)
        err = api_changes(filing->api, filing->changes, filing->made, &first, info);
    for (uint32_t i = 0; i < ELEMENTS && filing->lists[i] != NULL; i++) {
        write_list_deinit(filing->lists[i]);
        free(filing->lists[i]);
    }
    return err;
}

static enum err file_period(struct api *api, const char *period, uint32_t *made_out,
                            struct err_info *info)
{
    struct filing *filing = calloc(1, sizeof *filing);
    if (filing == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    filing->api = api;
    (void)snprintf(filing->period, sizeof filing->period, "%s", period);
    enum err err = ERR_OK;
    if (!period_days(period, &filing->from, &filing->to))
        err = err_set(info, ERR_INVALID, "period: '%.16s' is no quarter; write 2026-Q3", period);
    else if (filing->to >= api_today(api))
        err = err_set(info, ERR_INVALID, "period: %s has not ended yet", period);
    if (err == ERR_OK)
        err = store_begin(api->store, STORE_READ, &filing->txn, info);
    if (err == ERR_OK) {
        err = gather(filing);
        store_abort(filing->txn);
        if (err != ERR_OK)
            (void)err_set(info, err, "the period's figures could not be read");
    }
    if (err == ERR_OK)
        err = file_all(filing, info);
    *made_out = err == ERR_OK ? filing->made : 0;
    free(filing);
    return err;
}

void periods_tick(struct api *api)
{
    char period[PERIOD_TEXT_BYTES];
    struct err_info info = {0};
    uint32_t made = 0;
    int32_t today = api_today(api);
    if (api->config.role != LEDGER_BROKER || api->filed_on == today)
        return;
    api->filed_on = today; /* once a day is often enough, also after a failure */
    period_before(today, period);
    if (file_period(api, period, &made, &info) != ERR_OK)
        log_failure(LOG_WARN, "period.not_filed", &info);
    else if (made > 0)
        log_event(LOG_INFO, "period.filed", "period=%s records=%u", period, (unsigned)made);
}

void api_period_file(struct api_call call)
{
    char period[PERIOD_TEXT_BYTES];
    struct err_info info = {0};
    struct jsonw json;
    uint32_t made = 0;
    const char *asked = http_query(call.request, "period");
    if (!answer_reserve(call, &json))
        return;
    period_before(api_today(call.api), period);
    if (asked != NULL)
        (void)snprintf(period, sizeof period, "%s", asked);
    if (file_period(call.api, period, &made, &info) != ERR_OK) {
        http_problem_info(call.response, &info);
        jsonw_deinit(&json);
        return;
    }
    jsonw_object_begin(&json);
    jsonw_put_string(&json, "period", period);
    jsonw_put_uint(&json, "filed", made);
    jsonw_object_end(&json);
    answer_end(call, 200, &json);
}
