/* What one complaint adds to the picture and to the reports. Whatever depends on the day asked for
 * goes into keys: what is open is counted by the day it is due. */
#include "proto/cse/complaint.h"
#include "proto/cse/facts.h"
#include "proto/cse/picture_cells.h"
#include "proto/record/fields.h"

struct sink {
    void (*emit)(void *context, const struct cell *cell);
    void *context;
};

static struct cell start(const struct record_view *view, enum cell_view cell_view, uint32_t month,
                         uint8_t numbers)
{
    struct cell cell = {.key_len = CELL_MONTH_BYTES, .count = numbers};
    cell.key[0] = (uint8_t)cell_view;
    put_u64(cell.key + 1, view->subject);
    put_u32(cell.key + CELL_HEAD_BYTES, month);
    return cell;
}

static void give_by_due(const struct record_view *view, enum cell_view cell_view, uint32_t month,
                        uint32_t due_key, const struct sink *sink)
{
    struct cell cell = start(view, cell_view, month, 1);
    put_u32(cell.key + cell.key_len, due_key);
    cell.key_len = CELL_MONTH_DUE_BYTES;
    cell.numbers[0] = 1;
    sink->emit(sink->context, &cell);
}

static void give_open(const struct record_view *view, const struct complaint_state *state,
                      uint32_t month, const struct sink *sink)
{
    const struct complaint_stage_state *first = &state->stages[0];
    bool limited = !first->answered && first->due.answer_on != DAY_NONE;
    give_by_due(view, CELL_OPEN, month, limited ? cell_day(first->due.answer_on) : CELL_DAY_NEVER,
                sink);
    if (!first->acknowledged && first->due.acknowledge_on != DAY_NONE)
        give_by_due(view, CELL_UNACKNOWLEDGED, month, cell_day(first->due.acknowledge_on), sink);
}

/* In time or not counts when it happened; what is open and late counts from the day after it was
 * due. */
static void give_fact(const struct record_view *view, enum fact fact, bool known, bool on_time,
                      int32_t happened_on, int32_t due_on, bool open, const struct sink *sink)
{
    struct fact_at at = {.fact = fact, .day = happened_on};
    struct fact_pair pair = {.hits = on_time, .counted = 1};
    if (!known) {
        if (!open || due_on == DAY_NONE || due_on == CIVIL_DAY_MAX)
            return;
        at.day = due_on + 1;
        pair.hits = 0;
    }
    fact_give(view, at, pair, sink->emit, sink->context);
}

static void give_facts(const struct record_view *view, const struct complaint_state *state,
                       const struct sink *sink)
{
    const struct complaint_stage_state *first = &state->stages[0], *second = &state->stages[1];
    give_fact(view, FACT_ACKNOWLEDGED_IN_TIME, first->acknowledged_known,
              first->acknowledged_on_time, state->received_on, first->due.acknowledge_on,
              state->open && !first->acknowledged, sink);
    give_fact(view, FACT_ANSWERED_IN_TIME, first->answered_known, first->answered_on_time,
              state->received_on, first->due.answer_on, state->open && !first->answered, sink);
    if (second->started)
        give_fact(view, FACT_STAGE2_IN_TIME, second->answered_known, second->answered_on_time,
                  second->dates.started_on, second->due.answer_on, !second->answered, sink);
}

static int64_t working_days(const struct complaint_state *state,
                            const struct complaint_stage_state *stage)
{
    return stage->answered_on == DAY_NONE
               ? 0
               : civil_working_days_between(stage->dates.started_on, stage->answered_on,
                                            state->holidays);
}

