/* GET csm: the scored rating of how promises, complaints, disputes and satisfaction are managed:
 * level by standard, strengths, weaknesses, what the next level asks, progress, and the other
 * sites.
 */
#include <stdlib.h>

#include "lib/api/scan.h"
#include "proto/cse/benchmark.h"
#include "proto/cse/competency.h"
#include "proto/cse/csm_questions.h"
#include "proto/cse/deadlines.h"
#include "proto/record/fields.h"

enum { TEXT_BYTES = 400, SITES = 256 };

struct assessed {
    bool there;
    int32_t day;
    int64_t score[CSM_LEVELS], max[CSM_LEVELS];
    uint32_t level;
    uint8_t answers[CSM_LEVELS][CSM_QUESTIONS_MAX];
    char texts[4][TEXT_BYTES]; /* strengths, weaknesses, risks, opportunities */
};

struct csm {
    struct jsonw json;
    struct site_names names;
    const struct settings *settings;
    bool by_site;
    uint64_t site;
    int32_t as_of;
    uint32_t extra[CSM_STANDARDS][CSM_LEVELS]; /* questions that records add */
    char replaced[CSM_STANDARDS][CSM_LEVELS][CSM_QUESTIONS_MAX][TEXT_BYTES];
    struct assessed now[CSM_STANDARDS], before[CSM_STANDARDS];
    uint32_t site_count;
    struct {
        uint64_t site;
        int32_t day[CSM_STANDARDS];
        int32_t level[CSM_STANDARDS];
    } sites[SITES];
};

static const char *question_of(const struct csm *csm, uint32_t standard, uint32_t level,
                               uint32_t number)
{
    const char *own = csm->replaced[standard - 1][level - 1][number];
    return own[0] != '\0' ? own : csm_question(standard, level, number);
}

static uint32_t questions_of(const struct csm *csm, uint32_t standard, uint32_t level)
{
    uint32_t count = csm_question_count(standard, level);
    return csm->extra[standard - 1][level - 1] > count ? csm->extra[standard - 1][level - 1]
                                                       : count;
}

static bool on_question(void *context, const struct record_view *view)
{
    struct csm *csm = context;
    int64_t standard = scan_int(view, CSM_QUESTION_STANDARD, 0);
    int64_t level = scan_int(view, CSM_QUESTION_LEVEL, 0);
    int64_t number = scan_int(view, CSM_QUESTION_NUMBER, 0);
    struct bytes text = scan_text(view, CSM_QUESTION_TEXT);
    if (standard < 1 || standard > CSM_STANDARDS || level < 1 || level > CSM_LEVELS || number < 1 ||
        number > CSM_QUESTIONS_MAX || text.len == 0)
        return true;
    size_t len = text.len < TEXT_BYTES - 1 ? text.len : TEXT_BYTES - 1;
    memcpy(csm->replaced[standard - 1][level - 1][number - 1], text.data, len);
    if ((uint32_t)number > csm->extra[standard - 1][level - 1])
        csm->extra[standard - 1][level - 1] = (uint32_t)number;
    return true;
}

static void read_texts(const struct record_view *view, struct assessed *got)
{
    for (uint16_t i = 0; i < 4; i++) {
        struct bytes text = scan_text(view, (uint16_t)(CSM_RATING_STRENGTHS + i));
        size_t len = text.len < TEXT_BYTES - 1 ? text.len : TEXT_BYTES - 1;
        memcpy(got->texts[i], text.data, len);
    }
}

static struct assessed read_rating(const struct csm *csm, const struct record_view *view,
                                   uint32_t standard)
{
    struct assessed got = {.there = true, .day = scan_day(view, CSM_RATING_ASSESSED_ON)};
    for (uint32_t level = 1; level <= CSM_LEVELS; level++) {
        struct mp_reader reader =
            mp_reader_of(view_get(view, (uint16_t)(CSM_RATING_LEVEL1 + level - 1)));
        uint32_t count = mp_peek(&reader) == MP_ARRAY ? mp_read_array(&reader) : 0;
        uint32_t questions = questions_of(csm, standard, level);
        got.max[level - 1] = 2 * (int64_t)questions;
        for (uint32_t i = 0; i < count && i < questions; i++) {
            int64_t score = mp_read_int(&reader);
            got.answers[level - 1][i] = (uint8_t)(score < 0 ? 0 : score > 2 ? 2 : score);
            got.score[level - 1] += got.answers[level - 1][i];
        }
    }
    got.level = csm_level(got.score, got.max, csm->settings->csm_percent);
    read_texts(view, &got);
    return got;
}

