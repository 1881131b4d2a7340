/* The accreditation cycle: certificates and their reviews, visits with their interviews, findings
 * and the watch list, as of a day. */
#include <stdio.h>

#include "lib/api/checks.h"
#include "proto/cse/cycle.h"
#include "proto/cse/deadlines.h"
#include "proto/cse/picture_cells.h"
#include "proto/record/fields.h"

struct review {
    const char *what;
    int32_t due_on;
    bool done;
};
enum { REVIEWS = 3 };

/* The certificate's three days; without a date there is none. */
static bool reviews_of(const struct record_view *view, const struct settings *settings,
                       struct review reviews_out[REVIEWS])
{
    int32_t certified = scan_day(view, CERTIFICATE_CERTIFIED_ON);
    int32_t expires = scan_day(view, CERTIFICATE_EXPIRES_ON);
    if (certified == DAY_NONE)
        return false;
    struct certificate_cycle cycle = certificate_cycle_of(certified, settings);
    bool iso = scan_int(view, CERTIFICATE_SCHEME, SCHEME_CSE) == SCHEME_ISO_10002;
    reviews_out[0] =
        (struct review){iso ? N_("first interim audit") : N_("first review"), cycle.review1_on,
                        scan_day(view, CERTIFICATE_REVIEW1_DONE_ON) != DAY_NONE};
    reviews_out[1] =
        (struct review){iso ? N_("second interim audit") : N_("second review"), cycle.review2_on,
                        scan_day(view, CERTIFICATE_REVIEW2_DONE_ON) != DAY_NONE};
    reviews_out[2] =
        (struct review){N_("expiry"), expires != DAY_NONE ? expires : cycle.expires_on, false};
    return true;
}

static bool in_force(const struct record_view *view, const struct review reviews[REVIEWS],
                     int32_t as_of)
{
    int32_t withdrawn = scan_day(view, CERTIFICATE_WITHDRAWN_ON);
    return scan_day(view, CERTIFICATE_CERTIFIED_ON) <= as_of && as_of <= reviews[2].due_on &&
           (withdrawn == DAY_NONE || withdrawn > as_of);
}

/* ---- checks ---- */

static bool on_certificate_check(void *context, const struct record_view *view)
{
    struct checks *checks = context;
    struct review reviews[REVIEWS];
    const struct settings *settings = &checks->rules->settings;
    if (!reviews_of(view, settings, reviews) || !in_force(view, reviews, checks->as_of))
        return true;
    for (int i = 0; i < REVIEWS; i++) {
        enum due_state state = due_state_of(reviews[i].due_on, reviews[i].done, checks->as_of,
                                            settings->due_soon_days);
        if (state == DUE_LATER || state == DUE_DONE)
            continue;
        struct check *check = check_of(checks, "certificate", view, 0, 0);
        if (check == NULL)
            continue;
        check->due_on = reviews[i].due_on;
        check->overdue = state == DUE_OVERDUE;
        check_text(check, "certificate: %s", reviews[i].what);
        check_todo(check, "arrange it with the certification body; cse accreditation shows the "
                          "cycle");
    }
    return true;
}

enum err checks_of_certificates(struct checks *checks)
{
    return scan_views(&checks->scan, KIND_CERTIFICATE, on_certificate_check, checks);
}

struct holding {
    const struct settings *settings;
    int32_t as_of;
    bool found;
};

static bool on_certificate_held(void *context, const struct record_view *view)
{
    struct holding *holding = context;
    struct review reviews[REVIEWS];
    bool own = scan_int(view, CERTIFICATE_SCHEME, SCHEME_CSE) == SCHEME_CSE;
    holding->found = own && reviews_of(view, holding->settings, reviews) &&
                     in_force(view, reviews, holding->as_of);
    return !holding->found;
}

enum err certificate_in_force(struct store_txn *txn, const struct rules *rules, int32_t as_of,
                              bool *in_force_out)
{
    struct scan scan = {.txn = txn, .left = SCAN_RECORDS_MAX};
    struct holding holding = {.settings = &rules->settings, .as_of = as_of};
    enum err err = scan_views(&scan, KIND_CERTIFICATE, on_certificate_held, &holding);
    if (err == ERR_OK)
        *in_force_out = holding.found;
    return err;
}

/* ---- GET accreditation ---- */

struct shown {
    struct jsonw json;
    struct site_names names;
    const struct settings *settings;
    int32_t as_of;
    uint32_t in_force;
};

static void put_enum(struct jsonw *json, const char *key, const struct record_view *view,
                     uint16_t number)
{
    const struct field *field = field_by_number(kind_by_number(view->kind), number);
    int64_t value = scan_int(view, number, 0);
    for (const struct enum_value *at = field->values; at->name != NULL; at++) {
        if (at->number == value)
            jsonw_put_string(json, key, at->name);
    }
}

/* The next that is not done, as people read it. */
static void put_next_review(struct jsonw *json, const struct review reviews[REVIEWS],
                            const struct shown *shown)
{
    for (int i = 0; i < REVIEWS; i++) {
        char text[200];
        struct form day;
        if (reviews[i].done)
            continue;
        text_say(json->language, text, sizeof text, "%s on %s: %s", reviews[i].what,
                 form_day(json->language, reviews[i].due_on, &day),
                 due_state_text(due_state_of(reviews[i].due_on, false, shown->as_of,
                                             shown->settings->due_soon_days)));
        jsonw_put_string(json, "next", text);
        return;
    }
}

