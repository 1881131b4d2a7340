#include <criterion/criterion.h>
#include <stdio.h>

#include "proto/record/kinds.h"
#include "tests/lib/api/api_fixture.h"

/* Today is 2026-11-22, a Sunday. */

#define BROKER_SITE UINT64_C(0x8000000000000001)

static struct machine broker;

static void start(void)
{
    machine_start(&broker, LEDGER_BROKER, BROKER_SITE);
    machine_know_site(&broker, BROKER_SITE, "centre", false, true);
}

static void stop(void)
{
    machine_stop(&broker);
}

TestSuite(api_checks, .init = start, .fini = stop);

static void create(const char *kind, const char *fields, char *id_out)
{
    char target[64], body[700];
    (void)snprintf(target, sizeof target, "/api/v1/records/%s", kind);
    (void)snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    struct reply *reply = ask(&broker, HTTP_POST, target, body, NULL);
    cr_assert_eq(reply->status, 201, "%s %s: %s", kind, fields, reply->text);
    if (id_out != NULL)
        (void)snprintf(id_out, 37, "%s", text_at(reply, "id"));
}

/* How many checks of the code there are, and whether the first is overdue. */
static int count_of(const char *query, const char *code, bool *overdue_out)
{
    struct reply *reply = ask(&broker, HTTP_GET, query, NULL, NULL);
    size_t index;
    json_t *check;
    int count = 0;
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    json_array_foreach(json_at(reply, "checks"), index, check)
    {
        if (strcmp(json_string_value(json_object_get(check, "code")), code) != 0)
            continue;
        if (count++ == 0 && overdue_out != NULL)
            *overdue_out = json_is_true(json_object_get(check, "overdue"));
        cr_expect_gt(strlen(json_string_value(json_object_get(check, "text"))), 4, "%s", code);
        cr_expect_gt(strlen(json_string_value(json_object_get(check, "todo"))), 4, "%s", code);
    }
    return count;
}

