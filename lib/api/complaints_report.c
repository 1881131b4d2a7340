/* The year's report on complaints, from cells: counts by month, outcome and topic, added up. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/api/scan.h"
#include "proto/cse/facts.h"
#include "proto/cse/picture_cells.h"
#include "proto/cse/small_cells.h"
#include "proto/record/fields.h"

enum { QUARTERS_MAX = 40, OUTCOMES = 8, TOPICS = 16 };

struct totals {
    int64_t numbers[REPORT_NUMBERS];
};

struct report {
    struct api *api;
    struct store_txn *txn;
    uint32_t from, to; /* months as in keys */
    int32_t from_day, to_day;
    bool by_site, published;
    uint64_t site;
    uint64_t centre;
    struct totals all;
    int64_t outcomes[OUTCOMES], topics[TOPICS];
    uint32_t first_quarter, quarter_count;
    struct totals quarters[QUARTERS_MAX];
    uint32_t site_count;
    struct {
        uint64_t site;
        int64_t received;
    } sites[SMALL_CELLS_MAX];
    int64_t contacts;
    struct fact_pair handling, upheld;
};

static void add(struct totals *to, const int64_t *numbers)
{
    for (int i = 0; i < REPORT_NUMBERS; i++)
        to->numbers[i] += numbers[i];
}

static void add_site(struct report *report, uint64_t site, int64_t received)
{
    for (uint32_t i = 0; i < report->site_count; i++) {
        if (report->sites[i].site == site) {
            report->sites[i].received += received;
            return;
        }
    }
    if (report->site_count == SMALL_CELLS_MAX)
        return; /* of more sites the total tells */
    report->sites[report->site_count].site = site;
    report->sites[report->site_count++].received = received;
}

static uint32_t quarter_of(uint32_t month)
{
    return (month - 1) / 3;
}

static bool on_report(void *context, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct report *report = context;
    if (key.len != CELL_REPORT_BYTES || count != REPORT_NUMBERS)
        return true;
    uint64_t site = get_u64(key.data + 1);
    uint32_t month = get_u32(key.data + CELL_HEAD_BYTES);
    uint8_t outcome = key.data[CELL_MONTH_BYTES], topic = key.data[CELL_MONTH_BYTES + 1];
    if (month < report->from || month > report->to || (report->by_site && site != report->site))
        return true;
    add(&report->all, numbers);
    report->outcomes[outcome < OUTCOMES ? outcome : 0] += numbers[REPORT_RECEIVED];
    report->topics[topic < TOPICS ? topic : 0] += numbers[REPORT_RECEIVED];
    uint32_t quarter = quarter_of(month) - report->first_quarter;
    if (quarter < QUARTERS_MAX) {
        add(&report->quarters[quarter], numbers);
        report->quarter_count =
            quarter + 1 > report->quarter_count ? quarter + 1 : report->quarter_count;
    }
    add_site(report, site, numbers[REPORT_RECEIVED]);
    return true;
}

static bool on_fact(void *context, struct bytes key, const int64_t *numbers, uint32_t count)
{
    struct report *report = context;
    if (key.len != CELL_FACT_BYTES || count != 2)
        return true;
    uint8_t fact = key.data[CELL_HEAD_BYTES];
    int32_t day = cell_day_back(get_u32(key.data + CELL_HEAD_BYTES + 1));
    if (day < report->from_day || day > report->to_day ||
        (report->by_site && get_u64(key.data + 1) != report->site))
        return true;
    if (fact == FACT_CONTACTS)
        report->contacts += numbers[1];
    if (fact == FACT_HANDLING_SATISFIED) {
        report->handling.hits += numbers[0];
        report->handling.counted += numbers[1];
    }
    if (fact == FACT_ROOT_CAUSE) {
        report->upheld.hits += numbers[0];
        report->upheld.counted += numbers[1];
    }
    return true;
}

static enum err gather(struct report *report)
{
    struct cell_source cells = ledger_cells(report->txn);
    const uint8_t view = CELL_REPORT, facts = CELL_FACT;
    enum err err = cells.scan(cells.context, bytes_of(&view, 1), on_report, report);
    return err == ERR_OK ? cells.scan(cells.context, bytes_of(&facts, 1), on_fact, report) : err;
}

/* ---- the answer ---- */

static uint64_t positive(int64_t number)
{
    return number > 0 ? (uint64_t)number : 0;
}

static uint64_t small_cell(const struct report *report)
{
    return (uint64_t)ledger_rules(report->api->config.ledger)->settings.small_cell;
}