static bool on_certificate(void *context, const struct record_view *view)
{
    struct shown *shown = context;
    struct jsonw *json = &shown->json;
    struct review reviews[REVIEWS];
    if (!reviews_of(view, shown->settings, reviews))
        return true;
    bool valid = in_force(view, reviews, shown->as_of);
    shown->in_force += valid;
    jsonw_object_begin(json);
    put_rid(json, "id", view->rid);
    put_enum(json, "scheme", view, CERTIFICATE_SCHEME);
    jsonw_put_text(json, "body", scan_text(view, CERTIFICATE_BODY));
    put_day(json, "certified_on", scan_day(view, CERTIFICATE_CERTIFIED_ON));
    put_day(json, "expires_on", reviews[2].due_on);
    jsonw_put_bool(json, "in_force", valid);
    jsonw_key(json, "reviews");
    jsonw_array_begin(json);
    for (int i = 0; i < REVIEWS; i++) {
        jsonw_object_begin(json);
        jsonw_put_said(json, "what", reviews[i].what);
        put_day(json, "due_on", reviews[i].due_on);
        jsonw_put_string(
            json, "state",
            due_state_text(due_state_of(reviews[i].due_on, reviews[i].done, shown->as_of,
                                        shown->settings->due_soon_days)));
        jsonw_object_end(json);
    }
    jsonw_array_end(json);
    put_next_review(json, reviews, shown);
    jsonw_object_end(json);
    return true;
}

static bool on_visit(void *context, const struct record_view *view)
{
    struct shown *shown = context;
    struct jsonw *json = &shown->json;
    jsonw_object_begin(json);
    put_rid(json, "id", view->rid);
    put_enum(json, "scheme", view, VISIT_SCHEME);
    put_enum(json, "type", view, VISIT_TYPE);
    put_enum(json, "status", view, VISIT_STATUS);
    put_day(json, "planned_on", scan_day(view, VISIT_PLANNED_ON));
    put_day(json, "started_on", scan_day(view, VISIT_STARTED_ON));
    put_day(json, "ended_on", scan_day(view, VISIT_ENDED_ON));
    jsonw_put_int(json, "days", scan_int(view, VISIT_DAYS, 0));
    jsonw_put_int(json, "interviews_customers", scan_int(view, VISIT_INTERVIEWS_CUSTOMERS, 0));
    jsonw_put_int(json, "interviews_staff", scan_int(view, VISIT_INTERVIEWS_STAFF, 0));
    jsonw_put_int(json, "interviews_partners", scan_int(view, VISIT_INTERVIEWS_PARTNERS, 0));
    put_enum(json, "recommendation", view, VISIT_RECOMMENDATION);
    jsonw_object_end(json);
    return true;
}

static bool on_finding(void *context, const struct record_view *view)
{
    struct shown *shown = context;
    struct jsonw *json = &shown->json;
    int64_t place = scan_int(view, FINDING_ELEMENT, 0);
    if (scan_day(view, FINDING_CLOSED_ON) != DAY_NONE || place < 1 || place > ELEMENTS ||
        scan_day(view, FINDING_FOUND_ON) > shown->as_of)
        return true;
    jsonw_object_begin(json);
    put_rid(json, "id", view->rid);
    jsonw_put_string(json, "site", site_name(&shown->names, view->subject));
    jsonw_put_string(json, "element", element_id((uint8_t)place));
    put_enum(json, "type", view, FINDING_TYPE);
    put_day(json, "look_at_on", scan_day(view, FINDING_LOOK_AT_ON));
    jsonw_put_text(json, "owner", scan_text(view, FINDING_OWNER));
    jsonw_put_text(json, "text", scan_text(view, FINDING_TEXT));
    jsonw_object_end(json);
    return true;
}

void api_accreditation(struct api_call call)
{
    static const struct {
        const char *key;
        uint16_t kind;
        bool (*each)(void *context, const struct record_view *view);
    } parts[] = {{"certificates", KIND_CERTIFICATE, on_certificate},
                 {"visits", KIND_VISIT, on_visit},
                 {"findings", KIND_FINDING, on_finding}};
    struct shown shown = {.as_of = api_today(call.api),
                          .settings = &ledger_rules(call.api->config.ledger)->settings};
    struct err_info info = {0};
    if (!api_read(call, &shown.names.txn))
        return;
    struct scan scan = {.txn = shown.names.txn, .left = SCAN_RECORDS_MAX};
    enum err err = query_day(call.request, "as_of", &shown.as_of, &info);
    answer_begin(call, &shown.json);
    jsonw_object_begin(&shown.json);
    put_day(&shown.json, "as_of", shown.as_of);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && err == ERR_OK; i++) {
        jsonw_key(&shown.json, parts[i].key);
        jsonw_array_begin(&shown.json);
        err = scan_views(&scan, parts[i].kind, parts[i].each, &shown);
        jsonw_array_end(&shown.json);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the records could not be read: %s", err_text(err));
    }
    jsonw_put_bool(&shown.json, "self_assessed", shown.in_force == 0);
    jsonw_put_said(&shown.json, "standing",
                   shown.in_force > 0 ? N_("a certificate is in force")
                                      : N_("self-assessed: no certificate is in force"));
    jsonw_object_end(&shown.json);
    if (err == ERR_OK)
        http_reply_json(call.response, 200, &shown.json);
    else
        http_problem_info(call.response, &info);
    jsonw_deinit(&shown.json);
    store_abort(shown.names.txn);
}
