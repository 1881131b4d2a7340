#include "proto/cse/complaint.h"

#include "proto/base/msgid.h"
#include "proto/cse/picture_cells.h"
#include "proto/record/fields.h"

const char *complaint_step_text(enum complaint_step step)
{
    static const char *const names[COMPLAINT_STEPS] = {
        "receipt",  "acknowledgement", "assessment", "investigation",
        "response", "decision-told",   "closing"};
    return names[step];
}

const char *complaint_step_label(enum complaint_step step)
{
    static const char *const labels[COMPLAINT_STEPS] = {
        N_("Receipt"),       N_("Acknowledgement"), N_("Initial assessment"),
        N_("Investigation"), N_("Response"),        N_("Telling the decision"),
        N_("Closing")};
    return labels[step];
}

static int32_t day_or_none(const struct record_view *view, uint16_t field)
{
    int32_t day;
    return view_day(view, field, &day) ? day : DAY_NONE;
}

static int64_t int_or_0(const struct record_view *view, uint16_t field)
{
    int64_t number;
    return view_int(view, field, &number) && number > 0 ? number : 0;
}

static bool is_true(const struct record_view *view, uint16_t field)
{
    return int_or_0(view, field) != 0;
}

static struct bytes code_of(const struct record_view *view, uint16_t field)
{
    struct mp_reader reader = mp_reader_of(view_get(view, field));
    struct bytes text = mp_peek(&reader) == MP_STR ? mp_read_str(&reader) : bytes_of("", 0);
    return reader.err == ERR_OK ? text : bytes_of("", 0);
}

/* ---- stages ---- */

/* An answer tells the customer that the complaint arrived. */
static void judge_acknowledgement(struct complaint_stage_state *stage)
{
    int32_t first = stage->dates.acknowledged_on != DAY_NONE ? stage->dates.acknowledged_on
                                                             : stage->answered_on;
    stage->acknowledged_on = first;
    stage->acknowledged = first != DAY_NONE || stage->answered;
    stage->acknowledged_known = first != DAY_NONE && stage->due.acknowledge_on != DAY_NONE;
    stage->acknowledged_on_time = stage->acknowledged_known && first <= stage->due.acknowledge_on;
}

static void judge_answer(struct complaint_stage_state *stage)
{
    stage->answered = stage->answered_on != DAY_NONE;
    stage->answered_known = stage->answered && stage->due.answer_on != DAY_NONE;
    stage->answered_on_time = stage->answered_known && stage->answered_on <= stage->due.answer_on;
}

static void read_stage1(const struct record_view *view, struct complaint_state *state)
{
    struct complaint_stage_state *stage = &state->stages[0];
    stage->started = true;
    stage->dates = (struct stage_dates){
        .started_on = state->received_on,
        .acknowledged_on = day_or_none(view, COMPLAINT_ACKNOWLEDGED_ON),
        .answered_on = day_or_none(view, COMPLAINT_RESPONDED_ON),
        .extended_on = day_or_none(view, COMPLAINT_EXTENDED_ON),
        .extended_by = (int32_t)int_or_0(view, COMPLAINT_EXTENSION_DAYS),
        .extension_reasoned = view_get(view, COMPLAINT_EXTENSION_REASON).len > 0,
    };
    struct stage_limits limits = {.acknowledge = state->profile->acknowledge_days,
                                  .answer = state->profile->answer_days,
                                  .extension = state->profile->extension_days};
    stage->due = deadlines_of(&stage->dates, limits, state->profile, state->holidays);
    int32_t stated = day_or_none(view, COMPLAINT_DUE_ON);
    state->due_stated = stated != DAY_NONE;
    if (state->due_stated)
        stage->due.answer_on = stated;
    stage->answered_on = stage->dates.answered_on;
    int64_t in_time;
    bool was_stated =
        stage->answered_on == DAY_NONE && view_int(view, COMPLAINT_ANSWERED_IN_TIME, &in_time);
    bool judged = state->outcome != OUTCOME_WITHDRAWN && state->outcome != OUTCOME_OUT_OF_SCOPE;
    if (stage->answered_on == DAY_NONE && !was_stated && judged)
        stage->answered_on =
            day_or_none(view, COMPLAINT_CLOSED_ON); /* the latest it can have been */
    judge_answer(stage);
    if (was_stated) {
        stage->answered = stage->answered_known = true;
        stage->answered_on_time = in_time != 0;
    }
    judge_acknowledgement(stage);
}

static void read_stage2(const struct record_view *view, struct complaint_state *state)
{
    struct complaint_stage_state *stage = &state->stages[1];
    int32_t escalated = day_or_none(view, COMPLAINT_ESCALATED_ON);
    stage->acknowledged_on = stage->answered_on = DAY_NONE;
    if (escalated == DAY_NONE)
        return;
    stage->started = true;
    stage->dates = (struct stage_dates){
        .started_on = escalated,
        .acknowledged_on = day_or_none(view, COMPLAINT_STAGE2_ACKNOWLEDGED_ON),
        .answered_on = day_or_none(view, COMPLAINT_STAGE2_RESPONDED_ON),
        .extended_on = day_or_none(view, COMPLAINT_STAGE2_EXTENDED_ON),
        .extended_by = (int32_t)int_or_0(view, COMPLAINT_STAGE2_EXTENSION_DAYS),
        .extension_reasoned = view_get(view, COMPLAINT_STAGE2_EXTENSION_REASON).len > 0,
    };
    struct stage_limits limits = {.acknowledge = state->profile->stage2_acknowledge_days,
                                  .answer = state->profile->stage2_answer_days,
                                  .extension = state->profile->stage2_extension_days};
    stage->due = deadlines_of(&stage->dates, limits, state->profile, state->holidays);
    stage->answered_on = stage->dates.answered_on;
    judge_answer(stage);
    judge_acknowledgement(stage);
}