static const struct {
    const char *name, *kind, *fields, *code;
    int count;
    bool overdue;
} rows[] = {
    {"action due in 14 days", "action", "{\"title\":\"a\",\"due_on\":\"2026-12-06\"}", "action-due",
     1, false},
    {"action due in 15 days", "action", "{\"title\":\"a\",\"due_on\":\"2026-12-07\"}", "action-due",
     0, false},
    {"action due today", "action", "{\"title\":\"a\",\"due_on\":\"2026-11-22\"}", "action-due", 1,
     false},
    {"action due yesterday", "action", "{\"title\":\"a\",\"due_on\":\"2026-11-21\"}", "action-due",
     1, true},
    {"action done", "action",
     "{\"title\":\"a\",\"due_on\":\"2026-11-21\",\"done_on\":\"2026-11-20\"}", "action-due", 0,
     false},
    {"action dropped", "action",
     "{\"title\":\"a\",\"due_on\":\"2026-11-21\",\"status\":\"dropped\"}", "action-due", 0, false},
    {"evidence expires in 60 days", "evidence",
     "{\"title\":\"e\",\"elements\":[\"1.1.1\"],\"date\":\"2024-01-21\"}", "evidence-ages", 1,
     false},
    {"evidence expires in 61 days", "evidence",
     "{\"title\":\"e\",\"elements\":[\"1.1.1\"],\"date\":\"2024-01-22\"}", "evidence-ages", 0,
     false},
    {"evidence expired yesterday", "evidence",
     "{\"title\":\"e\",\"elements\":[\"1.1.1\"],\"date\":\"2023-11-21\"}", "evidence-expired", 1,
     true},
    {"evidence on its last day", "evidence",
     "{\"title\":\"e\",\"elements\":[\"1.1.1\"],\"date\":\"2023-11-22\"}", "evidence-expired", 0,
     false},
    {"evidence without a date", "evidence", "{\"title\":\"e\",\"elements\":[\"1.1.1\"]}",
     "evidence-undated", 1, false},
    {"evidence of no element", "evidence", "{\"title\":\"e\",\"date\":\"2026-01-01\"}",
     "evidence-loose", 1, false},
    {"complaint to be acknowledged today", "complaint", "{\"received_on\":\"2026-11-16\"}",
     "complaint-due", 1, false},
    {"complaint late", "complaint", "{\"received_on\":\"2026-11-02\"}", "complaint-due", 1, true},
    {"complaint closed", "complaint",
     "{\"received_on\":\"2026-11-02\",\"closed_on\":\"2026-11-05\"}", "complaint-due", 0, false},
    {"upheld without a root cause", "complaint",
     "{\"received_on\":\"2026-11-02\",\"responded_on\":\"2026-11-05\",\"outcome\":\"upheld\"}",
     "root-cause-missing", 1, false},
    {"not upheld needs none", "complaint",
     "{\"received_on\":\"2026-11-02\",\"responded_on\":\"2026-11-05\","
     "\"outcome\":\"not-upheld\"}",
     "root-cause-missing", 0, false},
    {"answered, remedy open", "complaint",
     "{\"received_on\":\"2026-11-02\",\"responded_on\":\"2026-11-05\",\"outcome\":\"upheld\"}",
     "remedy-open", 1, false},
    {"stage 2 by the same person", "complaint",
     "{\"received_on\":\"2026-10-02\",\"escalated_on\":\"2026-11-01\",\"handler\":\"X\","
     "\"stage2_handler\":\"X\"}",
     "stage2-same-person", 1, false},
    {"stage 2 by another", "complaint",
     "{\"received_on\":\"2026-10-02\",\"escalated_on\":\"2026-11-01\",\"handler\":\"X\","
     "\"stage2_handler\":\"Y\"}",
     "stage2-same-person", 0, false},
    {"closed 72 months ago", "complaint",
     "{\"received_on\":\"2020-11-02\",\"closed_on\":\"2020-11-22\"}", "retention", 1, false},
    {"closed a day less", "complaint",
     "{\"received_on\":\"2020-11-02\",\"closed_on\":\"2020-11-23\"}", "retention", 0, false},
    {"access request", "privacy-record",
     "{\"type\":\"access-request\",\"title\":\"s\",\"received_on\":\"2026-10-20\"}",
     "privacy-request", 1, true},
    {"access request answered", "privacy-record",
     "{\"type\":\"access-request\",\"title\":\"s\",\"received_on\":\"2026-10-21\","
     "\"answered_on\":\"2026-11-01\"}",
     "privacy-request", 0, false},
    {"agreement ends in 60 days", "agreement",
     "{\"title\":\"t\",\"type\":\"sharing\",\"partner\":\"p\",\"status\":\"active\","
     "\"starts_on\":\"2026-01-01\",\"expires_on\":\"2027-01-21\"}",
     "agreement-expires", 1, false},
    {"agreement suspended", "agreement",
     "{\"title\":\"t\",\"type\":\"sharing\",\"partner\":\"p\",\"status\":\"suspended\","
     "\"starts_on\":\"2026-01-01\",\"expires_on\":\"2027-01-21\"}",
     "agreement-expires", 0, false},
    {"certificate's first review", "certificate",
     "{\"scheme\":\"cse\",\"body\":\"b\",\"certified_on\":\"2026-02-20\"}", "certificate", 1,
     false},
    {"a day before it is soon", "certificate",
     "{\"scheme\":\"cse\",\"body\":\"b\",\"certified_on\":\"2026-02-21\"}", "certificate", 0,
     false},
};

Test(api_checks, every_rule_that_flags)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool overdue = false;
        char id[37], target[96];
        create(rows[i].kind, rows[i].fields, id);
        cr_expect_eq(count_of("/api/v1/checks", rows[i].code, &overdue), rows[i].count, "%s",
                     rows[i].name);
        if (rows[i].count > 0)
            cr_expect_eq(overdue, rows[i].overdue, "%s", rows[i].name);
        (void)snprintf(target, sizeof target, "/api/v1/records/any/%s", id);
        cr_assert_eq(ask(&broker, HTTP_DELETE, target, NULL, NULL)->status, 200);
    }
    cr_expect_eq(int_at(ask(&broker, HTTP_GET, "/api/v1/checks", NULL, NULL), "count"), 0);
}

