/* GET checks: everything that asks for somebody's hand. */
#include "lib/api/checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/cse/deadlines.h"

struct check *check_new(struct checks *checks, const char *code, uint64_t site, uint8_t element)
{
    if ((checks->by_site && site != checks->site) ||
        (checks->element != 0 && element != checks->element) || checks->person != NULL)
        return NULL;
    if (checks->count == CHECKS_MAX) {
        checks->left_out++;
        return NULL;
    }
    struct check *check = &checks->list[checks->count++];
    *check = (struct check){.code = code,
                            .site = site,
                            .element = element,
                            .due_on = DAY_NONE,
                            .language = checks->language};
    return check;
}

struct check *check_of(struct checks *checks, const char *code, const struct record_view *view,
                       uint8_t element, uint16_t owner_field)
{
    const char *person = checks->person;
    struct bytes owner = owner_field != 0 ? scan_text(view, owner_field) : bytes_of("", 0);
    if (person != NULL && !bytes_equal(owner, bytes_of_text(person)))
        return NULL;
    checks->person = NULL; /* it is theirs */
    struct check *check = check_new(checks, code, view->subject, element);
    checks->person = person;
    if (check == NULL)
        return NULL;
    check->kind = view->kind;
    memcpy(check->rid, view->rid, RID_BYTES);
    (void)snprintf(check->owner, sizeof check->owner, "%.*s", (int)owner.len,
                   (const char *)owner.data);
    return check;
}

void check_text(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vsay(check->language, check->text, sizeof check->text, format, args);
    va_end(args);
}

void check_todo(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_vsay(check->language, check->todo, sizeof check->todo, format, args);
    va_end(args);
}

/* ---- the answer ---- */

/* Overdue first, then by day, site, element. */
static int by_urgency(const void *a, const void *b)
{
    const struct check *left = a, *right = b;
    if (left->overdue != right->overdue)
        return left->overdue ? -1 : 1;
    int32_t l = left->due_on == DAY_NONE ? CIVIL_DAY_MAX : left->due_on;
    int32_t r = right->due_on == DAY_NONE ? CIVIL_DAY_MAX : right->due_on;
    if (l != r)
        return l < r ? -1 : 1;
    if (left->site != right->site)
        return left->site < right->site ? -1 : 1;
    if (left->element != right->element)
        return left->element < right->element ? -1 : 1;
    int order = strcmp(left->code, right->code);
    return order != 0 ? order : memcmp(left->rid, right->rid, RID_BYTES);
}

static void put_check(struct jsonw *json, struct checks *checks, const struct check *check)
{
    jsonw_object_begin(json);
    jsonw_put_string(json, "code", check->code);
    jsonw_put_string(json, "site", site_name(&checks->names, check->site));
    jsonw_put_string(json, "element", check->element != 0 ? element_id(check->element) : NULL);
    if (check->kind != 0) {
        kind_name_to_json(json, check->kind);
        put_rid(json, "id", check->rid);
    }
    jsonw_put_string(json, "owner", check->owner);
    put_day(json, "due_on", check->due_on);
    jsonw_put_bool(json, "overdue", check->overdue);
    jsonw_put_string(json, "text", check->text);
    jsonw_put_string(json, "todo", check->todo);
    jsonw_object_end(json);
}

static void put_checks(struct jsonw *json, struct checks *checks)
{
    put_day(json, "as_of", checks->as_of);
    jsonw_put_uint(json, "count", checks->count + checks->left_out);
    jsonw_put_bool(json, "incomplete", checks->scan.incomplete || checks->left_out > 0);
    jsonw_key(json, "checks");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < checks->count; i++)
        put_check(json, checks, &checks->list[i]);
    jsonw_array_end(json);
}

static enum err parse(struct api_call call, struct checks *checks, struct err_info *info)
{
    const char *element = http_query(call.request, "element");
    checks->person = http_query(call.request, "person");
    checks->as_of = api_today(call.api);
    enum err err = query_day(call.request, "as_of", &checks->as_of, info);
    if (err == ERR_OK)
        err = query_site(call.request, checks->txn, &checks->site, &checks->by_site, info);
    if (err == ERR_OK && element != NULL) {
        checks->element = element_from_id(element);
        if (checks->element == 0)
            err = err_set(info, ERR_INVALID,
                          "element: there is no '%.32s'; ids go from 1.1.1 to 5.3.3", element);
    }
    return err;
}

static enum err gather(struct checks *checks)
{
    struct picture_made made;
    enum err err = api_picture_make(checks->api, checks->txn, checks->as_of,
                                    checks->by_site ? &checks->site : NULL, false, &made);
    if (err != ERR_OK)
        return err;
    err = checks_of_picture(checks, &made.picture);
    api_picture_done(&made);
    if (err == ERR_OK)
        err = checks_of_dates(checks);
    if (err == ERR_OK)
        err = checks_of_complaints(checks);
    if (err == ERR_OK)
        err = checks_of_evidence(checks);
    if (err == ERR_OK)
        err = checks_of_records(checks);
    if (err == ERR_OK)
        err = checks_of_certificates(checks);
    return err == ERR_OK ? checks->err : err;
}

void api_checks(struct api_call call)
{
    struct err_info info = {0};
    struct jsonw json;
    struct checks *checks = calloc(1, sizeof *checks);
    if (checks != NULL)
        checks->list = calloc(CHECKS_MAX, sizeof *checks->list);
    if (checks == NULL || checks->list == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        free(checks);
        return;
    }
    checks->api = call.api;
    checks->language = call.language;
    checks->rules = ledger_rules(call.api->config.ledger);
    if (api_read(call, &checks->txn)) {
        checks->names.txn = checks->txn;
        checks->scan = (struct scan){.txn = checks->txn, .left = SCAN_RECORDS_MAX};
        enum err err = parse(call, checks, &info);
        if (err == ERR_OK) {
            err = gather(checks);
            if (err != ERR_OK)
                (void)err_set(&info, err, "the checks could not be made: %s", err_text(err));
        }
        if (err != ERR_OK) {
            http_problem_info(call.response, &info);
        } else {
            qsort(checks->list, checks->count, sizeof *checks->list, by_urgency);
            answer_begin(call, &json);
            jsonw_object_begin(&json);
            put_checks(&json, checks);
            jsonw_object_end(&json);
            answer_end(call, 200, &json);
        }
        store_abort(checks->txn);
    }
    free(checks->list);
    free(checks);
}
