/* How each date of a complaint was computed, so that it can be told on the telephone. */
#include <inttypes.h>
#include <stdio.h>

#include "lib/api/scan.h"
#include "proto/cse/complaint.h"
#include "proto/record/fields.h"

enum { SENTENCE_BYTES = 320, HOLIDAYS_NAMED_MAX = 32 };

static const char *met_text(int32_t due, int32_t happened, int32_t as_of)
{
    if (happened >= CIVIL_DAY_MIN)
        return happened <= due ? N_("met") : N_("late");
    return as_of > due ? N_("overdue") : N_("open");
}

/* "5 working days after 2026-04-02, passing over 4 weekend days and 2 holidays: 2026-04-13". */
static void step_sentence(const struct deadline_step *step, const struct deadline_profile *profile,
                          enum language language, char *text_out)
{
    struct form from_form, due_form;
    const char *from = form_day(language, step->from, &from_form);
    const char *due = form_day(language, step->due, &due_form);
    bool counts_first = profile->receipt_counts && step->kind != STEP_EXTENDED;
    if (profile->type == DAYS_CALENDAR)
        text_say(language, text_out, SENTENCE_BYTES, "%" PRId32 " calendar days after %s: %s",
                 step->days, from, due);
    else
        text_say(language, text_out, SENTENCE_BYTES,
                 "%" PRId32 " working days %s %s%s, passing over %" PRId32
                 " weekend days and %" PRId32 " holidays: %s",
                 step->days, counts_first ? N_("beginning with") : N_("after"), from,
                 step->from_due ? N_(" (the day the acknowledgement was due)") : "",
                 step->skipped_weekend, step->skipped_holidays, due);
}

static void put_skipped(struct jsonw *json, const struct deadline_step *step,
                        struct holidays holidays)
{
    uint32_t named = 0;
    jsonw_key(json, "holidays");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < holidays.count && named < HOLIDAYS_NAMED_MAX; i++) {
        char text[CIVIL_TEXT_BYTES];
        bool passed = holidays.days[i] >= step->from && holidays.days[i] <= step->due &&
                      civil_weekday(holidays.days[i]) < 5;
        if (!passed || (i > 0 && holidays.days[i] == holidays.days[i - 1]))
            continue;
        civil_format_day(holidays.days[i], text);
        jsonw_string(json, text);
        named++;
    }
    jsonw_array_end(json);
}

struct told {
    struct jsonw *json;
    const struct complaint_state *state;
    int32_t as_of;
};

static void put_deadline(const struct told *told, const char *what, int stage,
                         const struct deadline_step *step, int32_t happened, bool replaced)
{
    struct jsonw *json = told->json;
    char text[SENTENCE_BYTES];
    step_sentence(step, told->state->profile, json->language, text);
    jsonw_object_begin(json);
    jsonw_put_string(json, "what", what);
    jsonw_put_int(json, "stage", stage);
    put_day(json, "from", step->from);
    jsonw_put_int(json, "days", step->days);
    jsonw_put_string(json, "day_type",
                     told->state->profile->type == DAYS_CALENDAR ? N_("calendar") : N_("working"));
    put_skipped(json, step, told->state->holidays);
    put_day(json, "due_on", step->due);
    put_day(json, "happened_on", happened);
    jsonw_put_string(json, "state",
                     replaced ? N_("extended") : met_text(step->due, happened, told->as_of));
    jsonw_put_string(json, "text", text);
    jsonw_object_end(json);
}

static void put_stage(const struct told *told, int stage)
{
    static const char *const names[] = {N_("acknowledge"), N_("answer"), N_("extended answer")};
    const struct complaint_stage_state *at = &told->state->stages[stage - 1];
    for (uint32_t i = 0; at->started && i < at->due.step_count; i++) {
        const struct deadline_step *step = &at->due.steps[i];
        put_deadline(told, names[step->kind], stage, step,
                     step->kind == STEP_ACKNOWLEDGE ? at->acknowledged_on : at->answered_on,
                     step->kind == STEP_ANSWER && at->due.answer_on != step->due);
    }
}

static void put_flags(struct jsonw *json, const struct complaint_state *state)
{
    static const struct {
        uint32_t flag;
        const char *text;
    } texts[] = {
        {EXTENSION_OVER_CAP, "EXT_OVER_CAP"},
        {EXTENSION_TOO_LATE, "EXT_TOO_LATE"},
        {EXTENSION_NO_REASON, "EXT_NO_REASON"},
    };
    uint32_t flags = state->stages[0].due.flags | state->stages[1].due.flags;
    jsonw_key(json, "flags");
    jsonw_array_begin(json);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if ((flags & texts[i].flag) != 0)
            jsonw_string(json, texts[i].text);
    if (state->due_stated)
        jsonw_string(json, "DUE_STATED");
    jsonw_array_end(json);
}

static void put_deadlines(const struct told *told, const uint8_t rid[RID_BYTES])
{
    struct jsonw *json = told->json;
    const struct complaint_state *state = told->state;
    struct complaint_next next;
    put_rid(json, "id", rid);
    put_day(json, "as_of", told->as_of);
    jsonw_put_string(json, "profile", state->profile->code);
    jsonw_put_said(json, "profile_name", state->profile->name);
    put_day(json, "received_on", state->received_on);
    jsonw_put_string(json, "stage", complaint_step_text(state->step));
    jsonw_put_said(json, "stage_label", complaint_step_label(state->step));
    jsonw_put_string(json, "priority", priority_text(state->priority));
    jsonw_put_bool(json, "finished", state->finished);
    if (complaint_next_of(state, &next)) {
        jsonw_put_string(json, "next", complaint_step_text(next.step));
        jsonw_put_said(json, "next_label", complaint_step_label(next.step));
        put_day(json, "next_due_on", next.due_on);
    }
    if (state->due_stated)
        put_day(json, "due_on", state->stages[0].due.answer_on);
    put_flags(json, state);
    jsonw_key(json, "deadlines");
    jsonw_array_begin(json);
    put_stage(told, 1);
    put_stage(told, 2);
    jsonw_array_end(json);
}

void api_deadlines(struct api_call call)
{
    struct store_txn *txn;
    struct kind_choice kind;
    uint8_t rid[RID_BYTES];
    struct err_info info = {0};
    struct arena arena;
    struct record_view view;
    struct complaint_state state;
    struct jsonw json;
    int32_t as_of = api_today(call.api);
    if (!api_read(call, &txn))
        return;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    enum err err = record_choose(txn, call.request, &kind, rid, &info);
    if (err == ERR_OK)
        err = query_day(call.request, "as_of", &as_of, &info);
    if (err == ERR_OK && kind.number != KIND_COMPLAINT)
        err = err_set(&info, ERR_INVALID, "only complaints have deadlines");
    if (err == ERR_OK) {
        err = ledger_view(txn, kind.number, rid, &arena, &view, NULL);
        if (err == ERR_NOT_FOUND)
            (void)err_set(&info, err, "there is no such complaint");
        else if (err != ERR_OK)
            (void)err_set(&info, err, "a record could not be read: %s", err_text(err));
    }
    if (err == ERR_OK && !complaint_state_of(&view, ledger_rules(call.api->config.ledger), &state))
        err = err_set(&info, ERR_INVALID, "received_on: without it nothing can be computed");
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
    } else {
        struct told told = {.json = &json, .state = &state, .as_of = as_of};
        answer_begin(call, &json);
        jsonw_object_begin(&json);
        put_deadlines(&told, rid);
        jsonw_object_end(&json);
        answer_end(call, 200, &json);
    }
    arena_deinit(&arena);
    store_abort(txn);
}