Test(api_checks, by_person_and_day)
{
    create("action", "{\"title\":\"a\",\"due_on\":\"2026-11-01\",\"owner\":\"Ann\"}", NULL);
    create("action", "{\"title\":\"b\",\"due_on\":\"2026-11-01\",\"owner\":\"Bob\"}", NULL);
    cr_expect_eq(count_of("/api/v1/checks", "action-due", NULL), 2);
    cr_expect_eq(count_of("/api/v1/checks?person=Ann", "action-due", NULL), 1);
    cr_expect_eq(count_of("/api/v1/checks?person=Cid", "action-due", NULL), 0);
    cr_expect_eq(count_of("/api/v1/checks?as_of=2026-10-17", "action-due", NULL), 0);
    cr_expect_eq(count_of("/api/v1/checks?as_of=2026-10-18", "action-due", NULL), 2);
    cr_expect_eq(ask(&broker, HTTP_GET, "/api/v1/checks?element=9.9.9", NULL, NULL)->status, 422);
}

Test(api_checks, a_missed_standard_without_an_action)
{
    char standard[37], body[400];
    create("standard", "{\"title\":\"Calls\",\"target_share\":80,\"starts_on\":\"2026-01-01\"}",
           standard);
    (void)snprintf(body, sizeof body,
                   "{\"standard\":\"%s\",\"period_from\":\"2026-07-01\","
                   "\"period_to\":\"2026-09-30\",\"total\":2000,\"within\":1500}",
                   standard);
    create("measurement", body, NULL);
    cr_expect_eq(count_of("/api/v1/checks", "standard-missed", NULL), 0, "nearly met");
    (void)snprintf(body, sizeof body,
                   "{\"standard\":\"%s\",\"period_from\":\"2026-07-01\","
                   "\"period_to\":\"2026-09-30\",\"total\":2000,\"within\":1499}",
                   standard);
    create("measurement", body, NULL);
    cr_expect_eq(count_of("/api/v1/checks", "standard-missed", NULL), 1);
}

Test(api_checks, a_certificate_in_force_ends_the_self_assessment)
{
    cr_expect(json_is_true(
        json_at(ask(&broker, HTTP_GET, "/api/v1/picture", NULL, NULL), "award/self_assessed")));
    create("certificate", "{\"scheme\":\"cse\",\"body\":\"b\",\"certified_on\":\"2025-11-22\"}",
           NULL);
    cr_expect(json_is_false(
        json_at(ask(&broker, HTTP_GET, "/api/v1/picture", NULL, NULL), "award/self_assessed")));
    cr_expect(
        json_is_true(json_at(ask(&broker, HTTP_GET, "/api/v1/picture?as_of=2028-11-23", NULL, NULL),
                             "award/self_assessed")),
        "the day after it expired");
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/accreditation", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "certificates/0/reviews/0/due_on"), "2026-11-22");
    cr_expect_str_eq(text_at(reply, "certificates/0/reviews/0/state"), "soon");
    cr_expect_str_eq(text_at(reply, "certificates/0/expires_on"), "2028-11-22");
}

Test(api_checks, deadlines_are_explained)
{
    char id[37], target[96];
    create("complaint",
           "{\"received_on\":\"2026-04-02\",\"acknowledged_on\":\"2026-04-08\","
           "\"extended_on\":\"2026-04-20\",\"extension_days\":11,\"extension_reason\":\"r\"}",
           id);
    (void)snprintf(target, sizeof target, "/api/v1/records/complaint/%s/deadlines", id);
    struct reply *reply = ask(&broker, HTTP_GET, target, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "deadlines/0/due_on"), "2026-04-13");
    cr_expect_str_eq(text_at(reply, "deadlines/0/state"), "met");
    cr_expect_str_eq(text_at(reply, "deadlines/0/holidays/1"), "2026-04-06");
    cr_expect_str_eq(text_at(reply, "deadlines/1/state"), "extended");
    cr_expect_str_eq(text_at(reply, "deadlines/2/due_on"), "2026-05-08");
    cr_expect_str_eq(text_at(reply, "flags/0"), "EXT_OVER_CAP");
    cr_expect_str_eq(text_at(reply, "next"), "assessment");
}

