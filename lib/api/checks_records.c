/* Rules that flag a record: complaints out of time or half finished, evidence that ages, standards
 * missed without an action, requests of people. */
#include <stdio.h>

#include "lib/api/checks.h"
#include "proto/base/msgid.h"
#include "proto/cse/complaint.h"
#include "proto/cse/dates.h"
#include "proto/cse/picture_cells.h"
#include "proto/cse/rates.h"
#include "proto/cse/retention.h"
#include "proto/record/fields.h"

/* ---- complaints ---- */

static struct check *on_complaint_rule(struct checks *checks, const struct record_view *view,
                                       const char *code, const char *text, const char *todo)
{
    struct check *check = check_of(checks, code, view, element_from_id("4.3.2"), COMPLAINT_HANDLER);
    if (check == NULL)
        return NULL;
    check_text(check, "%s", text);
    check_todo(check, "%s", todo);
    return check;
}

static void check_next(struct checks *checks, const struct record_view *view,
                       const struct complaint_state *state)
{
    enum { LEAD_DAYS = 5 };
    struct complaint_next next;
    if (!complaint_next_of(state, &next) || next.due_on == DAY_NONE ||
        next.due_on - LEAD_DAYS > checks->as_of)
        return;
    struct check *check =
        on_complaint_rule(checks, view, "complaint-due", "", "cse show ID --deadlines");
    if (check == NULL)
        return;
    check->due_on = next.due_on;
    check->overdue = next.due_on < checks->as_of;
    check_text(check, "stage %d: next is %s", next.stage2 ? 2 : 1, complaint_step_label(next.step));
}

static bool same_text(const struct record_view *view, uint16_t a, uint16_t b)
{
    struct bytes left = scan_text(view, a), right = scan_text(view, b);
    return left.len > 0 && bytes_equal(left, right);
}

static void check_quality(struct checks *checks, const struct record_view *view,
                          const struct complaint_state *state)
{
    uint32_t flags = state->stages[0].due.flags | state->stages[1].due.flags;
    if (state->upheld && view_get(view, COMPLAINT_ROOT_CAUSE).len == 0)
        (void)on_complaint_rule(checks, view, "root-cause-missing",
                                N_("upheld without a root cause"), "cse edit ID root_cause=…");
    if (state->upheld && state->stages[0].answered && !state->finished)
        (void)on_complaint_rule(checks, view, "remedy-open",
                                N_("upheld and answered, the remedy not yet completed"),
                                "cse edit ID actions_completed_on=…");
    if ((flags & EXTENSION_OVER_CAP) != 0)
        (void)on_complaint_rule(checks, view, "EXT_OVER_CAP",
                                N_("extended beyond what the profile allows"),
                                "cse show ID --deadlines");
    if ((flags & EXTENSION_TOO_LATE) != 0)
        (void)on_complaint_rule(checks, view, "EXT_TOO_LATE",
                                N_("extended after the day it was due: it counts as late"),
                                "cse show ID --deadlines");
    if (same_text(view, COMPLAINT_HANDLER, COMPLAINT_STAGE2_HANDLER))
        (void)on_complaint_rule(checks, view, "stage2-same-person",
                                N_("stage 2 is handled by the person of stage 1"),
                                N_("give it to somebody else: cse edit ID stage2_handler=…"));
    if (same_text(view, COMPLAINT_INVESTIGATOR, COMPLAINT_COMPLAINED_OF))
        (void)on_complaint_rule(checks, view, "investigates-themselves",
                                N_("investigated by the person complained of"),
                                N_("give it to somebody else: cse edit ID investigator=…"));
}

static bool on_complaint(void *context, const struct record_view *view)
{
    struct checks *checks = context;
    struct complaint_state state;
    int32_t due, closed = scan_day(view, COMPLAINT_CLOSED_ON);
    if (!complaint_state_of(view, checks->rules, &state) || state.is_comment || state.handed_over)
        return true;
    check_next(checks, view, &state);
    check_quality(checks, view, &state);
    if (retention_due(closed != DAY_NONE ? &closed : NULL, checks->rules->settings.complaint_months,
                      false, &due) &&
        due <= checks->as_of) {
        struct check *check =
            on_complaint_rule(checks, view, "retention", N_("kept longer than the rules allow"),
                              N_("delete it, or note a legal hold"));
        if (check != NULL)
            check->due_on = due;
    }
    return true;
}

