/* Competency: at a site people by their raters; everywhere the summaries that leave the sites,
 * which are counts over at least four raters. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/api/scan.h"
#include "proto/cse/competency_model.h"
#include "proto/cse/deadlines.h"
#include "proto/record/fields.h"

enum { PEOPLE_MAX = 512, PERSON_BYTES = 100, ROLES = 4 };

struct person {
    char name[PERSON_BYTES], team[PERSON_BYTES];
    int64_t role;
    int32_t rated_on; /* the newest */
    uint32_t count;
    struct rating ratings[RATERS_MAX];
};

struct people {
    struct jsonw json;
    struct site_names names;
    struct scan scan;
    const struct settings *settings;
    const char *team;
    int32_t as_of, from;
    bool overflow;
    uint32_t count;
    struct person *list; /* PEOPLE_MAX */
};

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

static bool people_start(struct api_call call, struct people *people)
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

static enum err gather(struct api_call call, struct people *people, struct err_info *info)
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
    answer_begin(&people.json);
    enum err err = call.api->config.role == LEDGER_NODE ? gather(call, &people, &info) : ERR_OK;
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
    answer_begin(&json);
    jsonw_object_begin(&json);
    jsonw_key(&json, "indicators");
    jsonw_array_begin(&json);
    for (uint32_t level = 1; level <= LEVELS; level++) {
        for (uint32_t i = 0; i < level_indicators[level - 1]; i++) {
            jsonw_object_begin(&json);
            jsonw_put_uint(&json, "level", level);
            jsonw_put_string(&json, "title", competency_level_title(level));
            jsonw_put_uint(&json, "number", i + 1);
            jsonw_put_string(&json, "text", competency_indicator(level, i));
            jsonw_object_end(&json);
        }
    }
    jsonw_array_end(&json);
    jsonw_key(&json, "negative");
    jsonw_array_begin(&json);
    for (uint32_t i = 0; i < NEGATIVES; i++) {
        jsonw_object_begin(&json);
        jsonw_put_uint(&json, "number", i + 1);
        jsonw_put_string(&json, "text", competency_negative(i));
        jsonw_object_end(&json);
    }
    jsonw_array_end(&json);
    jsonw_object_end(&json);
    answer_end(call, 200, &json);
}

/* ---- summaries ---- */

struct summary {
    int64_t role, raters, people, levels[LEVELS + 1], at_target, score_sum, score_people, blind;
    int64_t negatives[NEGATIVES];
    int32_t rated_on;
    uint8_t rid[RID_BYTES]; /* of the one that is there */
    bool there;
};

static void add_person(struct summary *summary, const struct person *person,
                       const struct settings *settings)
{
    struct competency got = competency_of(person->ratings, person->count, settings);
    summary->people++;
    summary->raters += got.raters;
    summary->levels[got.level]++;
    summary->at_target += (int64_t)got.level >= competency_target(person->role, settings);
    summary->score_sum += got.has_mean ? got.mean_hundredths : 0;
    summary->score_people += got.has_mean;
    summary->blind += got.has_self && got.has_mean && got.gap_hundredths >= BLIND_SPOT_HUNDREDTHS;
    for (int i = 0; i < NEGATIVES; i++)
        summary->negatives[i] += got.confirmed[i];
    if (person->rated_on > summary->rated_on)
        summary->rated_on = person->rated_on;
}

struct finding_summary {
    const char *team;
    struct summary *summaries; /* ROLES */
};

/* One that was made before for the same team, role and day is written again, not doubled. */
static bool on_earlier(void *context, const struct record_view *view)
{
    struct finding_summary *finding = context;
    int64_t role = scan_int(view, COMPETENCY_SUMMARY_ROLE, 0);
    if (role < 1 || role > ROLES ||
        !bytes_equal(scan_text(view, COMPETENCY_SUMMARY_TEAM), bytes_of_text(finding->team)))
        return true;
    struct summary *summary = &finding->summaries[role - 1];
    if (scan_day(view, COMPETENCY_SUMMARY_RATED_ON) == summary->rated_on) {
        memcpy(summary->rid, view->rid, RID_BYTES);
        summary->there = true;
    }
    return true;
}

static void add_counts(json_t *fields, const char *name, const int64_t *counts, int count)
{
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        (void)json_array_append_new(list, json_integer(counts[i]));
    (void)json_object_set_new(fields, name, list);
}

