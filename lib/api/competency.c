/* GET competency: at a site people by their raters; everywhere the summaries that have left the
 * sites. */
#include <stdlib.h>

#include "lib/api/competency.h"
#include "proto/cse/competency_model.h"
#include "proto/cse/deadlines.h"
#include "proto/record/fields.h"

static struct person *person_named(struct people *people, struct bytes name, struct bytes team)
{
    for (uint32_t i = 0; i < people->count; i++) {
        if (bytes_equal(bytes_of_text(people->list[i].name), name) &&
            bytes_equal(bytes_of_text(people->list[i].team), team))
            return &people->list[i];
    }
    if (people->count == PEOPLE_MAX || name.len >= PERSON_BYTES || team.len >= PERSON_BYTES) {
        people->overflow = true;
        return NULL;
    }
    struct person *person = &people->list[people->count++];
    memcpy(person->name, name.data, name.len);
    memcpy(person->team, team.data, team.len);
    person->rated_on = DAY_NONE;
    return person;
}

static uint32_t counts_of(const struct record_view *view, uint16_t field, uint8_t *to, uint32_t max)
{
    struct mp_reader reader = mp_reader_of(view_get(view, field));
    uint32_t count = mp_peek(&reader) == MP_ARRAY ? mp_read_array(&reader) : 0, shown = 0;
    for (uint32_t i = 0; i < count && i < COUNTS_MAX; i++) {
        bool seen = mp_read_int(&reader) > 0;
        shown += seen;
        if (to != NULL && i < max)
            to[i] = seen;
    }
    return shown;
}

static bool on_rating(void *context, const struct record_view *view)
{
    struct people *people = context;
    struct bytes team = scan_text(view, COMPETENCY_TEAM);
    int32_t day = scan_day(view, COMPETENCY_RATED_ON);
    if (day < people->from || day > people->as_of ||
        (people->team != NULL && !bytes_equal(team, bytes_of_text(people->team))))
        return true;
    struct person *person = person_named(people, scan_text(view, COMPETENCY_PERSON), team);
    if (person == NULL || person->count == (uint32_t)RATERS_MAX) {
        people->overflow = true;
        return true;
    }
    struct rating *rating = &person->ratings[person->count++];
    rating->rater = (enum rater)scan_int(view, COMPETENCY_RATER_GROUP, RATER_PEER);
    rating->score = scan_int(view, COMPETENCY_SCORE, 0);
    for (uint16_t level = 0; level < LEVELS; level++)
        rating->shown[level] =
            (uint8_t)counts_of(view, (uint16_t)(COMPETENCY_LEVEL1 + level), NULL, 0);
    (void)counts_of(view, COMPETENCY_NEGATIVE, rating->negative, NEGATIVES);
    if (day > person->rated_on) {
        person->rated_on = day;
        person->role = scan_int(view, COMPETENCY_ROLE, 0);
    }
    return true;
}

static void put_person(struct jsonw *json, const struct person *person,
                       const struct settings *settings)
{
    struct competency got = competency_of(person->ratings, person->count, settings);
    int32_t target = competency_target(person->role, settings);
    jsonw_object_begin(json);
    jsonw_put_string(json, "person", person->name);
    jsonw_put_string(json, "team", person->team);
    put_day(json, "rated_on", person->rated_on);
    jsonw_put_uint(json, "raters", got.raters);
    jsonw_put_uint(json, "level", got.level);
    jsonw_put_int(json, "target", target);
    jsonw_put_int(json, "below_target",
                  (int64_t)got.level < target ? target - (int64_t)got.level : 0);
    jsonw_put_uint(json, "negatives", got.negatives);
    if (got.has_mean) {
        jsonw_key(json, "mean");
        jsonw_fixed(json, got.mean_hundredths, 2);
    } else {
        jsonw_put_null(json, "mean");
    }
    if (got.has_self && got.has_mean) {
        jsonw_key(json, "self_gap");
        jsonw_fixed(json, got.gap_hundredths, 2);
        jsonw_put_bool(json, "blind_spot", got.gap_hundredths >= BLIND_SPOT_HUNDREDTHS);
    }
    jsonw_object_end(json);
}

