#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/log.h"
#include "tests/alloc/api_centre.h"
#include "tests/alloc/api_place.h"
#include "tests/alloc/sweep.h"

/* Every address of the HTTP interface while memory runs out. What is answered is what is answered
 * with memory, to the byte, or 503 and the code of no memory; what is written is all or nothing,
 * and the same request works once there is memory again. */

enum { SHORT_FOR_CALLS = 300, JOB_TICKS_MAX = 50 };

/* One request at one place; what comes out of it when there is memory. */
struct question {
    const struct api_row *row;
    enum ledger_role role;
    char name[64];
    struct answer wanted;
    struct store *after;
};

/* ---- judging ---- */

static bool same_answer(const struct answer *a, const struct answer *b)
{
    return a->status == b->status && a->len == b->len && strcmp(a->headers, b->headers) == 0 &&
           memcmp(a->body, b->body, a->len) == 0;
}

static bool is_json(const struct answer *answer, int code)
{
    json_t *json = json_loadb((const char *)answer->body, answer->len, 0, NULL);
    bool good =
        json != NULL && (code == 0 || json_integer_value(json_object_get(json, "code")) == code);
    json_decref(json);
    return good;
}

/* A change was saved and cannot be shown: its id and kind alone. */
static bool is_short(const struct answer *got, const struct answer *wanted)
{
    json_t *json = json_loadb((const char *)got->body, got->len, 0, NULL);
    json_t *whole = json_loadb((const char *)wanted->body, wanted->len, 0, NULL);
    bool same = got->status == wanted->status && json_object_size(json) == 2 &&
                json_object_get(whole, "version") != NULL &&
                json_equal(json_object_get(json, "id"), json_object_get(whole, "id")) &&
                json_equal(json_object_get(json, "kind"), json_object_get(whole, "kind"));
    json_decref(json);
    json_decref(whole);
    return same;
}

static const char *told(const char *what, const struct question *question, const struct answer *got)
{
    static char text[600];
    int len = got->len < 300 ? (int)got->len : 300;
    (void)snprintf(text, sizeof text, "%s %s: %s: %d %.*s", question->name,
                   api_rows_target(question->row, question->role), what, got->status, len,
                   (const char *)got->body);
    return text;
}

/* What the answer says must be so in the store. */
static const char *judge(struct machine *place, struct question *question, const struct answer *got)
{
    const struct machine *before = &prepared[question->role == LEDGER_NODE];
    bool as_meant = same_answer(got, &question->wanted) || is_short(got, &question->wanted);
    if (question->row->way == ASK_STATE && got->status == question->wanted.status)
        as_meant = true;
    if (!as_meant && !got->cut && (got->status != 503 || !is_json(got, ERR_NO_MEMORY)))
        return told("neither the answer nor 'out of memory'", question, got);
    if (!as_meant)
        return question->row->way == ASK_STEPS || same_store(place->store, before->store)
                   ? NULL
                   : told("not done, yet written", question, got);
    catch_up(place);
    return same_store(place->store, question->after) ? NULL : told("done in part", question, got);
}

/* What a refused change has drawn (numbers of ids) is not drawn again, so a change that works now
 * is like the other but for its ids. */
static const char *ask_again(struct machine *place, struct question *question, struct answer *got,
                             bool changes)
{
    place_draw_again();
    ask_place(place, question->row, got);
    catch_up(place);
    if (got->status != question->wanted.status || got->cut)
        return told("does not work afterwards", question, got);
    if (changes) {
        if (got->len != question->wanted.len || !as_large(place->store, question->after))
            return told("works, and leaves something else", question, got);
        return verifies(place) ? NULL : told("does not verify", question, got);
    }
    if (question->row->way == ASK && !same_answer(got, &question->wanted))
        return told("not the same with memory", question, got);
    return same_store(place->store, question->after) ? NULL
                                                     : told("works, and writes", question, got);
}

static void move_jobs(struct machine *place, bool armed)
{
    for (int i = 0; i < JOB_TICKS_MAX; i++) {
        /* After a failure it waits; time passes. */
        bool more = api_tick(place->api, machine_now_ms() + (uint64_t)i * 60000);
        if (!more && !armed && i > 2)
            return;
    }
}

static const char *run_jobs(struct machine *place, struct question *question, struct answer *got,
                            uint64_t number, uint64_t count, bool *reached_out)
{
    ask_place(place, question->row, got);
    alloc_fail_at(number, count);
    move_jobs(place, true);
    *reached_out = alloc_stop();
    move_jobs(place, false);
    catch_up(place);
    struct answer list = {.body = got->body};
    static const struct api_row all = {"records", 0,   HTTP_GET, "/api/v1/records/complaint",
                                       NULL,      200, ASK};
    ask_place(place, &all, &list);
    *got = list;
    if (question->after == NULL)
        return NULL;
    if (list.status != 200 || list.len != question->wanted.len)
        return told("the import ends otherwise", question, &list);
    return verifies(place) ? NULL : told("does not verify", question, &list);
}