/* Counts that belong to one total; hidden ones are null. */
static void put_counts_of(struct jsonw *json, const struct report *report, const int64_t *counts,
                          uint32_t count, const struct enum_value *values)
{
    uint64_t cells[SMALL_CELLS_MAX];
    bool hidden[SMALL_CELLS_MAX] = {false};
    for (uint32_t i = 0; i < count; i++)
        cells[i] = positive(counts[i]);
    if (report->published)
        (void)small_cells_hide(cells, count, small_cell(report), hidden);
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < count; i++) {
        const struct enum_value *value = values;
        while (value->name != NULL && value->number != i)
            value++;
        if (cells[i] == 0)
            continue;
        jsonw_object_begin(json);
        jsonw_put_string(json, "name", value->name != NULL ? value->name : "not-stated");
        jsonw_put_said(json, "label", value->name != NULL ? value->label : N_("Not stated"));
        if (hidden[i])
            jsonw_put_string(json, "count", "*");
        else
            jsonw_put_uint(json, "count", cells[i]);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

/* ---- shares, means and counts of a total ---- */

/* What one total tells. A mean has its days and how many they are of. */
static const struct {
    const char *key, *of_key; /* of_key: a mean's */
    int hits, counted;        /* counted -1: a count alone */
} measures[] = {
    {"received", NULL, REPORT_RECEIVED, -1},
    {"stage1_on_time", NULL, REPORT_ON_TIME, REPORT_JUDGED},
    {"stage1_working_days", "stage1_answered", REPORT_DAYS, REPORT_ANSWERED},
    {"stage2_on_time", NULL, REPORT_STAGE2_ON_TIME, REPORT_STAGE2_JUDGED},
    {"stage2_working_days", "stage2_answered", REPORT_STAGE2_DAYS, REPORT_STAGE2_ANSWERED},
    {"stage2_upheld", NULL, REPORT_STAGE2_UPHELD, REPORT_STAGE2_ANSWERED},
    {"escalated", NULL, REPORT_ESCALATED, REPORT_RECEIVED},
    {"extended", NULL, REPORT_EXTENDED, -1},
    {"extended_over_cap", NULL, REPORT_OVER_CAP, -1},
    {"referred_outside", NULL, REPORT_OUTSIDE, -1},
    {"resolved_where_made", NULL, REPORT_FIRST_POINT, -1},
    {"repeated", NULL, REPORT_REPEATED, -1},
};
enum { MEASURES = sizeof measures / sizeof measures[0] };

/* R25: a share shows three cells, those it counts, the others, and all; none may be a few people.
 */
static bool share_is_small(const struct report *report, uint64_t hits, uint64_t counted)
{
    uint64_t k = small_cell(report), others = counted > hits ? counted - hits : 0;
    return (hits > 0 && hits < k) || (others > 0 && others < k) || (counted > 0 && counted < k);
}

/* The measures of a total that may not be published, a bit each. */
static uint32_t hidden_of(const struct report *report, const struct totals *totals)
{
    uint32_t hidden = 0;
    for (uint32_t i = 0; report->published && i < MEASURES; i++) {
        uint64_t hits = positive(totals->numbers[measures[i].hits]);
        uint64_t counted =
            measures[i].counted >= 0 ? positive(totals->numbers[measures[i].counted]) : hits;
        bool mean = measures[i].of_key != NULL;
        if (share_is_small(report, mean ? counted : hits, counted))
            hidden |= UINT32_C(1) << i;
    }
    return hidden;
}

static void put_measure(struct jsonw *json, const struct totals *totals, uint32_t i, bool hidden)
{
    int64_t hits = totals->numbers[measures[i].hits];
    if (hidden) {
        jsonw_put_string(json, measures[i].key, "*");
        if (measures[i].of_key != NULL)
            jsonw_put_string(json, measures[i].of_key, "*");
    } else if (measures[i].of_key != NULL) {
        jsonw_put_int(json, measures[i].of_key, totals->numbers[measures[i].counted]);
        jsonw_put_int(json, measures[i].key, hits);
    } else if (measures[i].counted < 0) {
        jsonw_put_int(json, measures[i].key, hits);
    } else {
        put_counted(json, measures[i].key, positive(hits),
                    positive(totals->numbers[measures[i].counted]));
    }
}

static void put_totals(struct jsonw *json, const struct totals *totals, uint32_t hidden)
{
    for (uint32_t i = 0; i < MEASURES; i++)
        put_measure(json, totals, i, (hidden >> i & 1) != 0);
}

/* A share of the whole report. */
static void put_share(struct jsonw *json, const struct report *report, const char *key,
                      struct fact_pair pair)
{
    uint64_t hits = positive(pair.hits), counted = positive(pair.counted);
    if (report->published && share_is_small(report, hits, counted))
        jsonw_put_string(json, key, "*");
    else
        put_counted(json, key, hits, counted);
}

/* One quarter that is hidden could be had from the others and the total: a measure is shown of
 * every quarter or of none. */
static uint32_t hidden_of_quarters(const struct report *report)
{
    uint32_t hidden = hidden_of(report, &report->all);
    for (uint32_t i = 0; i < report->quarter_count; i++)
        hidden |= hidden_of(report, &report->quarters[i]);
    return hidden;
}

static void put_quarters(struct jsonw *json, const struct report *report)
{
    uint32_t hidden = hidden_of_quarters(report);
    jsonw_key(json, "quarters");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < report->quarter_count; i++) {
        uint32_t month = (report->first_quarter + i) * 3;
        char name[16];
        (void)snprintf(name, sizeof name, "%u-Q%u", month / 12, month % 12 / 3 + 1);
        jsonw_object_begin(json);
        jsonw_put_string(json, "quarter", name);
        put_totals(json, &report->quarters[i], hidden);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

static void put_sites_of(struct jsonw *json, const struct report *report)
{
    struct site_names names = {.txn = report->txn};
    uint64_t counts[SMALL_CELLS_MAX];
    bool hidden[SMALL_CELLS_MAX] = {false};
    for (uint32_t i = 0; i < report->site_count; i++)
        counts[i] = positive(report->sites[i].received);
    if (report->published)
        (void)small_cells_hide(counts, report->site_count, small_cell(report), hidden);
    jsonw_key(json, "sites");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < report->site_count; i++) {
        jsonw_object_begin(json);
        jsonw_put_string(json, "site", site_name(&names, report->sites[i].site));
        if (hidden[i])
            jsonw_put_string(json, "received", "*");
        else
            jsonw_put_uint(json, "received", counts[i]);
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

static const struct enum_value *values_of(uint16_t field)
{
    return field_by_number(kind_by_number(KIND_COMPLAINT), field)->values;
}

static void put_report(struct jsonw *json, const struct report *report, const struct report *before)
{
    int64_t upheld = report->outcomes[OUTCOME_UPHELD] + report->outcomes[OUTCOME_PARTLY_UPHELD];
    int64_t decided = upheld + report->outcomes[OUTCOME_NOT_UPHELD];
    int64_t earlier = before->all.numbers[REPORT_RECEIVED];
    put_day(json, "from", report->from_day);
    put_day(json, "to", report->to_day);
    jsonw_put_bool(json, "published", report->published);
    put_totals(json, &report->all, hidden_of(report, &report->all));
    put_share(json, report, "upheld", (struct fact_pair){upheld, decided});
    if (report->published && share_is_small(report, positive(earlier), positive(earlier)))
        jsonw_put_string(json, "received_before", "*");
    else
        jsonw_put_int(json, "received_before", earlier);
    put_share(json, report, "handling_satisfied", report->handling);
    put_share(json, report, "handling_answered",
              (struct fact_pair){report->handling.counted, report->upheld.counted});
    put_share(json, report, "root_cause_stated", report->upheld);
    jsonw_put_int(json, "contacts", report->contacts);
    jsonw_key(json, "outcomes");
    put_counts_of(json, report, report->outcomes, OUTCOMES, values_of(COMPLAINT_OUTCOME));
    jsonw_key(json, "topics");
    put_counts_of(json, report, report->topics, TOPICS, values_of(COMPLAINT_TOPIC));
    put_quarters(json, report);
    put_sites_of(json, report);
}

static enum err parse(struct api_call call, struct report *report, struct err_info *info)
{
    const char *publish = http_query(call.request, "publish");
    struct civil today = civil_from_day(api_today(call.api));
    report->from_day = civil_day((struct civil){.year = today.year, .month = 1, .day = 1});
    report->to_day = api_today(call.api);
    enum err err = query_day(call.request, "from", &report->from_day, info);
    if (err == ERR_OK)
        err = query_day(call.request, "to", &report->to_day, info);
    if (err == ERR_OK && report->to_day < report->from_day)
        err = err_set(info, ERR_INVALID, "to: is before from");
    if (err == ERR_OK)
        err = query_site(call.request, report->txn, &report->site, &report->by_site, info);
    report->published = publish != NULL && strcmp(publish, "true") == 0;
    report->from = cell_month(report->from_day);
    report->to = cell_month(report->to_day);
    report->first_quarter = quarter_of(report->from);
    return err;
}

void api_complaints_report(struct api_call call)
{
    struct err_info info = {0};
    struct jsonw json;
    struct report *reports = calloc(2, sizeof *reports);
    if (reports == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    struct report *now = &reports[0], *before = &reports[1];
    now->api = call.api;
    if (!api_read(call, &now->txn)) {
        free(reports);
        return;
    }
    enum err err = parse(call, now, &info);
    if (err == ERR_OK) {
        *before = *now; /* the same time a year before */
        before->from_day = civil_add_months(now->from_day, -12);
        before->to_day = civil_add_months(now->to_day, -12);
        before->from = now->from - 12;
        before->to = now->to - 12;
        before->first_quarter = quarter_of(before->from);
        err = gather(now);
        if (err == ERR_OK)
            err = gather(before);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the report could not be made: %s", err_text(err));
    }
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        answer_begin(call, &json);
        jsonw_object_begin(&json);
        put_report(&json, now, before);
        jsonw_object_end(&json);
        answer_end(call, 200, &json);
    }
    store_abort(now->txn);
    free(reports);
}
