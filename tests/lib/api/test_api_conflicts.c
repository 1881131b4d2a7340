#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/lib/api/api_fixture.h"

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define BROKER_SITE UINT64_C(0x8000000000000001)

static struct machine node, broker;
static uint64_t sent;
static char id[64], path[128], conflict_path[128];

static void start(void)
{
    machine_start(&node, LEDGER_NODE, NODE_SITE);
    machine_start(&broker, LEDGER_BROKER, BROKER_SITE);
    machine_know_site(&node, NODE_SITE, "housing", false, false);
    machine_know_site(&broker, NODE_SITE, "housing", false, false);
    machine_know_site(&broker, BROKER_SITE, "centre", false, true);
    sent = 0;
    struct reply *reply =
        ask(&node, HTTP_POST, "/api/v1/records/assessment",
            "{\"fields\":{\"element\":\"4.3.2\",\"band\":\"PC\",\"assessed_on\":\"2026-05-04\"}}",
            NULL);
    cr_assert_eq(reply->status, 201, "%s", reply->text);
    (void)snprintf(id, sizeof id, "%s", text_at(reply, "id"));
    (void)snprintf(path, sizeof path, "/api/v1/records/assessment/%s", id);
    (void)snprintf(conflict_path, sizeof conflict_path, "/api/v1/conflicts/%s", id);
    machine_push(&node, &broker, &sent);
}

static void stop(void)
{
    machine_stop(&node);
    machine_stop(&broker);
}

TestSuite(api_conflicts, .init = start, .fini = stop);

/* Both sides change the band without knowing of each other. */
static void disagree(void)
{
    struct reply *reply =
        ask(&broker, HTTP_PATCH, path, "{\"fields\":{\"band\":\"NC\"}}", "X-CSE-Author: quality");
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_assert_str_eq(text_at(reply, "fields/band"), "NC", "a writer reads its own write");
    machine_move_clock(1000);
    cr_assert_eq(
        ask(&node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", "X-CSE-Author: maria")
            ->status,
        200);
    machine_push(&node, &broker, &sent);
}

Test(api_conflicts, a_conflict_is_listed_with_all_that_was_said_and_settled_by_taking_one)
{
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/conflicts", NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "conflicts")), 0);
    disagree();
    reply = ask(&broker, HTTP_GET, "/api/v1/conflicts", NULL, NULL);
    cr_assert_eq(json_array_size(json_at(reply, "conflicts")), 1, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "conflicts/0/id"), id);
    cr_expect_str_eq(text_at(reply, "conflicts/0/kind"), "assessment");
    cr_expect_str_eq(text_at(reply, "conflicts/0/site"), "housing");
    cr_expect_str_eq(text_at(reply, "conflicts/0/field"), "band");
    cr_expect_eq(int_at(reply, "conflicts/0/values/0/n"), 1);
    cr_expect_str_eq(text_at(reply, "conflicts/0/values/0/value"), "C",
                     "the later one is displayed");
    cr_expect_str_eq(text_at(reply, "conflicts/0/values/0/author"), "maria");
    cr_expect_str_eq(text_at(reply, "conflicts/0/values/1/value"), "NC");
    cr_expect_str_eq(text_at(reply, "conflicts/0/values/1/site"), "centre");
    reply = ask(&broker, HTTP_GET, path, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "disputed/0"), "band");
    cr_expect_eq(int_at(ask(&broker, HTTP_GET, "/api/v1/status", NULL, NULL), "conflicts"), 1);

    cr_expect_eq(
        ask(&broker, HTTP_POST, conflict_path, "{\"field\":\"band\",\"take\":3}", NULL)->status,
        422);
    cr_expect_eq(ask(&broker, HTTP_POST, conflict_path, "{\"field\":\"band\"}", NULL)->status, 422);
    cr_expect_eq(
        ask(&broker, HTTP_POST, conflict_path, "{\"field\":\"notes\",\"take\":1}", NULL)->status,
        404);
    reply = ask(&broker, HTTP_POST, conflict_path, "{\"field\":\"band\",\"take\":2}", NULL);
    cr_expect_eq(reply->status, 200, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "fields/band"), "NC");
    reply = ask(&broker, HTTP_GET, "/api/v1/conflicts", NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "conflicts")), 0);
    reply = ask(&broker, HTTP_GET, "/api/v1/records/conflict-resolution", NULL, NULL);
    cr_assert_eq(json_array_size(json_at(reply, "records")), 1, "the refused ones left none");
    cr_expect_str_eq(text_at(reply, "records/0/fields/about"), id);
    cr_expect_str_eq(text_at(reply, "records/0/fields/about_kind"), "assessment");
    cr_expect_str_eq(text_at(reply, "records/0/fields/field"), "band");
    cr_expect_str_eq(text_at(reply, "records/0/fields/chosen"), "NC");
    cr_expect_str_eq(text_at(reply, "records/0/fields/rejected"), "C");
    cr_expect_str_eq(text_at(reply, "records/0/fields/resolved_on"), "2026-11-22");
    cr_expect_str_eq(text_at(reply, "records/0/site"), "housing", "%s", reply->text);
}

