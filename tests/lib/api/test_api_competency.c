#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/lib/api/api_fixture.h"

/* Of what is said about people only summaries leave a site, and none that is about a few. */

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define BROKER_SITE UINT64_C(0x8000000000000001)

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

TestSuite(api_competency, .init = start, .fini = stop);

static void rate(const char *person, const char *role, const char *group)
{
    char body[600];
    (void)snprintf(body, sizeof body,
                   "{\"fields\":{\"person\":\"%s\",\"team\":\"Desk\",\"role\":\"%s\","
                   "\"rated_on\":\"2026-10-01\",\"rater_group\":\"%s\",\"score\":4,"
                   "\"level1\":[1,1,1,1,1,1],\"level2\":[1,1,1,1]}}",
                   person, role, group);
    struct reply *reply = ask(&node, HTTP_POST, "/api/v1/records/competency", body, NULL);
    cr_assert_eq(reply->status, 201, "%s", reply->text);
}

/* A manager and `peers` peers each; with a manager and four raters there is a mean. */
static void rate_people(const char *role, int people, int peers)
{
    for (int i = 0; i < people; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "P%d", i);
        rate(name, role, "manager");
        for (int j = 0; j < peers; j++)
            rate(name, role, "peer");
    }
}

static struct reply *summarise(void)
{
    return ask(&node, HTTP_POST, "/api/v1/competency/summaries?team=Desk", "{}", NULL);
}

static struct reply *at_the_centre(void)
{
    machine_push(&node, &broker, &sent);
    return ask(&broker, HTTP_GET, "/api/v1/records/competency-summary", NULL, NULL);
}

Test(api_competency, a_summary_needs_four_people_however_many_rated_them)
{
    rate_people("front-line", 1, 9);
    cr_expect_eq(summarise()->status, 403, "one person, ten raters");
    rate_people("manager", 3, 4);
    cr_expect_eq(summarise()->status, 403, "three people");
    struct reply *reply = at_the_centre();
    cr_expect_eq(json_array_size(json_at(reply, "records")), 0, "%s", reply->text);
}

Test(api_competency, four_people_make_a_summary_and_a_role_of_fewer_is_left_out)
{
    rate_people("front-line", 4, 4);
    rate("M", "manager", "manager");
    struct reply *reply = summarise();
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_eq(int_at(reply, "made"), 1);
    cr_expect_eq(int_at(reply, "refused"), 1);
    reply = at_the_centre();
    cr_assert_eq(json_array_size(json_at(reply, "records")), 1, "%s", reply->text);
    cr_expect_eq(int_at(reply, "records/0/fields/people"), 4);
    cr_expect_eq(int_at(reply, "records/0/fields/score_people"), 4);
    cr_expect_eq(int_at(reply, "records/0/fields/score_sum"), 1600);
}

Test(api_competency, the_mean_of_one_of_four_does_not_leave)
{
    rate_people("front-line", 4, 0); /* a manager only: no mean */
    for (int i = 0; i < 4; i++)
        rate("P0", "front-line", "peer");
    struct reply *reply = summarise();
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    reply = at_the_centre();
    cr_assert_eq(json_array_size(json_at(reply, "records")), 1, "%s", reply->text);
    cr_expect_null(json_at(reply, "records/0/fields/score_sum"), "%s", reply->text);
    cr_expect_null(json_at(reply, "records/0/fields/score_people"));
}

Test(api_competency, a_summary_of_few_written_by_hand_is_refused)
{
    struct reply *reply = ask(&node, HTTP_POST, "/api/v1/records/competency-summary",
                              "{\"fields\":{\"team\":\"Desk\",\"rated_on\":\"2026-10-01\","
                              "\"staff\":9,\"people\":1,\"raters\":9}}",
                              NULL);
    cr_expect_eq(reply->status, 422, "%s", reply->text);
}
