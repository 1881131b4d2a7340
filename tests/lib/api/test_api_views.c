#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/record/kinds.h"
#include "tests/lib/api/api_fixture.h"

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define OTHER_SITE  UINT64_C(0x8000000000000012)
#define BROKER_SITE UINT64_C(0x8000000000000001)

static struct machine broker;

static void start(void)
{
    machine_start(&broker, LEDGER_BROKER, BROKER_SITE);
    machine_know_site(&broker, BROKER_SITE, "centre", false, true);
    machine_know_site(&broker, NODE_SITE, "housing", false, false);
    machine_know_site(&broker, OTHER_SITE, "energy", true, false);
}

static void stop(void)
{
    machine_stop(&broker);
}

TestSuite(api_views, .init = start, .fini = stop);

static void must_create(const char *kind, const char *fields)
{
    char target[64], body[512];
    (void)snprintf(target, sizeof target, "/api/v1/records/%s", kind);
    (void)snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    struct reply *reply = ask(&broker, HTTP_POST, target, body, NULL);
    cr_assert_eq(reply->status, 201, "%s: %s", fields, reply->text);
}

static void expect_paths(const struct reply *reply, const char *const *paths, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cr_expect_not_null(json_at(reply, paths[i]), "%s is missing", paths[i]);
}

static const char *const picture_paths[] = {
    "organisation",
    "as_of",
    "position",
    "digest",
    "award/state",
    "award/could_be",
    "award/self_assessed",
    "criteria/4/id",
    "criteria/0/state",
    "criteria/0/elements",
    "criteria/0/met",
    "criteria/0/partial",
    "criteria/0/partial_max",
    "criteria/0/non_compliant",
    "criteria/0/not_assessed",
    "criteria/0/not_applicable",
    "elements/56/id",
    "elements/0/band",
    "elements/0/worst",
    "elements/0/provisional",
    "elements/0/coverage",
    "elements/0/minor_gaps",
    "elements/0/ceiling",
    "elements/0/challenged",
    "elements/0/disputed",
    "elements/0/evidence/current",
    "elements/0/evidence/ageing",
    "elements/0/evidence/expired",
    "elements/0/sites/0/site",
    "elements/0/sites/0/band",
    "elements/0/sites/0/assessed_on",
    "sites/1/id",
    "sites/1/kind",
    "sites/1/last_heard",
    "sites/1/applied_seq",
    "sites/1/pending",
    "sites/1/state",
    "complaints/received",
    "complaints/open",
    "complaints/overdue",
    "complaints/acknowledged_on_time/on_time",
    "complaints/acknowledged_on_time/counted",
    "complaints/stage1_on_time/on_time",
    "complaints/stage1_on_time/counted",
    "complaints/upheld/upheld",
    "complaints/upheld/decided",
    "contacts/received",
    "satisfaction/csat/satisfied",
    "satisfaction/csat/valid",
    "satisfaction/csat/low",
    "satisfaction/csat/high",
    "satisfaction/nps/promoters",
    "satisfaction/nps/passives",
    "satisfaction/nps/detractors",
    "satisfaction/ces",
    "satisfaction/waves",
};

Test(api_views, the_picture_has_every_field_of_the_contract)
{
    must_create("assessment", "{\"element\":\"1.1.1\",\"band\":\"C\",\"assessed_on\":\"2026-05-"
                              "04\",\"site\":\"housing\"}");
    must_create(
        "evidence",
        "{\"title\":\"E\",\"elements\":[\"1.1.1\"],\"date\":\"2026-10-01\",\"site\":\"housing\"}");
    must_create("assessment", "{\"element\":\"1.1.2\",\"band\":\"C\",\"assessed_on\":\"2026-05-"
                              "04\",\"site\":\"housing\"}");
    must_create("complaint", "{\"received_on\":\"2026-11-02\",\"site\":\"energy\"}");
    must_create("response", "{\"overall\":5,\"recommend\":9,\"answered_on\":\"2026-11-02\","
                            "\"wave\":\"w1\",\"site\":\"energy\"}");
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/picture", NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    expect_paths(reply, picture_paths, sizeof picture_paths / sizeof picture_paths[0]);
    cr_expect_str_eq(text_at(reply, "as_of"), "2026-11-22");
    cr_expect_str_eq(text_at(reply, "elements/0/id"), "1.1.1");
    cr_expect_str_eq(text_at(reply, "elements/0/sites/0/site"), "housing");
    cr_expect_str_eq(text_at(reply, "elements/0/sites/0/band"), "C");
    cr_expect_str_eq(text_at(reply, "elements/0/ceiling"), "C");
    cr_expect(json_is_false(json_at(reply, "elements/0/challenged")));
    cr_expect_str_eq(text_at(reply, "elements/1/ceiling"), "NC");
    cr_expect(json_is_true(json_at(reply, "elements/1/challenged")), "a claim without evidence");
    cr_expect_eq(int_at(reply, "complaints/received"), 1);
    cr_expect_eq(int_at(reply, "satisfaction/csat/valid"), 1);
    cr_expect_eq(int_at(reply, "satisfaction/nps/promoters"), 1);
    cr_expect_str_eq(text_at(reply, "satisfaction/waves/0/wave"), "w1");
    cr_expect_float_eq(json_real_value(json_at(reply, "satisfaction/csat/low")), 0.2065, 0.0001);
    cr_expect_eq(json_array_size(json_at(reply, "sites")), 2,
                 "the centre is no site of the picture");
    cr_expect_str_eq(text_at(reply, "sites/0/state"), "never");
    cr_expect_eq(strlen(text_at(reply, "digest")), 32);
}