static void note_site(struct csm *csm, uint64_t site, uint32_t standard, const struct assessed *got)
{
    uint32_t at = 0;
    while (at < csm->site_count && csm->sites[at].site != site)
        at++;
    if (at == SITES)
        return;
    if (at == csm->site_count) {
        csm->sites[at].site = site;
        for (int i = 0; i < CSM_STANDARDS; i++)
            csm->sites[at].level[i] = csm->sites[at].day[i] = -1;
        csm->site_count++;
    }
    if (csm->sites[at].level[standard - 1] < 0 || got->day > csm->sites[at].day[standard - 1]) {
        csm->sites[at].level[standard - 1] = (int32_t)got->level;
        csm->sites[at].day[standard - 1] = got->day;
    }
}

static bool on_rating(void *context, const struct record_view *view)
{
    struct csm *csm = context;
    int64_t standard = scan_int(view, CSM_RATING_STANDARD, 0);
    if (standard < 1 || standard > CSM_STANDARDS ||
        scan_day(view, CSM_RATING_ASSESSED_ON) > csm->as_of)
        return true;
    struct assessed got = read_rating(csm, view, (uint32_t)standard);
    note_site(csm, view->subject, (uint32_t)standard, &got);
    if (csm->by_site && view->subject != csm->site)
        return true;
    struct assessed *now = &csm->now[standard - 1], *before = &csm->before[standard - 1];
    if (!now->there || got.day > now->day) {
        *before = *now;
        *now = got;
    } else if (!before->there || got.day > before->day) {
        *before = got;
    }
    return true;
}

/* ---- the answer ---- */

static void put_questions(struct jsonw *json, const struct csm *csm, uint32_t standard,
                          const char *key, uint8_t answer)
{
    const struct assessed *now = &csm->now[standard - 1];
    jsonw_key(json, key);
    jsonw_array_begin(json);
    for (uint32_t level = 1; level <= CSM_LEVELS; level++)
        for (uint32_t i = 0; i < questions_of(csm, standard, level); i++)
            if (now->answers[level - 1][i] == answer && level <= now->level + 1)
                jsonw_string(json, text_in(json->language, question_of(csm, standard, level, i)));
    jsonw_array_end(json);
}

static void put_place(struct jsonw *json, const struct csm *csm, uint32_t standard)
{
    int64_t others[SITES];
    uint32_t count = 0;
    for (uint32_t i = 0; i < csm->site_count; i++) {
        bool own = csm->by_site && csm->sites[i].site == csm->site;
        if (!own && csm->sites[i].level[standard - 1] >= 0)
            others[count++] = csm->sites[i].level[standard - 1];
    }
    struct benchmark_place place = benchmark_place_of(csm->now[standard - 1].level, others, count,
                                                      true, (uint32_t)csm->settings->benchmark_min);
    if (!csm->by_site)
        return;
    jsonw_put_uint(json, "rank", place.rank);
    jsonw_put_uint(json, "of", place.count);
    if (place.quartile == 0)
        jsonw_put_string(json, "quartile", "too-few");
    else
        jsonw_put_uint(json, "quartile", place.quartile);
}

static void put_standard(struct jsonw *json, const struct csm *csm, uint32_t standard)
{
    static const char *const texts[] = {"strengths_told", "weaknesses_told", "risks",
                                        "opportunities"};
    const struct assessed *now = &csm->now[standard - 1], *before = &csm->before[standard - 1];
    const struct field *field =
        field_by_number(kind_by_number(KIND_CSM_RATING), CSM_RATING_STANDARD);
    jsonw_object_begin(json);
    jsonw_put_string(json, "standard", field->values[standard - 1].name);
    jsonw_put_said(json, "label", field->values[standard - 1].label);
    jsonw_put_bool(json, "assessed", now->there);
    if (now->there) {
        put_day(json, "assessed_on", now->day);
        jsonw_put_uint(json, "level", now->level);
        for (uint32_t level = 0; level < CSM_LEVELS; level++) {
            char key[16] = "level1";
            key[5] = (char)('1' + level);
            put_counted(json, key, (uint64_t)now->score[level], (uint64_t)now->max[level]);
        }
        put_questions(json, csm, standard, "strengths", 2);
        put_questions(json, csm, standard, "weaknesses", 0);
        for (int i = 0; i < 4; i++)
            jsonw_put_string(json, texts[i], now->texts[i]);
        if (before->there)
            jsonw_put_int(json, "progress", (int64_t)now->level - (int64_t)before->level);
        put_place(json, csm, standard);
    }
    jsonw_object_end(json);
}