static void give_report(const struct record_view *view, const struct complaint_state *state,
                        uint32_t month, const struct sink *sink)
{
    const struct complaint_stage_state *first = &state->stages[0], *second = &state->stages[1];
    struct cell cell = start(view, CELL_REPORT, month, REPORT_NUMBERS);
    int64_t flag;
    cell.key[cell.key_len++] = (uint8_t)(state->outcome <= UINT8_MAX ? state->outcome : 0);
    cell.key[cell.key_len++] = (uint8_t)(state->topic <= UINT8_MAX ? state->topic : 0);
    cell.numbers[REPORT_RECEIVED] = 1;
    cell.numbers[REPORT_ANSWERED] = first->answered_on != DAY_NONE;
    cell.numbers[REPORT_DAYS] = working_days(state, first);
    cell.numbers[REPORT_JUDGED] = first->answered_known;
    cell.numbers[REPORT_ON_TIME] = first->answered_on_time;
    cell.numbers[REPORT_EXTENDED] =
        first->due.answer_on != first->due.answer_before_on && !state->due_stated;
    cell.numbers[REPORT_OVER_CAP] = (first->due.flags & EXTENSION_OVER_CAP) != 0;
    cell.numbers[REPORT_ESCALATED] = second->started;
    cell.numbers[REPORT_STAGE2_ANSWERED] = second->answered;
    cell.numbers[REPORT_STAGE2_DAYS] = working_days(state, second);
    cell.numbers[REPORT_STAGE2_JUDGED] = second->answered_known;
    cell.numbers[REPORT_STAGE2_ON_TIME] = second->answered_on_time;
    cell.numbers[REPORT_STAGE2_UPHELD] =
        second->started &&
        (state->stage2_outcome == OUTCOME_UPHELD || state->stage2_outcome == OUTCOME_PARTLY_UPHELD);
    cell.numbers[REPORT_OUTSIDE] = view_get(view, COMPLAINT_EXTERNAL_REFERRED_ON).len > 0;
    cell.numbers[REPORT_FIRST_POINT] = view_int(view, COMPLAINT_FIRST_POINT, &flag) && flag != 0;
    cell.numbers[REPORT_REPEATED] = view_int(view, COMPLAINT_RECURRENT, &flag) && flag != 0;
    sink->emit(sink->context, &cell);
}

void contribute_complaint(const struct record_view *view, const struct rules *rules,
                          void (*emit)(void *context, const struct cell *cell), void *context)
{
    const struct sink sink = {.emit = emit, .context = context};
    struct complaint_state state;
    if (!complaint_state_of(view, rules, &state))
        return;
    const struct complaint_stage_state *first = &state.stages[0];
    uint32_t month = cell_month(state.received_on);
    struct cell cell = start(view, CELL_COMPLAINT, month, COMPLAINT_NUMBERS);
    if (state.is_comment || state.handed_over) {
        cell.numbers[state.is_comment ? COMPLAINTS_COMMENTS : COMPLAINTS_HANDED_OVER] = 1;
        emit(context, &cell);
        return;
    }
    cell.numbers[COMPLAINTS_RECEIVED] = 1;
    cell.numbers[COMPLAINTS_UPHELD] = state.upheld;
    cell.numbers[COMPLAINTS_DECIDED] = state.decided;
    cell.numbers[COMPLAINTS_ACKNOWLEDGED] = first->acknowledged_known;
    cell.numbers[COMPLAINTS_ACKNOWLEDGED_ON_TIME] = first->acknowledged_on_time;
    cell.numbers[COMPLAINTS_ANSWERED] = first->answered_known;
    cell.numbers[COMPLAINTS_ANSWERED_ON_TIME] = first->answered_on_time;
    cell.numbers[COMPLAINTS_ESCALATED] = state.stages[1].started;
    cell.numbers[COMPLAINTS_STAGE2_ANSWERED] = state.stages[1].answered_known;
    cell.numbers[COMPLAINTS_STAGE2_ON_TIME] = state.stages[1].answered_on_time;
    emit(context, &cell);
    if (state.open)
        give_open(view, &state, month, &sink);
    give_facts(view, &state, &sink);
    give_report(view, &state, month, &sink);
}