Test(api_conflicts, a_conflict_can_be_settled_with_a_third_value)
{
    disagree();
    struct reply *reply = ask(&broker, HTTP_POST, conflict_path,
                              "{\"field\":\"band\",\"value\":\"PC\",\"reason\":\"agreed\"}", NULL);
    cr_expect_eq(reply->status, 200, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "fields/band"), "PC");
    cr_expect_eq(json_array_size(json_at(reply, "disputed")), 0);
    cr_expect_eq(
        ask(&broker, HTTP_POST, conflict_path, "{\"field\":\"band\",\"take\":1}", NULL)->status,
        404, "settled once");
    reply = ask(&broker, HTTP_GET, "/api/v1/records/conflict-resolution", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "records/0/fields/chosen"), "PC");
    cr_expect_str_eq(text_at(reply, "records/0/fields/rejected"), "C; NC");
    cr_expect_str_eq(text_at(reply, "records/0/fields/reason"), "agreed");
}

Test(api_conflicts, an_edit_the_deleter_had_not_seen_is_a_conflict_and_deleting_again_settles_it)
{
    cr_assert_eq(ask(&broker, HTTP_DELETE, path, NULL, NULL)->status, 200);
    machine_move_clock(1000);
    cr_assert_eq(ask(&node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", NULL)->status, 200);
    machine_push(&node, &broker, &sent);
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/conflicts", NULL, NULL);
    cr_assert_str_eq(text_at(reply, "conflicts/0/field"), "deleted", "%s", reply->text);
    reply = ask(&broker, HTTP_POST, conflict_path, "{\"field\":\"deleted\",\"value\":true}", NULL);
    cr_expect_eq(reply->status, 200, "%s", reply->text);
    cr_expect(json_is_true(json_at(reply, "deleted")), "%s", reply->text);
    cr_expect_eq(json_array_size(
                     json_at(ask(&broker, HTTP_GET, "/api/v1/conflicts", NULL, NULL), "conflicts")),
                 0);
}

Test(api_conflicts, a_receipt_at_the_broker_ends_in_applied)
{
    char target[128];
    (void)snprintf(target, sizeof target, "/api/v1/receipts/%s", id);
    cr_expect_str_eq(text_at(ask(&broker, HTTP_GET, target, NULL, NULL), "state"), "applied");
}

Test(api_conflicts, a_node_may_not_change_what_another_site_owns)
{
    struct machine other;
    machine_start(&other, LEDGER_NODE, NODE_SITE + 1);
    struct reply *reply = ask(&other, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", NULL);
    cr_expect_eq(reply->status, 404, "it does not even have it: %s", reply->text);
    machine_stop(&other);
}