/* ---- the whole ---- */

static bool decides(int64_t outcome)
{
    return outcome == OUTCOME_UPHELD || outcome == OUTCOME_PARTLY_UPHELD ||
           outcome == OUTCOME_NOT_UPHELD;
}

static enum complaint_step step_of(const struct record_view *view,
                                   const struct complaint_state *state)
{
    if (day_or_none(view, COMPLAINT_CLOSED_ON) != DAY_NONE)
        return COMPLAINT_CLOSING;
    if (day_or_none(view, COMPLAINT_INFORMED_ON) != DAY_NONE)
        return COMPLAINT_DECISION_TOLD;
    if (state->stages[0].answered)
        return COMPLAINT_RESPONSE;
    if (day_or_none(view, COMPLAINT_INVESTIGATED_ON) != DAY_NONE)
        return COMPLAINT_INVESTIGATION;
    if (day_or_none(view, COMPLAINT_ASSESSED_ON) != DAY_NONE)
        return COMPLAINT_ASSESSMENT;
    return state->stages[0].acknowledged ? COMPLAINT_ACKNOWLEDGEMENT : COMPLAINT_RECEIPT;
}

static void read_rules(const struct record_view *view, const struct rules *rules,
                       struct complaint_state *state)
{
    state->profile = rules_profile(rules, code_of(view, COMPLAINT_PROFILE));
    if (state->profile == NULL)
        state->profile = rules_profile_of(rules, view->subject);
    state->holidays = rules_holidays(rules, code_of(view, COMPLAINT_CALENDAR));
    if (state->holidays.count == 0)
        state->holidays = rules_holidays_of(rules, view->subject);
}

bool complaint_state_of(const struct record_view *view, const struct rules *rules,
                        struct complaint_state *state_out)
{
    struct complaint_state state = {.is_comment = false};
    int64_t origin, status = int_or_0(view, COMPLAINT_STATUS);
    if (!view_day(view, COMPLAINT_RECEIVED_ON, &state.received_on))
        return false;
    state.is_comment = int_or_0(view, COMPLAINT_NATURE) == NATURE_COMMENT;
    state.handed_over =
        view_int(view, COMPLAINT_ORIGIN_SITE, &origin) && (uint64_t)origin != view->subject;
    state.outcome = int_or_0(view, COMPLAINT_OUTCOME);
    state.stage2_outcome = int_or_0(view, COMPLAINT_STAGE2_OUTCOME);
    state.topic = int_or_0(view, COMPLAINT_TOPIC);
    read_rules(view, rules, &state);
    read_stage1(view, &state);
    read_stage2(view, &state);
    bool closed = day_or_none(view, COMPLAINT_CLOSED_ON) != DAY_NONE;
    state.open = !closed && state.outcome == 0 && status != COMPLAINT_CLOSED;
    int64_t last = decides(state.stage2_outcome) ? state.stage2_outcome : state.outcome;
    state.decided = decides(last);
    state.upheld = last == OUTCOME_UPHELD || last == OUTCOME_PARTLY_UPHELD;
    bool done = day_or_none(view, COMPLAINT_ACTIONS_COMPLETED_ON) != DAY_NONE;
    bool waits = state.stages[1].started && !state.stages[1].answered;
    state.finished = state.stages[0].answered && !waits && (done || !state.upheld);
    state.step = step_of(view, &state);
    bool danger = is_true(view, COMPLAINT_AT_RISK) || is_true(view, COMPLAINT_SAFETY) ||
                  is_true(view, COMPLAINT_SAFEGUARDING);
    state.priority = priority_of(int_or_0(view, COMPLAINT_SEVERITY),
                                 int_or_0(view, COMPLAINT_LIKELIHOOD), danger);
    *state_out = state;
    return true;
}

bool complaint_next_of(const struct complaint_state *state, struct complaint_next *next_out)
{
    struct complaint_next next = {.due_on = DAY_NONE};
    const struct complaint_stage_state *first = &state->stages[0], *second = &state->stages[1];
    if (second->started && !second->answered) {
        next.stage2 = true;
        next.step = second->acknowledged ? COMPLAINT_RESPONSE : COMPLAINT_ACKNOWLEDGEMENT;
        next.due_on = second->acknowledged ? second->due.answer_on : second->due.acknowledge_on;
    } else if (state->step == COMPLAINT_CLOSING || !state->open) {
        return false;
    } else if (!first->acknowledged) {
        next.step = COMPLAINT_ACKNOWLEDGEMENT;
        next.due_on = first->due.acknowledge_on;
    } else {
        next.step = (enum complaint_step)(state->step + 1);
        next.due_on = first->answered ? DAY_NONE : first->due.answer_on;
    }
    *next_out = next;
    return true;
}