Test(api_views, the_picture_is_narrowed_by_site_element_and_day)
{
    must_create("assessment", "{\"element\":\"1.1.1\",\"band\":\"C\",\"assessed_on\":\"2026-05-"
                              "04\",\"site\":\"housing\"}");
    struct reply *reply =
        ask(&broker, HTTP_GET, "/api/v1/picture?site=energy&element=1.1.1&as_of=2026-06-01", NULL,
            NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_eq(json_array_size(json_at(reply, "elements")), 1);
    cr_expect_eq(json_array_size(json_at(reply, "sites")), 1);
    cr_expect_str_eq(text_at(reply, "elements/0/band"), "U");
    cr_expect_str_eq(text_at(reply, "as_of"), "2026-06-01");
    cr_expect_eq(ask(&broker, HTTP_GET, "/api/v1/picture?as_of=today", NULL, NULL)->status, 422);
    cr_expect_eq(ask(&broker, HTTP_GET, "/api/v1/picture?site=atlantis", NULL, NULL)->status, 422);
}

Test(api_views, freshness_follows_the_time_since_a_site_was_heard)
{
    static const struct {
        const char *name;
        uint64_t age_h;
        enum freshness state;
    } rows[] = {
        {"just now", 0, FRESH_CURRENT},
        {"a day", 24, FRESH_CURRENT},
        {"a day and an hour", 25, FRESH_LATE},
        {"a week", 168, FRESH_LATE},
        {"a week and an hour", 169, FRESH_SILENT},
    };
    uint64_t now_ms = machine_now_ms();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(api_freshness(broker.api, now_ms - rows[i].age_h * 3600 * 1000, now_ms),
                     rows[i].state, "%s", rows[i].name);
    cr_expect_eq(api_freshness(broker.api, 0, now_ms), FRESH_NEVER);
    cr_expect_eq(api_freshness(broker.api, now_ms + 5000, now_ms), FRESH_CURRENT,
                 "a clock that is ahead");
}

Test(api_views, the_roster_and_the_status_say_how_things_stand)
{
    static const char *const site_paths[] = {
        "sites/0/id",
        "sites/0/site",
        "sites/0/name",
        "sites/0/kind",
        "sites/0/state",
        "sites/0/freshness",
        "sites/0/connected",
        "sites/0/last_heard",
        "sites/0/pending",
        "sites/0/lag",
        "sites/0/epoch",
        "sites/0/software",
        "sites/0/clock_offset_ms",
        "sites/0/suspect_since",
        "sites/0/put_off_s",
    };
    static const char *const status_paths[] = {
        "role",
        "organisation",
        "sites/active",
        "sites/suspect",
        "sites/revoked",
        "sites/connected",
        "backlog",
        "position",
        "conflicts",
        "set_aside",
        "store/used_bytes",
        "store/reserved_bytes",
        "store/nearly_full",
        "refused",
        "version",
    };
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/sites", NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "sites")), 3);
    expect_paths(reply, site_paths, sizeof site_paths / sizeof site_paths[0]);
    reply = ask(&broker, HTTP_GET, "/api/v1/status", NULL, NULL);
    expect_paths(reply, status_paths, sizeof status_paths / sizeof status_paths[0]);
    cr_expect_eq(int_at(reply, "sites/active"), 2);
    cr_expect_eq(int_at(reply, "sites/connected"), 0);
    broker.connected = true;
    cr_expect_eq(int_at(ask(&broker, HTTP_GET, "/api/v1/status", NULL, NULL), "sites/connected"),
                 2);
    cr_expect_eq(ask(&broker, HTTP_POST, "/api/v1/sync", "{}", NULL)->status, 501,
                 "a broker does not call its sites");
    cr_expect_eq(
        ask(&broker, HTTP_POST, "/api/v1/sites/invitations", "{\"site\":\"UPPER\"}", NULL)->status,
        422);
}

static void put_wording(json_t *list, const char *id, const char *text)
{
    cr_assert_eq(json_array_append_new(list, json_pack("{s:s,s:s}", "id", id, "text", text)), 0);
}

static struct reply *load_wording(json_t *list)
{
    json_t *body = json_pack("{s:O}", "elements", list);
    char *text = json_dumps(body, 0);
    struct reply *reply =
        ask(&broker, HTTP_PUT, "/api/v1/elements/wording?language=ro", text, NULL);
    free(text);
    json_decref(body);
    return reply;
}

Test(api_views, the_organisations_own_wording_is_loaded_whole_or_not_at_all)
{
    json_t *list = json_array();
    for (uint8_t place = 1; place < ELEMENTS; place++)
        put_wording(list, element_id(place), "Formularea noastră");
    struct reply *reply = load_wording(list);
    cr_expect_eq(reply->status, 422);
    cr_expect_not_null(strstr(reply->text, "5.3.3"), "%s", reply->text);
    put_wording(list, "1.1.1", "a second time");
    reply = load_wording(list);
    cr_expect_not_null(strstr(reply->text, "1.1.1 is there twice"), "%s", reply->text);
    reply = ask(&broker, HTTP_GET, "/api/v1/elements", NULL, NULL);
    cr_expect_null(json_at(reply, "elements/0/wording"));
    cr_assert_eq(json_array_remove(list, ELEMENTS - 1), 0);
    put_wording(list, "5.3.3", "Ultima");
    cr_expect_eq(load_wording(list)->status, 204);
    reply = ask(&broker, HTTP_GET, "/api/v1/elements", NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "elements")), 57);
    cr_expect_str_eq(text_at(reply, "elements/56/wording"), "Ultima");
    cr_expect_str_eq(text_at(reply, "elements/56/criterion"), "5");
    cr_expect_str_eq(text_at(reply, "elements/56/sub_criterion"), "5.3");
    cr_expect_neq(text_at(reply, "elements/56/title")[0], '\0');
    cr_expect_null(json_at(ask(&broker, HTTP_GET, "/api/v1/elements?language=fr", NULL, NULL),
                           "elements/0/wording"));
    json_decref(list);
}

