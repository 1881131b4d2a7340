/* GET surveys: what people answered, by wave or by another trait, as ISO 10004 asks: counts with
 * their interval, nets, means, drivers, gaps and trends. Single answers and results that came as
 * counts add up in the same figures. */
#include "lib/api/surveys.h"

#include <math.h>
#include <stdlib.h>

#include "proto/cse/sample.h"
#include "proto/cse/trend.h"
#include "proto/record/fields.h"

static uint64_t sum_of(const uint64_t *counts, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += counts[i];
    return sum;
}

static void put_hidden(struct jsonw *json, const char *key)
{
    jsonw_put_string(json, key, "*");
}

static void put_satisfied(struct jsonw *json, const struct survey_report *report,
                          const struct group *group, bool hidden)
{
    struct share share = csat_share(group->csat, !report->neutral_out);
    int64_t positive, net, mean;
    bool few = report->published && share.counted < (uint64_t)report->settings->small_cell;
    if (hidden || few) {
        put_hidden(json, "satisfied");
        return;
    }
    put_counted(json, "satisfied", share.hits, share.counted);
    if (weighted_satisfaction(group->csat, &positive, &net)) {
        jsonw_key(json, "weighted_percent");
        jsonw_fixed(json, positive, 2);
        jsonw_key(json, "net_percent");
        jsonw_fixed(json, net, 2);
    }
    if (answers_mean_hundredths(group->csat, 5, &mean)) {
        jsonw_key(json, "mean");
        jsonw_fixed(json, mean, 2);
    }
    if (group->weight > 0 && group->weight != (int64_t)share.counted * 1000000) {
        jsonw_key(json, "survey_weighted_percent");
        jsonw_fixed(
            json,
            (int64_t)llround(10000.0 * (double)group->weight_satisfied / (double)group->weight), 2);
    }
}

static void put_scores(struct jsonw *json, const struct survey_report *report,
                       const struct group *group, bool hidden)
{
    struct promoters nps = nps_groups(group->nps);
    uint64_t asked = nps.promoters + nps.passives + nps.detractors, eased = sum_of(group->ces, 7);
    uint64_t k = report->published ? (uint64_t)report->settings->small_cell : 1;
    int64_t tenths, mean;
    if (!hidden && asked >= k && nps_tenths(nps, &tenths)) {
        jsonw_key(json, "nps");
        jsonw_fixed(json, tenths, 1);
        jsonw_key(json, "nps_margin");
        jsonw_fixed(json, (int64_t)lround(nps_margin(nps) * 10.0), 1);
    }
    if (!hidden && eased >= k && net_easy_tenths(group->ces, &tenths) &&
        answers_mean_hundredths(group->ces, 7, &mean)) {
        jsonw_key(json, "net_easy");
        jsonw_fixed(json, tenths, 1);
        jsonw_key(json, "ease_mean");
        jsonw_fixed(json, mean, 2);
    }
    jsonw_put_uint(json, "nps_answers", hidden ? 0 : asked);
    jsonw_put_uint(json, "ease_answers", hidden ? 0 : eased);
}

static struct share share_of(const struct survey_report *report, const struct group *group)
{
    return csat_share(group->csat, !report->neutral_out);
}

static void put_group(struct jsonw *json, const struct survey_report *report, uint32_t i,
                      bool hidden)
{
    const struct group *group = &report->groups[i];
    struct share own = share_of(report, group), all = share_of(report, &report->all);
    struct share others = {all.hits - own.hits, all.counted - own.counted};
    uint32_t few = (uint32_t)report->settings->few;
    jsonw_object_begin(json);
    jsonw_put_string(json, "name", group->name);
    if (hidden)
        put_hidden(json, "answers");
    else
        jsonw_put_uint(json, "answers", own.counted);
    put_satisfied(json, report, group, hidden);
    put_scores(json, report, group, hidden);
    jsonw_put_string(json, "gap", gap_text(hidden ? GAP_TOO_FEW : gap_of(own, others, few)));
    if (i > 0 && (report->by == BY_WAVE || report->by == BY_MONTH)) {
        struct share before = share_of(report, &report->groups[i - 1]);
        jsonw_put_string(json, "trend", trend_text(trend_of(before, own, few)));
    }
    jsonw_object_end(json);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

static void put_groups(struct jsonw *json, struct survey_report *report)
{
    uint64_t counts[GROUPS_MAX];
    bool hidden[GROUPS_MAX] = {false};
    qsort(report->groups, report->count, sizeof report->groups[0], by_name);
    for (uint32_t i = 0; i < report->count; i++)
        counts[i] = share_of(report, &report->groups[i]).counted;
    if (report->published)
        (void)small_cells_hide(counts, report->count, (uint64_t)report->settings->small_cell,
                               hidden);
    jsonw_key(json, "groups");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < report->count; i++)
        put_group(json, report, i, hidden[i]);
    jsonw_array_end(json);
}

