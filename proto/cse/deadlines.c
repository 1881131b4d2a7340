#include "proto/cse/deadlines.h"

#include <stddef.h>

enum { SATURDAY = 5 };

static bool is_weekend(int32_t day)
{
    return civil_weekday(day) >= SATURDAY;
}

/* Working days: day 0 is `from`. With the receipt as day 1, the count begins on `from` itself, or
 * on the next working day. */
int32_t deadline_add(int32_t from, int32_t days, const struct deadline_profile *profile,
                     bool from_receipt, struct holidays holidays, struct deadline_step *step)
{
    int32_t day = from, left = days, weekend = 0, closed = 0;
    bool working = profile->type == DAYS_WORKING;
    if (working && from_receipt && profile->receipt_counts && left > 0) {
        while (!civil_is_working_day(day, holidays) && day < CIVIL_DAY_MAX) {
            weekend += is_weekend(day);
            closed += !is_weekend(day);
            day++;
        }
        left--;
    }
    while (left > 0 && day < CIVIL_DAY_MAX) {
        day++;
        if (!working || civil_is_working_day(day, holidays)) {
            left--;
            continue;
        }
        weekend += is_weekend(day);
        closed += !is_weekend(day);
    }
    if (step != NULL) {
        step->from = from;
        step->days = days;
        step->due = day;
        step->skipped_weekend = weekend;
        step->skipped_holidays = closed;
    }
    return day;
}

static struct deadline_step *new_step(struct deadlines *got, enum deadline_step_kind kind)
{
    struct deadline_step *step = &got->steps[got->step_count++];
    step->kind = kind;
    return step;
}

static void extend(struct deadlines *got, const struct stage_dates *dates, int32_t cap,
                   const struct deadline_profile *profile, struct holidays holidays)
{
    if (dates->extended_by <= 0 || dates->extended_on == DAY_NONE || got->answer_on == DAY_NONE)
        return;
    if (!dates->extension_reasoned)
        got->flags |= EXTENSION_NO_REASON;
    if (dates->extended_on > got->answer_on)
        got->flags |= EXTENSION_TOO_LATE;
    if (dates->extended_by > cap)
        got->flags |= EXTENSION_OVER_CAP;
    if ((got->flags & (EXTENSION_NO_REASON | EXTENSION_TOO_LATE)) != 0)
        return;
    struct deadline_step *step = new_step(got, STEP_EXTENDED);
    got->answer_on =
        deadline_add(got->answer_on, dates->extended_by, profile, false, holidays, step);
}

struct deadlines deadlines_of(const struct stage_dates *dates, struct stage_limits limits,
                              const struct deadline_profile *profile, struct holidays holidays)
{
    struct deadlines got = {.acknowledge_on = DAY_NONE, .answer_on = DAY_NONE};
    if (limits.acknowledge > 0)
        got.acknowledge_on = deadline_add(dates->started_on, limits.acknowledge, profile, true,
                                          holidays, new_step(&got, STEP_ACKNOWLEDGE));
    if (limits.answer > 0) {
        int32_t from = dates->started_on;
        bool direct = profile->from_receipt || limits.acknowledge == 0;
        bool acknowledged = dates->acknowledged_on != DAY_NONE;
        if (!direct)
            from = acknowledged ? dates->acknowledged_on : got.acknowledge_on;
        struct deadline_step *step = new_step(&got, STEP_ANSWER);
        got.answer_on = deadline_add(from, limits.answer, profile, direct, holidays, step);
        step->from_due = !direct && !acknowledged;
    }
    got.answer_before_on = got.answer_on;
    extend(&got, dates, limits.extension, profile, holidays);
    return got;
}