enum err checks_of_complaints(struct checks *checks)
{
    return scan_views(&checks->scan, KIND_COMPLAINT, on_complaint, checks);
}

/* ---- evidence ---- */

static void check_ageing(struct checks *checks, const struct record_view *view, uint8_t element,
                         int32_t dated)
{
    const struct settings *settings = &checks->rules->settings;
    int32_t expires = civil_add_months(dated, settings->ageing_months);
    int32_t ages = civil_add_months(dated, settings->current_months);
    bool over = expires < checks->as_of, ageing = ages < checks->as_of;
    int32_t day = ageing ? expires : ages;
    if (day - settings->expiring_days > checks->as_of)
        return;
    struct check *check = check_of(checks, over ? "evidence-expired" : "evidence-ages", view,
                                   element, EVIDENCE_OWNER);
    if (check == NULL)
        return;
    check->due_on = day;
    check->overdue = over;
    check_text(check, "%s",
               over     ? N_("has expired: it no longer counts")
               : ageing ? N_("expires after this day")
                        : N_("is current up to this day, then it is ageing"));
    check_todo(check, "replace it with newer evidence for %s", element_id(element));
}

static bool on_evidence(void *context, const struct record_view *view)
{
    struct checks *checks = context;
    uint64_t places =
        view_elements(view, EVIDENCE_ELEMENTS) | view_elements(view, EVIDENCE_STRONGEST_FOR);
    uint8_t element = 1;
    int64_t generated = scan_int(view, EVIDENCE_GENERATED, 0);
    int32_t dated = scan_day(view, EVIDENCE_DATE);
    while (element < ELEMENTS && (places >> (element - 1) & 1) == 0)
        element++;
    if (places == 0)
        element = 0;
    if (generated != 0 && scan_day(view, EVIDENCE_ACCEPTED_ON) == DAY_NONE) {
        struct check *check = check_of(checks, "evidence-waits", view, element, EVIDENCE_OWNER);
        if (check != NULL) {
            check_text(check, "made from the records; it counts once somebody has accepted it");
            check_todo(check, "cse edit ID accepted_on=… accepted_by=…");
        }
        return true;
    }
    if (dated != DAY_NONE && element != 0) {
        check_ageing(checks, view, element, dated);
        return true;
    }
    struct check *check =
        check_of(checks, dated == DAY_NONE ? "evidence-undated" : "evidence-loose", view, element,
                 EVIDENCE_OWNER);
    if (check != NULL) {
        check_text(check, "%s",
                   dated == DAY_NONE ? N_("has no date, so it counts as expired")
                                     : N_("belongs to no element"));
        check_todo(check, "%s",
                   dated == DAY_NONE ? "cse edit ID date=…" : "cse edit ID elements+=…");
    }
    return true;
}

enum err checks_of_evidence(struct checks *checks)
{
    return scan_views(&checks->scan, KIND_EVIDENCE, on_evidence, checks);
}

/* ---- measurements, requests, agreements ---- */

/* The target of the standard a measurement refers to, or -1; what cannot be read stays in
 * checks->err. */
static int32_t target_of(struct checks *checks, const struct record_view *view)
{
    struct mp_reader reader = mp_reader_of(view_get(view, MEASUREMENT_STANDARD));
    struct bytes rid = mp_read_bin(&reader);
    struct arena arena;
    struct record_view standard;
    int64_t target = -1;
    if (reader.err != ERR_OK || rid.len != RID_BYTES)
        return -1;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    enum err err = ledger_view(checks->txn, KIND_STANDARD, rid.data, &arena, &standard, NULL);
    if (err == ERR_OK)
        target = scan_int(&standard, STANDARD_TARGET_SHARE, -1);
    else if (err != ERR_NOT_FOUND)
        checks->err = err;
    arena_deinit(&arena);
    return target >= 0 && target <= 100 ? (int32_t)target : -1;
}

