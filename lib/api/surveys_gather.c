/* Answers into groups: single ones and results that came as counts. */
#include <stdio.h>

#include "lib/api/surveys.h"
#include "proto/cse/deadlines.h"
#include "proto/record/fields.h"

/* Drivers a response rates, with the names that reports give them. */
static const struct {
    uint16_t field;
    uint8_t measure; /* enum driver */
    const char *name, *label;
} drivers[DRIVERS] = {
    {RESPONSE_DELIVERY, DRIVER_DELIVERY, "delivery", "Delivery of the service"},
    {RESPONSE_TIMELINESS, DRIVER_TIMELINESS, "timeliness", "Timeliness"},
    {RESPONSE_INFORMATION, DRIVER_INFORMATION, "information", "Information"},
    {RESPONSE_PROFESSIONALISM, DRIVER_PROFESSIONALISM, "professionalism", "Professionalism"},
    {RESPONSE_ATTITUDE, DRIVER_ATTITUDE, "attitude", "Staff attitude"},
};

const char *survey_driver_name(uint32_t driver)
{
    return drivers[driver].name;
}

const char *survey_driver_label(uint32_t driver)
{
    return drivers[driver].label;
}

static struct group *group_named(struct survey_report *report, struct bytes name)
{
    if (name.len == 0)
        name = bytes_of_text("–");
    if (name.len >= GROUP_NAME_BYTES)
        name.len = GROUP_NAME_BYTES - 1;
    for (uint32_t i = 0; i < report->count; i++) {
        if (bytes_equal(bytes_of_text(report->groups[i].name), name))
            return &report->groups[i];
    }
    if (report->count == GROUPS_MAX) {
        report->overflow = true;
        return NULL;
    }
    struct group *group = &report->groups[report->count++];
    memcpy(group->name, name.data, name.len);
    return group;
}

struct traits { /* fields of the kind at hand */
    uint16_t wave, channel, service, segment, day;
};

static struct group *group_of(struct survey_report *report, const struct record_view *view,
                              const struct traits *traits)
{
    char text[GROUP_NAME_BYTES];
    switch (report->by) {
    case BY_WAVE:
        return group_named(report, scan_text(view, traits->wave));
    case BY_CHANNEL:
        return group_named(report, scan_text(view, traits->channel));
    case BY_SERVICE:
        return group_named(report, scan_text(view, traits->service));
    case BY_SEGMENT:
        return group_named(report, scan_text(view, traits->segment));
    case BY_SITE:
        (void)snprintf(text, sizeof text, "%s", site_name(&report->names, view->subject));
        return group_named(report, bytes_of_text(text));
    case BY_MONTH:
        break;
    }
    int32_t day = scan_day(view, traits->day);
    if (day < CIVIL_DAY_MIN)
        return group_named(report, bytes_of_text(""));
    civil_format_day(day, text);
    text[7] = '\0';
    return group_named(report, bytes_of_text(text));
}

static bool wanted(const struct survey_report *report, const struct record_view *view,
                   const struct traits *traits)
{
    return (!report->by_site || view->subject == report->site) &&
           (report->wave == NULL ||
            bytes_equal(scan_text(view, traits->wave), bytes_of_text(report->wave)));
}

/* ---- single answers ---- */

static void add_driver(struct group *group, uint32_t driver, int64_t answer, int64_t overall)
{
    struct pair_sums *sums = &group->pairs[driver];
    if (answer < 1 || answer > 5)
        return;
    group->driver_counts[driver][answer - 1]++;
    if (overall < 1 || overall > 5)
        return;
    sums->n++;
    sums->x += answer;
    sums->y += overall;
    sums->xx += answer * answer;
    sums->yy += overall * overall;
    sums->xy += answer * overall;
}

