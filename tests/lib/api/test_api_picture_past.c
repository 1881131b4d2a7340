#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/lib/api/api_fixture.h"

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define BROKER_SITE UINT64_C(0x8000000000000001)
#define DAY_MS      UINT64_C(86400000)

static struct machine node, broker;
static uint64_t sent;

static void start(void)
{
    machine_start(&node, LEDGER_NODE, NODE_SITE);
    machine_start(&broker, LEDGER_BROKER, BROKER_SITE);
    machine_know_site(&node, NODE_SITE, "housing", false, false);
    machine_know_site(&broker, NODE_SITE, "housing", false, false);
    machine_know_site(&broker, BROKER_SITE, "centre", false, true);
    sent = 0;
}

static void stop(void)
{
    machine_stop(&node);
    machine_stop(&broker);
}

TestSuite(api_picture_past, .init = start, .fini = stop);

static const char *band_of(struct machine *machine, const char *query)
{
    char target[160];
    (void)snprintf(target, sizeof target, "/api/v1/picture?element=4.3.2&%s", query);
    struct reply *reply = ask(machine, HTTP_GET, target, NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    return text_at(reply, "elements/0/band");
}

static void assess(char path_out[128])
{
    struct reply *reply =
        ask(&node, HTTP_POST, "/api/v1/records/assessment",
            "{\"fields\":{\"element\":\"4.3.2\",\"band\":\"PC\",\"assessed_on\":\"2026-05-04\"}}",
            NULL);
    cr_assert_eq(reply->status, 201, "%s", reply->text);
    (void)snprintf(path_out, 128, "/api/v1/records/assessment/%s", text_at(reply, "id"));
}

Test(api_picture_past, a_past_day_is_as_it_was_shown_then)
{
    char path[128];
    assess(path);
    cr_expect_str_eq(band_of(&node, "as_of=2026-11-22"), "PC");
    machine_move_clock(2 * DAY_MS);
    cr_assert_eq(ask(&node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", NULL)->status, 200);
    machine_move_clock(DAY_MS);
    cr_assert_eq(ask(&node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"NC\"}}", NULL)->status, 200);
    static const struct {
        const char *query, *band;
    } days[] = {
        {"as_of=2026-11-21", "NC"}, /* before there was anything to be shown: what is known now */
        {"as_of=2026-11-22", "PC"},
        {"as_of=2026-11-23", "PC"},
        {"as_of=2026-11-24", "C"},
        {"as_of=2026-11-25", "NC"},
        {"as_of=2026-11-22&known=now", "NC"},
        {"as_of=2026-11-22&known=then", "PC"},
    };
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        cr_expect_str_eq(band_of(&node, days[i].query), days[i].band, "%s", days[i].query);
    struct reply *reply = ask(&node, HTTP_GET, "/api/v1/picture?as_of=2026-11-23", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "history"), "as-shown");
    cr_expect_eq(json_array_size(json_at(reply, "restated")), 0, "%s", "it changed, none was late");
    reply = ask(&node, HTTP_GET, "/api/v1/picture?known=maybe", NULL, NULL);
    cr_expect_eq(reply->status, 422, "%d", reply->status);
}

Test(api_picture_past, what_arrives_late_leaves_the_day_as_shown_and_marks_it_restated)
{
    char path[128];
    struct reply *own = ask(&broker, HTTP_POST, "/api/v1/records/action",
                            "{\"fields\":{\"title\":\"Train the "
                            "desk\",\"elements\":[\"1.1.1\"],\"due_on\":\"2026-12-24\"}}",
                            NULL);
    cr_assert_eq(own->status, 201, "%s", own->text);
    assess(path); /* on the 22nd, without a network */
    machine_move_clock(2 * DAY_MS);
    machine_push(&node, &broker, &sent);
    cr_expect_str_eq(band_of(&broker, "as_of=2026-11-22"), "U");
    cr_expect_str_eq(band_of(&broker, "as_of=2026-11-22&known=now"), "PC");
    cr_expect_str_eq(band_of(&broker, "as_of=2026-11-24"), "PC");
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/picture?as_of=2026-11-22", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "history"), "as-shown");
    cr_expect_str_eq(text_at(reply, "restated/0"), "4.3.2");
    reply = ask(&broker, HTTP_GET, "/api/v1/picture?as_of=2026-11-22&known=now", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "history"), "as-known");
}

Test(api_picture_past, a_rebuild_starts_the_past_anew)
{
    char path[128];
    struct err_info info = {0};
    assess(path);
    machine_move_clock(2 * DAY_MS);
    cr_assert_eq(ask(&node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", NULL)->status, 200);
    machine_restart(&node);
    cr_assert_eq(ledger_rebuild(node.ledger, &info), ERR_OK, "%s", info.text);
    struct reply *reply = ask(&node, HTTP_GET, "/api/v1/picture?as_of=2026-11-22", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "history"), "as-known", "%s", reply->text);
}

Test(api_picture_past, two_days_are_compared_and_the_records_between_them_named)
{
    char path[128];
    assess(path);
    machine_move_clock(2 * DAY_MS);
    cr_assert_eq(
        ask(&node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", "X-CSE-Author: maria")
            ->status,
        200);
    struct reply *reply =
        ask(&node, HTTP_GET, "/api/v1/picture/compare?from=2026-11-22&to=2026-11-24", NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_eq(int_at(reply, "count"), 1);
    cr_expect_str_eq(text_at(reply, "changes/0/element"), "4.3.2");
    cr_expect_str_eq(text_at(reply, "changes/0/from"), "PC");
    cr_expect_str_eq(text_at(reply, "changes/0/to"), "C");
    cr_expect_str_eq(text_at(reply, "changes/0/sites/0/site"), "housing");
    cr_expect_eq(json_array_size(json_at(reply, "changes/0/records")), 1);
    cr_expect_str_eq(text_at(reply, "changes/0/records/0/author"), "maria");
    cr_expect_str_eq(text_at(reply, "changes/0/records/0/id"), strrchr(path, '/') + 1);
    reply =
        ask(&node, HTTP_GET, "/api/v1/picture/compare?from=2026-11-22&to=2026-11-23", NULL, NULL);
    cr_expect_eq(int_at(reply, "count"), 0, "%s", reply->text);
    static const char *const bad[] = {"", "?from=2026-11-24&to=2026-11-24", "?from=soon"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char target[128];
        (void)snprintf(target, sizeof target, "/api/v1/picture/compare%s", bad[i]);
        cr_expect_eq(ask(&node, HTTP_GET, target, NULL, NULL)->status, 422, "%s", bad[i]);
    }
}

Test(api_picture_past, evidence_that_has_aged_explains_a_ceiling)
{
    char path[128];
    assess(path);
    struct reply *reply = ask(&node, HTTP_POST, "/api/v1/records/evidence",
                              "{\"fields\":{\"title\":\"Survey\",\"elements\":[\"4.3.2\"],"
                              "\"date\":\"2026-03-01\"}}",
                              NULL);
    cr_assert_eq(reply->status, 201, "%s", reply->text);
    reply = ask(&node, HTTP_GET, "/api/v1/picture?as_of=2028-12-31&forecast=1&element=4.3.2", NULL,
                NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "forecast/award"), "incomplete");
    cr_expect_eq(int_at(reply, "elements/0/evidence/current"), 0);
    reply =
        ask(&node, HTTP_GET, "/api/v1/picture/compare?from=2026-11-22&to=2028-12-31", NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "changes/0/because"), "evidence no longer current: 1");
    reply = ask(&node, HTTP_GET, "/api/v1/picture?as_of=2026-11-01&forecast=1", NULL, NULL);
    cr_expect_eq(reply->status, 422, "a forecast is not of the past");
}

Test(api_picture_past, only_what_is_due_is_assumed)
{
    static const struct {
        const char *fields;
        int64_t assumed;
    } cases[] = {
        {"\"title\":\"After that day\",\"due_on\":\"2027-07-01\"", 0},
        {"\"title\":\"By that day\",\"due_on\":\"2027-06-30\"", 1},
    };
    char body[200];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(body, sizeof body, "{\"fields\":{\"elements\":[\"4.3.2\"],%s}}",
                       cases[i].fields);
        struct reply *reply = ask(&node, HTTP_POST, "/api/v1/records/action", body, NULL);
        cr_assert_eq(reply->status, 201, "%s", reply->text);
        reply = ask(&node, HTTP_GET, "/api/v1/picture?as_of=2027-06-30&forecast=1&assume_actions=1",
                    NULL, NULL);
        cr_assert_eq(reply->status, 200, "%s", reply->text);
        cr_expect_eq(int_at(reply, "forecast/actions_assumed"), cases[i].assumed, "%s",
                     cases[i].fields);
    }
}