Test(api_views, the_interface_describes_itself)
{
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/openapi.json", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "openapi"), "3.1.0");
    json_t *paths = json_at(reply, "paths");
    json_t *one = json_object_get(paths, "/api/v1/records/{kind}/{id}");
    cr_expect_not_null(json_object_get(one, "get"));
    cr_expect_not_null(json_object_get(one, "patch"));
    cr_expect_not_null(json_object_get(one, "delete"));
    cr_expect_eq(json_array_size(json_object_get(json_object_get(one, "get"), "parameters")), 2);
    reply = ask(&broker, HTTP_GET, "/api/v1/kinds", NULL, NULL);
    uint32_t kinds = 0;
    (void)kinds_all(&kinds);
    cr_expect_eq(json_array_size(json_at(reply, "kinds")), kinds);
    cr_expect_str_eq(text_at(reply, "kinds/0/fields/1/values/0/name"), "NC");
    cr_expect_eq(json_array_size(json_at(ask(&broker, HTTP_GET, "/api/v1/quarantine", NULL, NULL),
                                         "quarantine")),
                 0);
}

Test(api_views, the_metrics_are_lines_a_monitor_can_read)
{
    must_create("complaint", "{\"received_on\":\"2026-11-02\"}");
    struct reply *reply = ask(&broker, HTTP_GET, "/metrics", NULL, NULL);
    cr_expect_not_null(strstr(reply->text, "\ncse_stored_operations_total 1\n"), "%s", reply->text);
    cr_expect_not_null(strstr(reply->text, "\ncse_applied_operations_total 1\n"));
    cr_expect_not_null(strstr(reply->text, "cse_http_requests_total{status=\"2xx\"} 1\n"));
    cr_expect_not_null(strstr(reply->text, "role=\"broker\"} 1\n"));
    cr_expect_eq(ask(&broker, HTTP_GET, "/healthz", NULL, NULL)->status, 200);
    cr_expect_eq(ask(&broker, HTTP_GET, "/readyz", NULL, NULL)->status, 200);
}

static const char *membership_of(int number)
{
    static char text[1024];
    (void)snprintf(
        text, sizeof text,
        "{\"organisation\":\"Northmoor Council\",\"site\":\"housing\",\"name\":\"Housing\","
        "\"address\":\"tcp://127.0.0.1:7710\",\"broker_site\":\"80000000000000%02d\","
        "\"broker_transport\":\"0000000000000000000000000000000000000000000000000000000000000001\","
        "\"broker_sign\":\"0000000000000000000000000000000000000000000000000000000000000002\"}",
        number);
    return text;
}

Test(api_views,
     a_membership_is_taken_over_the_socket_only_and_not_replaced_by_another_organisations)
{
    struct machine node;
    machine_start(&node, LEDGER_NODE, NODE_SITE);
    const char *text = membership_of(1);
    node.over_tcp = true;
    cr_expect_eq(ask(&node, HTTP_PUT, "/api/v1/membership", text, NULL)->status, 403);
    node.over_tcp = false;
    struct reply *reply = ask(&node, HTTP_PUT, "/api/v1/membership", text, NULL);
    cr_expect_eq(reply->status, 204, "%s", reply->text);
    text = membership_of(2);
    cr_expect_eq(ask(&node, HTTP_PUT, "/api/v1/membership", text, NULL)->status, 409);
    reply = ask(&node, HTTP_GET, "/api/v1/status", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "site"), "housing");
    cr_expect_str_eq(text_at(reply, "organisation"), "Northmoor Council");
    cr_expect(json_is_true(json_at(reply, "joined")));
    cr_expect_eq(ask(&broker, HTTP_PUT, "/api/v1/membership", text, NULL)->status, 501);
    machine_stop(&node);
}