Test(api_checks, the_report_on_complaints_adds_up)
{
    create("complaint",
           "{\"received_on\":\"2026-03-02\",\"responded_on\":\"2026-03-09\","
           "\"outcome\":\"upheld\",\"topic\":\"timeliness\"}",
           NULL);
    create("complaint",
           "{\"received_on\":\"2026-03-03\",\"responded_on\":\"2026-04-30\","
           "\"outcome\":\"not-upheld\",\"escalated_on\":\"2026-05-01\","
           "\"stage2_responded_on\":\"2026-05-20\",\"stage2_outcome\":\"upheld\"}",
           NULL);
    create("complaint", "{\"received_on\":\"2025-03-02\"}", NULL);
    struct reply *reply = ask(
        &broker, HTTP_GET, "/api/v1/reports/complaints?from=2026-01-01&to=2026-12-31", NULL, NULL);
    cr_expect_eq(int_at(reply, "received"), 2);
    cr_expect_eq(int_at(reply, "received_before"), 1);
    cr_expect_eq(int_at(reply, "stage1_on_time/hits"), 1);
    cr_expect_eq(int_at(reply, "stage1_on_time/counted"), 2);
    cr_expect_eq(int_at(reply, "stage1_working_days"), 5 + 40);
    cr_expect_eq(int_at(reply, "escalated/hits"), 1);
    cr_expect_eq(int_at(reply, "stage2_on_time/hits"), 1);
    cr_expect_eq(int_at(reply, "quarters/0/received"), 2);
    reply = ask(&broker, HTTP_GET, "/api/v1/reports/complaints?from=2026-01-01&publish=true", NULL,
                NULL);
    cr_expect_str_eq(text_at(reply, "outcomes/0/count"), "*", "two of two could show a person");
    cr_expect_str_eq(text_at(reply, "received"), "*");
    cr_expect_str_eq(text_at(reply, "upheld"), "*");
    cr_expect_str_eq(text_at(reply, "received_before"), "*");
    cr_expect_str_eq(text_at(reply, "quarters/0/received"), "*");
    cr_expect_str_eq(text_at(reply, "quarters/0/stage1_working_days"), "*");
}

