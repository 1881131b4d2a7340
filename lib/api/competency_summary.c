/* POST competency/summaries: counts over a team, by role, as records that leave the site. One that
 * is about fewer than SUMMARY_PEOPLE_MIN people is not made, however many rated them. */
#include <stdlib.h>

#include "lib/api/competency.h"
#include "proto/cse/competency_model.h"
#include "proto/cse/deadlines.h"
#include "proto/record/fields.h"

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

static int add_counts(json_t *fields, const char *name, const int64_t *counts, int count)
{
    int failed = 0;
    json_t *list = json_array();
    for (int i = 0; i < count; i++)
        failed |= json_array_append_new(list, json_integer(counts[i]));
    return failed | json_object_set_new(fields, name, list);
}

/* NULL: no memory. */
static json_t *summary_fields(const struct summary *summary, const char *team, int64_t staff)
{
    char day[CIVIL_TEXT_BYTES];
    int failed = 0;
    const struct field *role =
        field_by_number(kind_by_number(KIND_COMPETENCY_SUMMARY), COMPETENCY_SUMMARY_ROLE);
    civil_format_day(summary->rated_on, day);
    json_t *fields =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I}", "team", team, "role",
                  role->values[summary->role - 1].name, "rated_on", day, "staff",
                  (json_int_t)(staff > summary->people ? staff : summary->people), "people",
                  (json_int_t)summary->people, "raters", (json_int_t)summary->raters, "at_target",
                  (json_int_t)summary->at_target, "blind_spots", (json_int_t)summary->blind);
    bool enough = summary->score_people >= SUMMARY_PEOPLE_MIN; /* not everybody has a mean */
    if (enough || summary->there) {
        failed |= json_object_set_new(fields, "score_sum",
                                      enough ? json_integer(summary->score_sum) : json_null());
        failed |= json_object_set_new(fields, "score_people",
                                      enough ? json_integer(summary->score_people) : json_null());
    }
    failed |= add_counts(fields, "levels", summary->levels, LEVELS + 1);
    failed |= add_counts(fields, "negatives", summary->negatives, NEGATIVES);
    if (failed == 0)
        return fields;
    json_decref(fields);
    return NULL;
}

/* The records of one request: all of them or none. */
struct writing {
    uint32_t count;
    struct write_list *lists[ROLES];
    struct change changes[ROLES];
};

static enum err make_summary(struct api_call call, struct writing *writing,
                             const struct summary *summary, const char *team, int64_t staff,
                             struct err_info *info)
{
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
    json_decref(fields);
    struct change change = {.kind = KIND_COMPETENCY_SUMMARY,
                            .create = !summary->there,
                            .author = "",
                            .writes = list->writes,
                            .write_count = list->count};
    memcpy(change.rid, summary->rid, RID_BYTES);
    writing->lists[writing->count] = list;
    writing->changes[writing->count++] = change;
    return err;
}

static void writing_end(struct writing *writing)
{
    for (uint32_t i = 0; i < writing->count; i++) {
        write_list_deinit(writing->lists[i]);
        free(writing->lists[i]);
    }
}

static enum err summarise(struct api_call call, struct people *people,
                          struct summary summaries[ROLES], struct err_info *info)
{
    struct finding_summary finding = {.team = people->team, .summaries = summaries};
    if (people->team == NULL || people->team[0] == '\0')
        return err_set(info, ERR_INVALID, "team: say which team");
    enum err err = people_gather(call, people, info);
    for (uint32_t i = 0; i < people->count; i++) {
        int64_t role = people->list[i].role;
        if (role >= 1 && role <= ROLES)
            add_person(&summaries[role - 1], &people->list[i], people->settings);
    }
    if (err == ERR_OK && people->count == 0)
        return err_set(info, ERR_NOT_FOUND, "nobody of the team '%.64s' was rated in time",
                       people->team);
    if (err != ERR_OK)
        return err;
    err = scan_views(&people->scan, KIND_COMPETENCY_SUMMARY, on_earlier, &finding);
    return err == ERR_OK ? ERR_OK : err_set(info, err, "the summaries could not be read");
}

void api_competency_summarise(struct api_call call)
{
    struct people people = {.count = 0};
    struct summary summaries[ROLES] = {{.role = 1}, {.role = 2}, {.role = 3}, {.role = 4}};
    struct writing writing = {.count = 0};
    struct written first;
    struct err_info info = {0};
    int64_t staff = 0, refused = 0;
    if (!answer_reserve(call, &people.json))
        return;
    if (!people_start(call, &people)) {
        jsonw_deinit(&people.json);
        return;
    }
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
        if (summaries[i].people < SUMMARY_PEOPLE_MIN ||
            summaries[i].raters < people.settings->raters_min) {
            refused++;
            continue;
        }
        err = make_summary(call, &writing, &summaries[i], people.team, staff, &info);
    }
    if (err == ERR_OK && writing.count > 0)
        err = api_changes(call.api, writing.changes, writing.count, &first, &info);
    else if (err == ERR_OK)
        err = err_set(&info, ERR_DENIED,
                      "no role has %d people rated, and %d raters: a summary would show a person's "
                      "rating",
                      SUMMARY_PEOPLE_MIN, (int)people.settings->raters_min);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        jsonw_object_begin(&people.json);
        jsonw_put_int(&people.json, "made", writing.count);
        jsonw_put_int(&people.json, "refused", refused);
        jsonw_object_end(&people.json);
        answer_end(call, 200, &people.json);
    }
    writing_end(&writing);
    jsonw_deinit(&people.json);
    free(people.list);
}