static void add_response(struct group *group, const struct record_view *view)
{
    int64_t overall = scan_int(view, RESPONSE_OVERALL, 0), ease = scan_int(view, RESPONSE_EASE, 0);
    int64_t recommend = scan_int(view, RESPONSE_RECOMMEND, -1);
    int64_t weight = scan_int(view, RESPONSE_WEIGHT_MILLIONTHS, 1000000);
    if (overall >= 1 && overall <= 5) {
        group->csat[overall - 1]++;
        group->weight += weight;
        group->weight_satisfied += overall >= 4 ? weight : 0;
    } else if (scan_int(view, RESPONSE_NO_ANSWER, 0) != 0) {
        group->no_answer++;
    }
    if (ease >= 1 && ease <= 7)
        group->ces[ease - 1]++;
    if (recommend >= 0 && recommend <= 10)
        group->nps[recommend]++;
    for (uint32_t i = 0; i < DRIVERS; i++)
        add_driver(group, i, scan_int(view, drivers[i].field, 0), overall);
}

static bool on_response(void *context, const struct record_view *view)
{
    static const struct traits traits = {RESPONSE_WAVE, RESPONSE_CHANNEL, RESPONSE_SERVICE,
                                         RESPONSE_SEGMENT, RESPONSE_ANSWERED_ON};
    struct survey_report *report = context;
    if (!wanted(report, view, &traits))
        return true;
    struct group *group = group_of(report, view, &traits);
    add_response(&report->all, view);
    if (group != NULL)
        add_response(group, view);
    return true;
}

/* ---- results in counts ---- */

static void add_counts(struct group *group, int64_t measure, const int64_t *counts, uint32_t count)
{
    uint64_t *to = NULL;
    uint32_t answers = 5;
    if (measure == DRIVER_OVERALL)
        to = group->csat;
    if (measure == DRIVER_EASE) {
        to = group->ces;
        answers = 7;
    }
    if (measure == DRIVER_RECOMMEND) {
        to = group->nps;
        answers = 11;
    }
    for (uint32_t i = 0; i < DRIVERS && to == NULL; i++)
        to = measure == drivers[i].measure ? group->driver_counts[i] : NULL;
    for (uint32_t i = 0; to != NULL && count == answers && i < answers; i++) {
        to[i] += (uint64_t)counts[i];
        if (measure == DRIVER_OVERALL) {
            group->weight += counts[i] * 1000000;
            group->weight_satisfied += i >= 3 ? counts[i] * 1000000 : 0;
        }
    }
}

static bool on_result(void *context, const struct record_view *view)
{
    static const struct traits traits = {SURVEY_RESULT_WAVE, SURVEY_RESULT_CHANNEL,
                                         SURVEY_RESULT_SERVICE, SURVEY_RESULT_SEGMENT,
                                         SURVEY_RESULT_PERIOD_TO};
    struct survey_report *report = context;
    struct mp_reader reader = mp_reader_of(view_get(view, SURVEY_RESULT_COUNTS));
    int64_t counts[COUNTS_MAX], measure = scan_int(view, SURVEY_RESULT_MEASURE, 0);
    if (!wanted(report, view, &traits) || mp_peek(&reader) != MP_ARRAY)
        return true;
    uint32_t count = mp_read_array(&reader);
    for (uint32_t i = 0; i < count && i < COUNTS_MAX; i++)
        counts[i] = mp_read_int(&reader);
    if (reader.err != ERR_OK || count > COUNTS_MAX)
        return true;
    struct group *group = group_of(report, view, &traits);
    add_counts(&report->all, measure, counts, count);
    report->all.no_answer += (uint64_t)scan_int(view, SURVEY_RESULT_NO_ANSWER, 0);
    if (group != NULL)
        add_counts(group, measure, counts, count);
    return true;
}

static bool on_survey(void *context, const struct record_view *view)
{
    struct survey_report *report = context;
    if (report->wave != NULL &&
        !bytes_equal(scan_text(view, SURVEY_WAVE), bytes_of_text(report->wave)))
        return true;
    report->population += (uint64_t)scan_int(view, SURVEY_POPULATION, 0);
    report->census = report->census || scan_int(view, SURVEY_CENSUS, 0) != 0;
    if (scan_int(view, SURVEY_MIDDLE_IS, 0) == MIDDLE_NO_OPINION)
        report->neutral_out = true;
    return true;
}

enum err survey_gather(struct survey_report *report)
{
    enum err err = scan_views(&report->scan, KIND_SURVEY, on_survey, report);
    if (err == ERR_OK)
        err = scan_views(&report->scan, KIND_SURVEY_RESULT, on_result, report);
    return err == ERR_OK ? scan_views(&report->scan, KIND_RESPONSE, on_response, report) : err;
}