static const char *run(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    static uint8_t body[ANSWER_BYTES_MAX];
    struct question question = *(const struct question *)what;
    struct answer got = {.body = body};
    struct machine place;
    uint64_t count = all_after ? SHORT_FOR_CALLS : 1;
    place_open(&place, question.role);
    const char *why;
    if (question.row->way == MOVE_JOBS) {
        why = run_jobs(&place, &question, &got, number, count, reached_out);
    } else {
        bool changes = !same_store(question.after, prepared[question.role == LEDGER_NODE].store);
        alloc_fail_at(number, count);
        ask_place(&place, question.row, &got);
        *reached_out = alloc_stop();
        bool refused = got.status >= 500 || got.cut;
        why = judge(&place, &question, &got);
        if (why == NULL && (refused || !changes))
            why = ask_again(&place, &question, &got, changes);
        else if (why == NULL && !verifies(&place))
            why = told("does not verify", &question, &got);
    }
    place_close(&place);
    return why;
}

/* What comes out with memory. */
static void look_ahead(struct question *question)
{
    struct machine place;
    question->wanted.body = malloc(ANSWER_BYTES_MAX);
    place_open(&place, question->role);
    if (question->row->way == MOVE_JOBS) {
        bool reached;
        struct question blank = *question;
        (void)run_jobs(&place, &blank, &question->wanted, UINT64_MAX, 1, &reached);
    } else {
        ask_place(&place, question->row, &question->wanted);
    }
    catch_up(&place);
    must(store_mem_copy(place.store, &question->after), "copy the store");
    int status = question->row->way == MOVE_JOBS ? 200 : question->row->status;
    if (question->wanted.status != status) {
        (void)printf("%s\n", told("is not what it is meant to be", question, &question->wanted));
        abort();
    }
    place_close(&place);
}

#ifdef SLOW_BUILD
enum { EXACT = 20, STRIDE = 97 };
#else
enum { EXACT = 1000, STRIDE = 1 };
#endif

/* What handlers build with the library on their own. */
static void *counted_malloc(size_t size)
{
    return malloc(size);
}

static void scenario_fill(struct scenario *scenario, struct question *question)
{
    (void)snprintf(question->name, sizeof question->name, "api-%s/%s",
                   question->role == LEDGER_NODE ? "node" : "broker", question->row->name);
    *scenario = (struct scenario){
        .name = question->name, .run = run, .exact = EXACT, .stride = STRIDE, .what = question};
}

/* No address without a question. */
static bool all_asked(const struct question *questions, uint32_t count)
{
    static bool asked[HTTP_ROUTES_MAX];
    struct http_app app = {.context = NULL};
    struct http_match match;
    bool all = true;
    app.routes = api_routes(&app.route_count);
    for (uint32_t i = 0; i < count; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s",
                       api_rows_target(questions[i].row, questions[i].role));
        path[strcspn(path, "?")] = '\0';
        if (http_route_find(&app, questions[i].row->method, path, &match) == ERR_OK)
            asked[match.route - app.routes] = true;
    }
    for (size_t i = 0; i < app.route_count; i++) {
        if (!asked[i])
            (void)printf("not ok %s is not asked for\n", app.routes[i].pattern);
        all = all && asked[i];
    }
    return all;
}

int main(int argc, char **argv)
{
    static struct question questions[200];
    static struct scenario scenarios[200];
    size_t row_count;
    uint32_t count = 0;
    const struct api_row *rows = api_rows(&row_count);
    if (sodium_init() < 0)
        return 1;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    log_set_level(LOG_ERROR);
    json_set_alloc_funcs(counted_malloc, free);
    api_rows_prepare(prepared);
    centre_prepare_held(&prepared[1], &prepared[0]);
    for (int role = LEDGER_NODE; role <= LEDGER_BROKER; role++) {
        for (size_t i = 0; i < row_count; i++) {
            if ((rows[i].roles & role) == 0)
                continue;
            questions[count] = (struct question){.row = &rows[i], .role = (enum ledger_role)role};
            scenario_fill(&scenarios[count], &questions[count]);
            look_ahead(&questions[count]);
            count++;
        }
    }
    return all_asked(questions, count) ? sweep_main(argc, argv, scenarios, count) : 1;
}