static bool on_measurement(void *context, const struct record_view *view)
{
    struct checks *checks = context;
    int32_t to = scan_day(view, MEASUREMENT_PERIOD_TO), target = target_of(checks, view);
    int64_t within = scan_int(view, MEASUREMENT_WITHIN, -1);
    int64_t total = scan_int(view, MEASUREMENT_TOTAL, -1);
    struct currency_bounds bounds = currency_bounds_of(checks->as_of, &checks->rules->settings);
    if (to == DAY_NONE || to > checks->as_of || to < bounds.current_from || target < 0 ||
        within < 0 || total <= 0)
        return true;
    struct share share = {(uint64_t)within, (uint64_t)total};
    if (attainment_of(share, target, checks->rules->settings.near_points) != ATTAINED_NOT)
        return true;
    bool acted = view_get(view, MEASUREMENT_ACTION).len > 0;
    bool told = view_get(view, MEASUREMENT_EXPLANATION).len > 0;
    if (acted && told)
        return true;
    struct check *check = check_of(checks, "standard-missed", view, element_from_id("4.3.1"), 0);
    if (check == NULL)
        return true;
    check->due_on = to;
    check_text(check, "%lld of %lld within the target, %d %% are needed; %s", (long long)within,
               (long long)total, (int)target,
               acted  ? N_("no explanation for customers")
               : told ? N_("no corrective action")
                      : N_("neither action nor explanation"));
    check_todo(check, "cse record action …, then cse edit ID action=… explanation=…");
    return true;
}

/* Answers carry no date of their own to go by: the wave's end counts for all of them. */
static bool on_survey(void *context, const struct record_view *view)
{
    struct checks *checks = context;
    int32_t due, ended = scan_day(view, SURVEY_ENDED_ON);
    if (!retention_due(ended != DAY_NONE ? &ended : NULL, checks->rules->settings.survey_months,
                       false, &due) ||
        due > checks->as_of)
        return true;
    struct check *check = check_of(checks, "retention", view, 0, 0);
    if (check == NULL)
        return true;
    check->due_on = due;
    check->overdue = due < checks->as_of;
    check_text(check, "the wave's answers are kept longer than the rules allow");
    check_todo(check, "delete the answers of this wave (cse list response --where wave=…)");
    return true;
}

static bool on_privacy(void *context, const struct record_view *view)
{
    struct checks *checks = context;
    int64_t type = scan_int(view, PRIVACY_RECORD_TYPE, 0);
    int32_t received = scan_day(view, PRIVACY_RECORD_RECEIVED_ON), due = DAY_NONE;
    bool request = type == PRIVACY_TYPE_ACCESS_REQUEST || type == PRIVACY_TYPE_ERASURE_REQUEST;
    if (received == DAY_NONE || scan_day(view, PRIVACY_RECORD_ANSWERED_ON) != DAY_NONE)
        return true;
    if (request)
        due = request_due(received, scan_int(view, PRIVACY_RECORD_EXTENDED, 0) != 0,
                          rules_holidays_of(checks->rules, view->subject));
    else if (type != PRIVACY_TYPE_COMPLAINT || !privacy_complaint_due(received, &due))
        return true;
    struct check *check = check_of(checks, "privacy-request", view, element_from_id("2.1.5"), 0);
    if (check == NULL)
        return true;
    check->due_on = due;
    check->overdue = due < checks->as_of;
    check_text(check, "%s",
               request ? N_("a person's request is to be answered")
                       : N_("a data-protection complaint is to be acknowledged"));
    check_todo(check, "answer it, then cse edit ID answered_on=…");
    return true;
}

enum err checks_of_records(struct checks *checks)
{
    enum err err = scan_views(&checks->scan, KIND_MEASUREMENT, on_measurement, checks);
    if (err == ERR_OK)
        err = scan_views(&checks->scan, KIND_SURVEY, on_survey, checks);
    return err == ERR_OK ? scan_views(&checks->scan, KIND_PRIVACY_RECORD, on_privacy, checks) : err;
}