static void put_csm(struct jsonw *json, const struct csm *csm)
{
    int32_t levels[CSM_STANDARDS];
    for (int i = 0; i < CSM_STANDARDS; i++)
        levels[i] = csm->now[i].there ? (int32_t)csm->now[i].level : -1;
    int32_t overall = csm_overall(levels, CSM_STANDARDS);
    put_day(json, "as_of", csm->as_of);
    jsonw_put_string(json, "question_set", csm_question_set);
    if (overall < 0)
        jsonw_put_null(json, "overall");
    else
        jsonw_put_int(json, "overall", overall);
    jsonw_put_said(json, "statement",
                   overall >= 1
                       ? N_("indicative, by this scheme; these standards give guidance and "
                            "are not certified")
                       : N_("none: level 1 is not reached"));
    jsonw_key(json, "standards");
    jsonw_array_begin(json);
    for (uint32_t standard = 1; standard <= CSM_STANDARDS; standard++)
        put_standard(json, csm, standard);
    jsonw_array_end(json);
}

static void put_all_questions(struct jsonw *json, const struct csm *csm)
{
    const struct field *field =
        field_by_number(kind_by_number(KIND_CSM_RATING), CSM_RATING_STANDARD);
    jsonw_key(json, "questions");
    jsonw_array_begin(json);
    for (uint32_t standard = 1; standard <= CSM_STANDARDS; standard++)
        for (uint32_t level = 1; level <= CSM_LEVELS; level++)
            for (uint32_t i = 0; i < questions_of(csm, standard, level); i++) {
                jsonw_object_begin(json);
                jsonw_put_string(json, "standard", field->values[standard - 1].name);
                jsonw_put_uint(json, "level", level);
                jsonw_put_uint(json, "number", i + 1);
                jsonw_put_said(json, "text", question_of(csm, standard, level, i));
                jsonw_object_end(json);
            }
    jsonw_array_end(json);
}

static void answer(struct api_call call, void (*put)(struct jsonw *json, const struct csm *csm))
{
    struct err_info info = {0};
    struct csm *csm = calloc(1, sizeof *csm);
    if (csm == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    csm->settings = &ledger_rules(call.api->config.ledger)->settings;
    csm->as_of = api_today(call.api);
    if (api_read(call, &csm->names.txn)) {
        struct scan scan = {.txn = csm->names.txn, .left = SCAN_RECORDS_MAX};
        enum err err = query_day(call.request, "as_of", &csm->as_of, &info);
        if (err == ERR_OK)
            err = query_site(call.request, csm->names.txn, &csm->site, &csm->by_site, &info);
        if (err == ERR_OK) {
            err = scan_views(&scan, KIND_CSM_QUESTION, on_question, csm);
            if (err == ERR_OK)
                err = scan_views(&scan, KIND_CSM_RATING, on_rating, csm);
            if (err != ERR_OK)
                (void)err_set(&info, err, "the ratings could not be read: %s", err_text(err));
        }
        if (err != ERR_OK) {
            http_problem_info(call.response, &info);
        } else {
            answer_begin(call, &csm->json);
            jsonw_object_begin(&csm->json);
            put(&csm->json, csm);
            jsonw_object_end(&csm->json);
            answer_end(call, 200, &csm->json);
        }
        store_abort(csm->names.txn);
    }
    free(csm);
}

void api_csm(struct api_call call)
{
    answer(call, put_csm);
}

void api_csm_questions(struct api_call call)
{
    answer(call, put_all_questions);
}