static json_t *summary_fields(const struct summary *summary, const char *team, int64_t staff)
{
    char day[CIVIL_TEXT_BYTES];
    const struct field *role =
        field_by_number(kind_by_number(KIND_COMPETENCY_SUMMARY), COMPETENCY_SUMMARY_ROLE);
    civil_format_day(summary->rated_on, day);
    json_t *fields = json_pack(
        "{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "team", team, "role",
        role->values[summary->role - 1].name, "rated_on", day, "staff",
        (json_int_t)(staff > summary->people ? staff : summary->people), "people",
        (json_int_t)summary->people, "raters", (json_int_t)summary->raters, "at_target",
        (json_int_t)summary->at_target, "score_sum", (json_int_t)summary->score_sum, "score_people",
        (json_int_t)summary->score_people, "blind_spots", (json_int_t)summary->blind);
    add_counts(fields, "levels", summary->levels, LEVELS + 1);
    add_counts(fields, "negatives", summary->negatives, NEGATIVES);
    return fields;
}

static enum err write_summary(struct api_call call, const struct summary *summary, const char *team,
                              int64_t staff, struct err_info *info)
{
    struct written written;
    struct write_list *list = calloc(1, sizeof *list);
    json_t *fields = summary_fields(summary, team, staff);
    if (list == NULL || fields == NULL) {
        free(list);
        json_decref(fields);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    write_list_init(list, call.api, NULL);
    enum err err =
        write_list_fields(list, kind_by_number(KIND_COMPETENCY_SUMMARY), fields, NULL, info);
    struct change change = {.kind = KIND_COMPETENCY_SUMMARY,
                            .create = !summary->there,
                            .author = "",
                            .writes = list->writes,
                            .write_count = list->count};
    memcpy(change.rid, summary->rid, RID_BYTES);
    if (err == ERR_OK)
        err = api_change(call.api, &change, &written, info);
    write_list_deinit(list);
    free(list);
    json_decref(fields);
    return err;
}

static enum err summarise(struct api_call call, struct people *people,
                          struct summary summaries[ROLES], struct err_info *info)
{
    struct finding_summary finding = {.team = people->team, .summaries = summaries};
    if (people->team == NULL || people->team[0] == '\0')
        return err_set(info, ERR_INVALID, "team: say which team");
    enum err err = gather(call, people, info);
    for (uint32_t i = 0; i < people->count; i++) {
        int64_t role = people->list[i].role;
        if (role >= 1 && role <= ROLES)
            add_person(&summaries[role - 1], &people->list[i], people->settings);
    }
    if (err == ERR_OK && people->count == 0)
        return err_set(info, ERR_NOT_FOUND, "nobody of the team '%.64s' was rated in time",
                       people->team);
    return err == ERR_OK ? scan_views(&people->scan, KIND_COMPETENCY_SUMMARY, on_earlier, &finding)
                         : err;
}

void api_competency_summarise(struct api_call call)
{
    struct people people = {.count = 0};
    struct summary summaries[ROLES] = {{.role = 1}, {.role = 2}, {.role = 3}, {.role = 4}};
    struct err_info info = {0};
    int64_t staff = 0, made = 0, refused = 0;
    if (!people_start(call, &people))
        return;
    for (int i = 0; i < ROLES; i++)
        summaries[i].rated_on = DAY_NONE;
    enum err err = http_query_int(call.request, "staff",
                                  (struct http_range){.min = 0, .max = 1000000}, &staff, &info);
    if (err == ERR_OK)
        err = summarise(call, &people, summaries, &info);
    store_abort(people.names.txn);
    for (int i = 0; i < ROLES && err == ERR_OK; i++) {
        if (summaries[i].people == 0)
            continue;
        if (summaries[i].raters < people.settings->raters_min) {
            refused++;
            continue;
        }
        err = write_summary(call, &summaries[i], people.team, staff, &info);
        made += err == ERR_OK;
    }
    if (err == ERR_OK && made == 0)
        err = err_set(&info, ERR_DENIED, "fewer than %d raters: a summary would show who said what",
                      (int)people.settings->raters_min);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        answer_begin(&people.json);
        jsonw_object_begin(&people.json);
        jsonw_put_int(&people.json, "made", made);
        jsonw_put_int(&people.json, "refused", refused);
        jsonw_object_end(&people.json);
        answer_end(call, 200, &people.json);
    }
    free(people.list);
}
