/* Days that come round: reviews, ends, dues. One row says which kinds have one and what it asks
 * for.
 */
#include "lib/api/checks.h"
#include "proto/base/msgid.h"
#include "proto/cse/deadlines.h"
#include "proto/record/fields.h"

enum { LEAD_SETTING = -1 /* expiring_days of the settings */ };

struct dated {
    uint16_t kind, day;
    uint16_t done;    /* a field that, when there, says it is dealt with; 0: none */
    uint16_t state;   /* an enum field that must be … */
    int64_t state_is; /* … this; 0: any. Absent counts as fitting. */
    uint16_t owner;
    int32_t lead_days; /* told so many days before */
    const char *code, *text, *todo;
};

static const struct dated rows[] = {
    {KIND_ACTION, ACTION_DUE_ON, ACTION_DONE_ON, ACTION_STATUS, ACTION_OPEN, ACTION_OWNER, 14,
     "action-due", N_("the action is due"), N_("do it, then cse edit ID done_on=… status=done")},
    {KIND_REVIEW, REVIEW_DUE_ON, 0, REVIEW_VERDICT, 0, REVIEW_REVIEWER, 14, "review-due",
     N_("an answer to the reviewer's remark is due"), N_("answer it in the record it is about")},
    {KIND_EVIDENCE, EVIDENCE_REVIEW_BY, 0, 0, 0, EVIDENCE_OWNER, LEAD_SETTING, "evidence-review",
     N_("the evidence is to be reviewed"), N_("look whether it still holds; set a new review_by")},
    {KIND_POLICY, POLICY_REVIEW_BY, 0, 0, 0, POLICY_SIGNED_BY, LEAD_SETTING, "policy-review",
     N_("the policy is to be reviewed"), N_("review it; set reviewed_on and a new review_by")},
    {KIND_PROMISE, PROMISE_REVIEW_BY, 0, 0, 0, PROMISE_APPROVED_BY, LEAD_SETTING, "promise-review",
     N_("the promise is to be reviewed"), N_("review it; set a new review_by")},
    {KIND_EQUALITY_ANALYSIS, EQUALITY_ANALYSIS_REVIEW_BY, 0, 0, 0, 0, LEAD_SETTING,
     "equality-review", N_("the equality analysis is to be reviewed"),
     N_("review it; set a new review_by")},
    {KIND_PRIVACY_RECORD, PRIVACY_RECORD_REVIEW_BY, 0, 0, 0, 0, LEAD_SETTING, "privacy-review",
     N_("the data-protection record is to be reviewed"), N_("review it; set a new review_by")},
    {KIND_INFORMATION, INFORMATION_REVIEW_BY, 0, 0, 0, 0, LEAD_SETTING, "information-review",
     N_("the information is to be reviewed"), N_("review it; set reviewed_on and review_by")},
    {KIND_AGREEMENT, AGREEMENT_REVIEW_ON, 0, AGREEMENT_STATUS, AGREEMENT_STATUS_ACTIVE,
     AGREEMENT_SIGNED_BY, LEAD_SETTING, "agreement-review", N_("the agreement is to be reviewed"),
     N_("review it with the partner; set a new review_on")},
    {KIND_AGREEMENT, AGREEMENT_EXPIRES_ON, 0, AGREEMENT_STATUS, AGREEMENT_STATUS_ACTIVE,
     AGREEMENT_SIGNED_BY, LEAD_SETTING, "agreement-expires",
     N_("the agreement ends; nothing is shared under it after that day"),
     N_("renew it, or record an action of type deletion for what the partner holds")},
    {KIND_PROCEDURE_REVIEW, PROCEDURE_REVIEW_NEXT_ON, 0, 0, 0, 0, LEAD_SETTING, "procedure-review",
     N_("the complaints procedure is to be reviewed"),
     N_("cse record procedure-review … with customers, complainants and staff")},
    {KIND_VISIT, VISIT_PLANNED_ON, VISIT_ENDED_ON, VISIT_STATUS, VISIT_STATUS_PLANNED,
     VISIT_ASSESSOR, 90, "visit", N_("an assessment visit is planned"),
     N_("prepare it: cse picture --as-of its day --forecast")},
    {KIND_FINDING, FINDING_LOOK_AT_ON, FINDING_CLOSED_ON, 0, 0, FINDING_OWNER, 90, "finding",
     N_("the assessor looks at this finding again"), N_("answer it; set response and closed_on")},
};

struct walk {
    struct checks *checks;
    const struct dated *row;
};

/* The element a record speaks of, when it speaks of one; the first of several. */
static uint8_t element_of(const struct record_view *view)
{
    const struct kind *kind = kind_by_number(view->kind);
    for (uint32_t i = 0; kind != NULL && i < view->field_count; i++) {
        const struct field *field = field_by_number(kind, view->fields[i].field);
        if (field == NULL || field->type != FIELD_ELEMENT)
            continue;
        struct mp_reader reader =
            mp_reader_of(field->set ? view->fields[i].member : view->fields[i].value);
        uint64_t place = mp_peek(&reader) == MP_UINT ? mp_read_uint(&reader) : 0;
        if (place >= 1 && place <= ELEMENTS)
            return (uint8_t)place;
    }
    return 0;
}

static bool on_record(void *context, const struct record_view *view)
{
    struct walk *walk = context;
    const struct dated *row = walk->row;
    struct checks *checks = walk->checks;
    int32_t day = scan_day(view, row->day);
    int32_t lead =
        row->lead_days == LEAD_SETTING ? checks->rules->settings.expiring_days : row->lead_days;
    int64_t state = row->state != 0 ? scan_int(view, row->state, 0) : 0;
    bool done = row->done != 0 && view_get(view, row->done).len > 0;
    if (day == DAY_NONE || done || day - lead > checks->as_of ||
        (row->state_is != 0 && state != 0 && state != row->state_is))
        return true;
    struct check *check = check_of(checks, row->code, view, element_of(view), row->owner);
    if (check == NULL)
        return true;
    check->due_on = day;
    check->overdue = day < checks->as_of;
    check_text(check, "%s", row->text);
    check_todo(check, "%s", row->todo);
    return true;
}

enum err checks_of_dates(struct checks *checks)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct walk walk = {.checks = checks, .row = &rows[i]};
        enum err err = scan_views(&checks->scan, rows[i].kind, on_record, &walk);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}
