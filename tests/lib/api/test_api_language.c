/* Answers in the language that is asked for. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "proto/record/kinds.h"
#include "tests/lib/api/api_fixture.h"

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define BROKER_SITE UINT64_C(0x8000000000000001)

static struct machine node, broker;

static void start(void)
{
    machine_start(&node, LEDGER_NODE, NODE_SITE);
    machine_start(&broker, LEDGER_BROKER, BROKER_SITE);
    machine_know_site(&node, NODE_SITE, "housing", false, false);
    machine_know_site(&broker, BROKER_SITE, "centre", false, true);
}

static void stop(void)
{
    machine_stop(&node);
    machine_stop(&broker);
}

TestSuite(api_language, .init = start, .fini = stop);

/* How a request says which language it wants, and what it then reads. */
static const struct {
    const char *query, *header;
    int status;
    const char *detail; /* of a request for a record that is not there */
} asked[] = {
    {"", NULL, 404, "there is no kind 'complain'; did you mean 'complaint'?"},
    {"", "Accept-Language: pl", 404, "nie ma rodzaju 'complain'; czy chodziło o 'complaint'?"},
    {"", "Accept-Language: de, lt;q=0.5", 404, "rūšies 'complain' nėra; galbūt 'complaint'?"},
    {"", "Accept-Language: de", 404, "there is no kind 'complain'; did you mean 'complaint'?"},
    {"?language=ru", NULL, 404, "вида 'complain' нет; возможно, 'complaint'?"},
    {"?language=ro", "Accept-Language: pl", 404,
     "nu există tipul 'complain'; ați vrut să scrieți 'complaint'?"},
    {"?language=xx", NULL, 422, "language: 'xx' is none of en, ro, ru, lt, pl"},
};

Test(api_language, problems)
{
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        char target[128];
        (void)snprintf(target, sizeof target, "/api/v1/records/complain%s", asked[i].query);
        struct reply *reply = ask(&broker, HTTP_GET, target, NULL, asked[i].header);
        cr_expect_eq(reply->status, asked[i].status, "%s", reply->text);
        cr_expect_str_eq(text_at(reply, "detail"), asked[i].detail);
    }
}

Test(api_language, titles_follow_and_codes_stay)
{
    struct reply *reply =
        ask(&broker, HTTP_POST, "/api/v1/records/complaint", "{}", "Accept-Language: ro");
    cr_expect_eq(reply->status, 422);
    cr_expect_str_eq(text_at(reply, "title"), "încalcă o regulă");
    cr_expect_str_eq(text_at(reply, "type"), "urn:cse:problem:invalid");
    cr_expect_eq(int_at(reply, "code"), 3);
}

Test(api_language, the_daemon_s_own_language_is_for_whom_asks_for_none)
{
    broker.app.language = LANGUAGE_PL;
    struct reply *reply = ask(&broker, HTTP_GET, "/api/v1/kinds", NULL, NULL);
    cr_expect_str_eq(text_at(reply, "kinds/2/label"), "Skarga lub uwaga");
    cr_expect_str_eq(text_at(reply, "kinds/2/name"), "complaint");
    reply = ask(&broker, HTTP_GET, "/api/v1/kinds", NULL, "Accept-Language: en");
    cr_expect_str_eq(text_at(reply, "kinds/2/label"), "Complaint or comment");
}

/* Every text of the kinds, elements and questions has a translation: none is the English one. */
static void expect_translated(json_t *value, json_t *english, const char *path)
{
    const char *key;
    size_t index;
    json_t *item;
    if (json_is_object(value)) {
        json_object_foreach(value, key, item)
        {
            if (json_is_string(item) && (strcmp(key, "label") == 0 || strstr(key, "title")))
                cr_expect(json_string_length(json_object_get(english, key)) < 12 ||
                              !json_equal(item, json_object_get(english, key)),
                          "%s: %s", path, json_string_value(item));
            else
                expect_translated(item, json_object_get(english, key), path);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, index, item)
            expect_translated(item, json_array_get(english, index), path);
    }
}