static bool on_summary(void *context, const struct record_view *view)
{
    struct people *people = context;
    struct jsonw *json = &people->json;
    uint64_t people_count = (uint64_t)scan_int(view, COMPETENCY_SUMMARY_PEOPLE, 0);
    bool few = people_count < (uint64_t)people->settings->small_cell;
    jsonw_object_begin(json);
    put_rid(json, "id", view->rid);
    jsonw_put_string(json, "site", site_name(&people->names, view->subject));
    jsonw_put_text(json, "team", scan_text(view, COMPETENCY_SUMMARY_TEAM));
    put_day(json, "rated_on", scan_day(view, COMPETENCY_SUMMARY_RATED_ON));
    jsonw_put_int(json, "raters", scan_int(view, COMPETENCY_SUMMARY_RATERS, 0));
    put_counted(json, "rated", people_count, (uint64_t)scan_int(view, COMPETENCY_SUMMARY_STAFF, 0));
    if (few) /* a level of so few is a person's */
        jsonw_put_string(json, "at_target", "*");
    else
        put_counted(json, "at_target", (uint64_t)scan_int(view, COMPETENCY_SUMMARY_AT_TARGET, 0),
                    people_count);
    jsonw_object_end(json);
    return true;
}

bool people_start(struct api_call call, struct people *people)
{
    people->settings = &ledger_rules(call.api->config.ledger)->settings;
    people->list = calloc(PEOPLE_MAX, sizeof *people->list);
    if (people->list == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return false;
    }
    if (!api_read(call, &people->names.txn)) {
        free(people->list);
        return false;
    }
    people->scan = (struct scan){.txn = people->names.txn, .left = SCAN_RECORDS_MAX};
    people->team = http_query(call.request, "team");
    people->as_of = api_today(call.api);
    return true;
}

enum err people_gather(struct api_call call, struct people *people, struct err_info *info)
{
    enum err err = query_day(call.request, "as_of", &people->as_of, info);
    people->from = civil_add_months(people->as_of, -people->settings->competency_months);
    if (err != ERR_OK)
        return err;
    err = scan_views(&people->scan, KIND_COMPETENCY, on_rating, people);
    return err == ERR_OK ? ERR_OK : err_set(info, err, "the ratings could not be read");
}

void api_competency(struct api_call call)
{
    struct people people = {.count = 0};
    struct err_info info = {0};
    if (!people_start(call, &people))
        return;
    answer_begin(call, &people.json);
    enum err err =
        call.api->config.role == LEDGER_NODE ? people_gather(call, &people, &info) : ERR_OK;
    jsonw_object_begin(&people.json);
    jsonw_key(&people.json, "people");
    jsonw_array_begin(&people.json);
    for (uint32_t i = 0; i < people.count; i++)
        put_person(&people.json, &people.list[i], people.settings);
    jsonw_array_end(&people.json);
    jsonw_key(&people.json, "summaries");
    jsonw_array_begin(&people.json);
    if (err == ERR_OK) {
        err = scan_views(&people.scan, KIND_COMPETENCY_SUMMARY, on_summary, &people);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the summaries could not be read");
    }
    jsonw_array_end(&people.json);
    jsonw_put_bool(&people.json, "incomplete", people.overflow || people.scan.incomplete);
    jsonw_object_end(&people.json);
    if (err == ERR_OK)
        http_reply_json(call.response, 200, &people.json);
    else
        http_problem_info(call.response, &info);
    jsonw_deinit(&people.json);
    store_abort(people.names.txn);
    free(people.list);
}

void api_competency_model(struct api_call call)
{
    struct jsonw json;
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    jsonw_key(&json, "indicators");
    jsonw_array_begin(&json);
    for (uint32_t level = 1; level <= LEVELS; level++) {
        for (uint32_t i = 0; i < level_indicators[level - 1]; i++) {
            jsonw_object_begin(&json);
            jsonw_put_uint(&json, "level", level);
            jsonw_put_said(&json, "title", competency_level_title(level));
            jsonw_put_uint(&json, "number", i + 1);
            jsonw_put_said(&json, "text", competency_indicator(level, i));
            jsonw_object_end(&json);
        }
    }
    jsonw_array_end(&json);
    jsonw_key(&json, "negative");
    jsonw_array_begin(&json);
    for (uint32_t i = 0; i < NEGATIVES; i++) {
        jsonw_object_begin(&json);
        jsonw_put_uint(&json, "number", i + 1);
        jsonw_put_said(&json, "text", competency_negative(i));
        jsonw_object_end(&json);
    }
    jsonw_array_end(&json);
    jsonw_object_end(&json);
    answer_end(call, 200, &json);
}