static void put_drivers(struct jsonw *json, const struct survey_report *report)
{
    double r[DRIVERS], mean[DRIVERS], mean_r = 0, mean_of_means = 0;
    bool known[DRIVERS];
    int count = 0;
    for (int i = 0; i < DRIVERS; i++) {
        const struct pair_sums *sums = &report->all.pairs[i];
        known[i] = pair_correlation(sums, report->settings->few, &r[i]);
        mean[i] = sums->n > 0 ? (double)sums->x / (double)sums->n : 0;
        mean_r += known[i] ? r[i] : 0;
        mean_of_means += known[i] ? mean[i] : 0;
        count += known[i];
    }
    jsonw_key(json, "drivers");
    jsonw_array_begin(json);
    for (int i = 0; i < DRIVERS; i++) {
        const uint64_t *counts = report->all.driver_counts[i];
        uint64_t answers = sum_of(counts, 5);
        if (answers == 0)
            continue;
        jsonw_object_begin(json);
        jsonw_put_string(json, "name", survey_driver_name((uint32_t)i));
        jsonw_put_said(json, "label", survey_driver_label((uint32_t)i));
        put_counted(json, "satisfied", counts[3] + counts[4], answers);
        if (known[i]) {
            jsonw_key(json, "r");
            jsonw_fixed(json, (int64_t)lround(r[i] * 10000.0), 4);
            jsonw_put_string(
                json, "quadrant",
                quadrant_text(quadrant_of(r[i], mean[i], mean_r / count, mean_of_means / count)));
        } else {
            jsonw_put_string(json, "quadrant", "too-few");
        }
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
}

static void put_report(struct jsonw *json, struct survey_report *report)
{
    struct share all = share_of(report, &report->all);
    jsonw_put_uint(json, "answers", all.counted);
    jsonw_put_uint(json, "no_answer", report->all.no_answer);
    jsonw_put_bool(json, "published", report->published);
    jsonw_put_string(json, "middle", report->neutral_out ? N_("no-opinion") : N_("neutral"));
    put_satisfied(json, report, &report->all, false);
    put_scores(json, report, &report->all, false);
    jsonw_put_uint(json, "population", report->population);
    jsonw_put_bool(json, "census", report->census);
    jsonw_put_uint(json, "answers_needed",
                   report->census ? 0
                                  : sample_needed(report->population,
                                                  (uint32_t)report->settings->margin_permille));
    put_groups(json, report);
    put_drivers(json, report);
    jsonw_put_bool(json, "incomplete", report->scan.incomplete || report->overflow);
}

static enum err parse(struct api_call call, struct survey_report *report, struct err_info *info)
{
    static const char *const names[] = {"wave", "channel", "service", "segment", "site", "month"};
    const char *by = http_query(call.request, "by"), *publish = http_query(call.request, "publish");
    uint32_t at = 0;
    while (by != NULL && at < sizeof names / sizeof names[0] && strcmp(by, names[at]) != 0)
        at++;
    if (at == sizeof names / sizeof names[0])
        return err_set(info, ERR_INVALID,
                       "by: '%.32s' is none of wave, channel, service, segment, site, month", by);
    report->by = (enum by)at;
    report->wave = http_query(call.request, "wave");
    report->published = publish != NULL && strcmp(publish, "true") == 0;
    return query_site(call.request, report->names.txn, &report->site, &report->by_site, info);
}

void api_surveys(struct api_call call)
{
    struct err_info info = {0};
    struct jsonw json;
    struct survey_report *report = calloc(1, sizeof *report);
    if (report == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    report->api = call.api;
    report->settings = &ledger_rules(call.api->config.ledger)->settings;
    if (api_read(call, &report->names.txn)) {
        report->scan = (struct scan){.txn = report->names.txn, .left = SCAN_RECORDS_MAX};
        enum err err = parse(call, report, &info);
        if (err == ERR_OK) {
            err = survey_gather(report);
            if (err != ERR_OK)
                (void)err_set(&info, err, "the answers could not be read: %s", err_text(err));
        }
        if (err != ERR_OK) {
            http_problem_info(call.response, &info);
        } else {
            answer_begin(call, &json);
            jsonw_object_begin(&json);
            put_report(&json, report);
            jsonw_object_end(&json);
            answer_end(call, 200, &json);
        }
        store_abort(report->names.txn);
    }
    free(report);
}