/* Operations become evidence: once, frozen, waiting for a nod. */
Test(api_checks, a_quarter_is_filed_as_evidence_once)
{
    char id[37], target[96];
    create("complaint",
           "{\"received_on\":\"2026-07-02\",\"acknowledged_on\":\"2026-07-03\","
           "\"responded_on\":\"2026-07-09\",\"outcome\":\"not-upheld\"}",
           NULL);
    create("complaint", "{\"received_on\":\"2026-10-02\"}", NULL); /* another quarter */
    struct reply *reply = ask(&broker, HTTP_POST, "/api/v1/periods?period=2026-Q3", NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_eq(int_at(reply, "filed"), 1);
    reply = ask(&broker, HTTP_POST, "/api/v1/periods", NULL, NULL);
    cr_expect_eq(int_at(reply, "filed"), 0, "the last quarter is that one, and has been filed");
    reply = ask(&broker, HTTP_GET, "/api/v1/records/evidence", NULL, NULL);
    (void)snprintf(id, sizeof id, "%s", text_at(reply, "records/0/id"));
    cr_expect_str_eq(text_at(reply, "records/0/fields/period"), "2026-Q3");
    cr_expect_str_eq(text_at(reply, "records/0/fields/elements/0"), "4.3.2");
    cr_expect_eq(int_at(reply, "records/0/fields/counted"), 1);
    cr_expect_eq(strlen(text_at(reply, "records/0/fields/source_hash")), 32);
    cr_expect_eq(count_of("/api/v1/checks", "evidence-waits", NULL), 1);
    reply = ask(&broker, HTTP_GET, "/api/v1/picture?element=4.3.2", NULL, NULL);
    cr_expect_eq(int_at(reply, "elements/0/evidence/current"), 0, "not before the nod");
    (void)snprintf(target, sizeof target, "/api/v1/records/evidence/%s", id);
    reply = ask(&broker, HTTP_PATCH, target, "{\"fields\":{\"title\":\"better\"}}", NULL);
    cr_expect_eq(reply->status, 403, "frozen: %s", reply->text);
    reply = ask(&broker, HTTP_PATCH, target, "{\"fields\":{\"accepted_on\":\"2026-11-22\"}}", NULL);
    cr_expect_eq(reply->status, 200, "%s", reply->text);
    reply = ask(&broker, HTTP_GET, "/api/v1/picture?element=4.3.2", NULL, NULL);
    cr_expect_eq(int_at(reply, "elements/0/evidence/current"), 1, "counts for the whole");
    cr_expect_eq(count_of("/api/v1/checks", "evidence-waits", NULL), 0);
    cr_expect_eq(ask(&broker, HTTP_POST, "/api/v1/periods?period=2026-Q4", NULL, NULL)->status, 422,
                 "it has not ended");
    cr_expect_eq(ask(&broker, HTTP_POST, "/api/v1/periods?period=2026-13", NULL, NULL)->status,
                 422);
}

Test(api_checks, surveys_standards_and_benchmarks)
{
    char standard[37], body[400];
    for (int i = 0; i < 6; i++)
        create("response",
               i < 4 ? "{\"answered_on\":\"2026-05-01\",\"overall\":5,\"segment\":\"rural\","
                       "\"recommend\":10,\"timeliness\":4}"
                     : "{\"answered_on\":\"2026-05-01\",\"overall\":2,\"segment\":\"town\","
                       "\"recommend\":3,\"timeliness\":2}",
               NULL);
    create("survey-result",
           "{\"measure\":\"overall\",\"period_from\":\"2026-05-01\",\"period_to\":"
           "\"2026-05-31\",\"counts\":[1,1,0,4,4],\"segment\":\"rural\"}",
           NULL);
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/surveys?by=segment", NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_eq(int_at(reply, "answers"), 16);
    cr_expect_eq(int_at(reply, "satisfied/hits"), 12, "single answers and counts add up");
    cr_expect_str_eq(text_at(reply, "groups/0/name"), "rural");
    cr_expect_eq(int_at(reply, "groups/0/satisfied/counted"), 14);
    cr_expect_str_eq(text_at(reply, "groups/1/gap"), "too-few");
    cr_expect_str_eq(text_at(reply, "drivers/0/quadrant"), "too-few");
    reply = ask(&broker, HTTP_GET, "/api/v1/surveys?by=segment&publish=true", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "groups/0/answers"), "*", "or the other could be worked back");
    cr_expect_str_eq(text_at(reply, "groups/1/answers"), "*");
    cr_expect_eq(ask(&broker, HTTP_GET, "/api/v1/surveys?by=star", NULL, NULL)->status, 422);
    create("standard", "{\"title\":\"Calls\",\"target_share\":80,\"starts_on\":\"2026-01-01\"}",
           standard);
    (void)snprintf(body, sizeof body,
                   "{\"standard\":\"%s\",\"period_from\":\"2026-07-01\","
                   "\"period_to\":\"2026-09-30\",\"total\":2000,\"within\":1599}",
                   standard);
    create("measurement", body, NULL);
    reply = ask(&broker, HTTP_GET, "/api/v1/standards", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "standards/0/title"), "Calls");
    cr_expect_eq(int_at(reply, "standards/0/within/hits"), 1599);
    cr_expect_str_eq(text_at(reply, "standards/0/state"), "nearly");
    create("benchmark",
           "{\"title\":\"b\",\"measure\":\"days\",\"about\":\"timeliness\","
           "\"taken_on\":\"2026-05-01\",\"direction\":\"lower\",\"own\":16,"
           "\"peers\":[12,14,15,18,22,25,30]}",
           NULL);
    reply = ask(&broker, HTTP_GET, "/api/v1/benchmarks", NULL, NULL);
    cr_expect_eq(int_at(reply, "benchmarks/0/rank"), 4);
    cr_expect_eq(int_at(reply, "benchmarks/0/quartile"), 2);
}