Test(api_language, every_label_is_translated)
{
    static const char *const paths[] = {"/api/v1/elements", "/api/v1/competency/model"};
    static const char *const languages[] = {"ro", "ru", "lt", "pl"};
    for (size_t p = 0; p < sizeof paths / sizeof paths[0]; p++) {
        json_t *english = json_incref(ask(&broker, HTTP_GET, paths[p], NULL, NULL)->json);
        for (size_t l = 0; l < sizeof languages / sizeof languages[0]; l++) {
            char header[64];
            (void)snprintf(header, sizeof header, "Accept-Language: %s", languages[l]);
            expect_translated(ask(&broker, HTTP_GET, paths[p], NULL, header)->json, english,
                              languages[l]);
        }
        json_decref(english);
    }
}

Test(api_language, checks_speak)
{
    cr_assert_eq(ask(&node, HTTP_POST, "/api/v1/records/assessment",
                     "{\"fields\":{\"element\":\"1.1.1\",\"band\":\"PC\",\"assessed_on\":"
                     "\"2026-11-01\"}}",
                     NULL)
                     ->status,
                 201);
    struct reply *reply =
        ask(&node, HTTP_GET, "/api/v1/checks?element=1.1.1", NULL, "Accept-Language: pl");
    cr_expect(strstr(reply->text, "ocena PC bez otwartego działania w terminie") != NULL, "%s",
              reply->text);
    cr_expect(strstr(reply->text, "\"code\":\"action-missing\"") != NULL, "%s", reply->text);
    reply = ask(&node, HTTP_GET, "/api/v1/picture?element=1.1.1", NULL, "Accept-Language: ru");
    cr_expect(strstr(reply->text, "ничто из записанного это не подтверждает") != NULL, "%s",
              reply->text);
}

/* ---- the organisation's own wording, by version of the standard ---- */

static void load_wording(const char *query, const char *text)
{
    char target[128];
    json_t *list = json_array();
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        cr_assert_eq(json_array_append_new(
                         list, json_pack("{s:s,s:s}", "id", element_id(place), "text", text)),
                     0);
    json_t *body = json_pack("{s:o}", "elements", list);
    char *dumped = json_dumps(body, 0);
    (void)snprintf(target, sizeof target, "/api/v1/elements/wording?language=ro%s", query);
    cr_assert_eq(ask(&broker, HTTP_PUT, target, dumped, NULL)->status, 204);
    free(dumped);
    json_decref(body);
}

static void expect_wording(const char *query, const char *text)
{
    char target[128];
    (void)snprintf(target, sizeof target, "/api/v1/elements?language=ro%s", query);
    struct reply *reply = ask(&broker, HTTP_GET, target, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "elements/0/wording"), text, "%s: %s", query, text);
}

Test(api_language, each_version_of_the_standard_keeps_its_wording)
{
    load_wording("", "veche");
    expect_wording("", "veche");
    load_wording("&version=2027", "nouă");
    expect_wording("", "veche");
    expect_wording("&version=2027", "nouă");
    expect_wording("&version=2030", "veche"); /* none of its own */
    cr_assert_eq(ask(&broker, HTTP_POST, "/api/v1/records/cycle",
                     "{\"fields\":{\"starts_on\":\"2026-11-20\",\"name\":\"Second\",\"standard_"
                     "version\":\"2027\"}}",
                     NULL)
                     ->status,
                 201);
    expect_wording("", "nouă"); /* the cycle in force today */
    expect_wording("&as_of=2026-11-20", "nouă");
    expect_wording("&as_of=2026-11-19", "veche");
    cr_expect_eq(ask(&broker, HTTP_GET, "/api/v1/elements?version=a/b", NULL, NULL)->status, 422);
    cr_expect_eq(ask(&broker, HTTP_GET, "/api/v1/elements?version=", NULL, NULL)->status, 422);
}
