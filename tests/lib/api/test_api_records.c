#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/lib/api/api_fixture.h"

#define NODE_SITE UINT64_C(0x8000000000000011)
#define EVIDENCE  "/api/v1/records/evidence"

static struct machine node;

static void start(void)
{
    machine_start(&node, LEDGER_NODE, NODE_SITE);
    machine_know_site(&node, NODE_SITE, "housing", false, false);
}

static void stop(void)
{
    machine_stop(&node);
}

TestSuite(api_records, .init = start, .fini = stop);

static const char *create(const char *fields)
{
    static char id[64];
    char body[4096];
    (void)snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    struct reply *reply = ask(&node, HTTP_POST, EVIDENCE, body, NULL);
    cr_assert_eq(reply->status, 201, "create: %s", reply->text);
    (void)snprintf(id, sizeof id, "%s", text_at(reply, "id"));
    return id;
}

static const char *path_of(const char *id, const char *rest)
{
    static char path[256];
    (void)snprintf(path, sizeof path, EVIDENCE "/%s%s", id, rest);
    return path;
}

Test(api_records, a_record_is_made_read_changed_and_deleted)
{
    struct reply *reply = ask(
        &node, HTTP_POST, EVIDENCE,
        "{\"fields\":{\"title\":\"Leaflet\",\"type\":\"report\",\"elements\":[\"4.3.2\",\"1.1.1\"],"
        "\"date\":\"2026-05-04\",\"generated\":true}}",
        "X-CSE-Author: maria");
    cr_assert_eq(reply->status, 201, "%s", reply->text);
    char id[64], etag[64];
    (void)snprintf(id, sizeof id, "%s", text_at(reply, "id"));
    (void)snprintf(etag, sizeof etag, "%s", reply->etag);
    cr_expect_str_eq(text_at(reply, "site"), "housing");
    cr_expect_str_eq(text_at(reply, "kind"), "evidence");
    cr_expect_str_eq(text_at(reply, "fields/title"), "Leaflet");
    cr_expect_str_eq(text_at(reply, "fields/date"), "2026-05-04");
    cr_expect(json_is_true(json_at(reply, "fields/generated")));
    cr_expect_eq(json_array_size(json_at(reply, "fields/elements")), 2);
    cr_expect_str_eq(reply->location, path_of(id, ""));
    cr_expect_eq(node.committed, 1);

    reply = ask(&node, HTTP_PATCH, path_of(id, ""),
                "{\"fields\":{\"title\":\"Leaflet "
                "2\",\"date\":null,\"elements\":{\"add\":[\"5.1.1\"],\"remove\":[\"1.1.1\"]}}}",
                NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "fields/title"), "Leaflet 2");
    cr_expect_null(json_at(reply, "fields/date"));
    cr_expect_eq(json_array_size(json_at(reply, "fields/elements")), 2);
    char line[128];
    (void)snprintf(line, sizeof line, "If-Match: %s", etag);
    cr_expect_eq(
        ask(&node, HTTP_PATCH, path_of(id, ""), "{\"fields\":{\"title\":\"X\"}}", line)->status,
        409);
    (void)snprintf(line, sizeof line, "If-Match: %s",
                   ask(&node, HTTP_GET, path_of(id, ""), NULL, NULL)->etag);
    cr_expect_eq(
        ask(&node, HTTP_PATCH, path_of(id, ""), "{\"fields\":{\"title\":\"Y\"}}", line)->status,
        200);

    reply = ask(&node, HTTP_GET, path_of(id, "/history"), NULL, NULL);
    cr_assert_eq(reply->status, 200, "%s", reply->text);
    cr_expect_eq(json_array_size(json_at(reply, "operations")), 3);
    cr_expect_str_eq(text_at(reply, "operations/0/author"), "maria");
    cr_expect_str_eq(text_at(reply, "operations/2/changes/0/value"), "Y");

    reply = ask(&node, HTTP_DELETE, path_of(id, ""), NULL, NULL);
    cr_expect_eq(reply->status, 200, "%s", reply->text);
    cr_expect(json_is_true(json_at(reply, "deleted")));
    reply = ask(&node, HTTP_GET, path_of(id, ""), NULL, NULL);
    cr_expect(json_is_true(json_at(reply, "deleted")));
    reply = ask(&node, HTTP_GET, EVIDENCE, NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "records")), 0);
}

Test(api_records, a_change_that_says_what_is_so_already_writes_nothing)
{
    const char *id = create("{\"title\":\"A\",\"elements\":[\"1.1.1\"]}");
    uint32_t before = node.committed;
    struct reply *reply =
        ask(&node, HTTP_PATCH, path_of(id, ""), "{\"fields\":{\"elements\":[\"1.1.1\"]}}", NULL);
    cr_expect_eq(reply->status, 200);
    cr_expect_eq(node.committed, before);
}

Test(api_records, bad_input_is_refused_with_a_sentence)
{
    static const struct {
        const char *name, *body;
        int status;
        const char *says;
    } rows[] = {
        {"no JSON", "{\"fields\":", 400, "line 1"},
        {"no object", "[1]", 400, ""},
        {"no fields", "{\"field\":{}}", 422, "fields"},
        {"something beside fields", "{\"fields\":{\"title\":\"A\"},\"x\":1}", 422, "fields"},
        {"nothing at all", "{\"fields\":{}}", 422, ""},
        {"a misspelt field", "{\"fields\":{\"titel\":\"A\"}}", 422, "did you mean 'title'"},
        {"a field nobody has", "{\"fields\":{\"qqqqqqqqqq\":\"A\"}}", 422,
         "its fields: title, type"},
        {"a required field missing", "{\"fields\":{\"type\":\"report\"}}", 422, "title"},
        {"no value of the enum", "{\"fields\":{\"title\":\"A\",\"type\":\"novel\"}}", 422,
         "policy"},
        {"no date", "{\"fields\":{\"title\":\"A\",\"date\":\"2026-02-30\"}}", 422, "date"},
        {"a number for a text", "{\"fields\":{\"title\":7}}", 422, "title"},
        {"a text for a set", "{\"fields\":{\"title\":\"A\",\"elements\":\"1.1.1\"}}", 422,
         "elements"},
        {"no element", "{\"fields\":{\"title\":\"A\",\"elements\":[\"9.9.9\"]}}", 422, "elements"},
        {"a file that is not here",
         "{\"fields\":{\"title\":\"A\",\"files\":["
         "\"0000000000000000000000000000000000000000000000000000000000000000\"]}}",
         422, "blobs"},
        {"a described file that is not here",
         "{\"fields\":{\"title\":\"A\",\"files\":[{\"size\":5,\"hash\":"
         "\"0000000000000000000000000000000000000000000000000000000000000000\"}]}}",
         422, "blobs"},
        {"a site nobody knows", "{\"fields\":{\"title\":\"A\",\"site\":\"atlantis\"}}", 422,
         "atlantis"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply *reply = ask(&node, HTTP_POST, EVIDENCE, rows[i].body, NULL);
        cr_expect_eq(reply->status, rows[i].status, "%s: %d %s", rows[i].name, reply->status,
                     reply->text);
        cr_expect(strstr(text_at(reply, "detail"), rows[i].says) != NULL, "%s: %s", rows[i].name,
                  reply->text);
    }
    cr_expect_eq(node.committed, 0);
    cr_expect_eq(ask(&node, HTTP_POST, "/api/v1/records/evidenze", "{\"fields\":{}}", NULL)->status,
                 404);
    cr_expect_eq(ask(&node, HTTP_GET, EVIDENCE "/nothing", NULL, NULL)->status, 404);
}

Test(api_records, a_text_over_its_bound_is_refused_and_one_at_it_is_kept)
{
    char text[256], body[512];
    memset(text, 'a', sizeof text);
    text[201] = '\0';
    (void)snprintf(body, sizeof body, "{\"fields\":{\"title\":\"%s\"}}", text);
    cr_expect_eq(ask(&node, HTTP_POST, EVIDENCE, body, NULL)->status, 422);
    text[200] = '\0';
    (void)snprintf(body, sizeof body, "{\"fields\":{\"title\":\"%s\"}}", text);
    cr_expect_eq(ask(&node, HTTP_POST, EVIDENCE, body, NULL)->status, 201);
}

Test(api_records, lists_give_every_record_once_newest_first)
{
    enum { RECORDS = 2500 };
    for (int i = 0; i < RECORDS; i++) {
        char fields[128];
        machine_move_clock(1);
        (void)snprintf(fields, sizeof fields, "{\"title\":\"T%04d\",\"type\":\"%s\"}", i,
                       i % 100 == 0 ? "survey" : "data");
        (void)create(fields);
    }
    static const struct {
        const char *name, *query;
        int expected, step;
    } rows[] = {
        {"pages of 1000", "limit=1000", RECORDS, 1},
        {"pages of 7 with a condition", "limit=7&where=type:survey", RECORDS / 100, 100},
        {"one title", "where=title:T0042", 1, 1},
        {"by site", "limit=400&site=housing", RECORDS, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char target[256], cursor[64] = "";
        int seen = 0, last = RECORDS;
        bool ordered = true;
        do {
            (void)snprintf(target, sizeof target, EVIDENCE "?%s%s%s", rows[i].query,
                           cursor[0] ? "&cursor=" : "", cursor);
            struct reply *reply = ask(&node, HTTP_GET, target, NULL, NULL);
            cr_assert_eq(reply->status, 200, "%s: %s", rows[i].name, reply->text);
            for (size_t n = 0; n < json_array_size(json_at(reply, "records")); n++, seen++) {
                char path[64];
                (void)snprintf(path, sizeof path, "records/%zu/fields/title", n);
                int number = (int)strtol(text_at(reply, path) + 1, NULL, 10);
                ordered = ordered && number < last;
                last = number;
            }
            (void)snprintf(cursor, sizeof cursor, "%s", text_at(reply, "next"));
        } while (cursor[0] != '\0');
        cr_expect_eq(seen, rows[i].expected, "%s: %d", rows[i].name, seen);
        cr_expect(ordered, "%s: order", rows[i].name);
    }
    cr_expect_eq(ask(&node, HTTP_GET, EVIDENCE "?limit=0", NULL, NULL)->status, 422);
    cr_expect_eq(ask(&node, HTTP_GET, EVIDENCE "?cursor=zz", NULL, NULL)->status, 422);
    cr_expect_eq(ask(&node, HTTP_GET, EVIDENCE "?where=colour:red", NULL, NULL)->status, 422);
}

Test(api_records, an_attachment_comes_back_and_is_named_in_its_record)
{
    struct reply *reply = ask(&node, HTTP_POST, "/api/v1/blobs", "hello, attachment", NULL);
    cr_assert_eq(reply->status, 201, "%s", reply->text);
    char hash[80], fields[256], path[128];
    (void)snprintf(hash, sizeof hash, "%s", text_at(reply, "hash"));
    cr_expect_eq(int_at(reply, "size"), 17);
    (void)snprintf(fields, sizeof fields,
                   "{\"title\":\"A\",\"files\":[{\"hash\":\"%s\",\"name\":\"a.txt\",\"media\":"
                   "\"text/plain\"}]}",
                   hash);
    const char *id = create(fields);
    reply = ask(&node, HTTP_GET, path_of(id, ""), NULL, NULL);
    cr_expect_str_eq(text_at(reply, "fields/files/0/hash"), hash);
    cr_expect_str_eq(text_at(reply, "fields/files/0/name"), "a.txt");
    cr_expect_eq(int_at(reply, "fields/files/0/size"), 17);
    (void)snprintf(path, sizeof path, "/api/v1/blobs/%s", hash);
    reply = ask(&node, HTTP_GET, path, NULL, NULL);
    cr_expect_str_eq(reply->text, "hello, attachment");
    (void)snprintf(fields, sizeof fields, "{\"fields\":{\"files\":{\"remove\":[\"%s\"]}}}", hash);
    reply = ask(&node, HTTP_PATCH, path_of(id, ""), fields, NULL);
    cr_expect_null(json_at(reply, "fields/files"), "%s", reply->text);
}

Test(api_records, who_wrote_it_is_taken_from_the_socket_not_from_the_network)
{
    node.over_tcp = true;
    struct reply *reply = ask(&node, HTTP_POST, EVIDENCE, "{\"fields\":{\"title\":\"A\"}}",
                              "X-CSE-Author: the mayor");
    reply = ask(&node, HTTP_GET, path_of(text_at(reply, "id"), "/history"), NULL, NULL);
    cr_expect_str_eq(text_at(reply, "operations/0/author"), "http");
}

Test(api_records, after_an_unknown_outcome_nothing_is_answered_and_the_daemon_is_told)
{
    store_mem_fail_commits(node.store, 1, STORE_NOT, false);
    cr_expect_geq(ask(&node, HTTP_POST, EVIDENCE, "{\"fields\":{\"title\":\"A\"}}", NULL)->status,
                  500);
    cr_expect_eq(node.fatal, 0);
    cr_expect_eq(ask(&node, HTTP_GET, "/readyz", NULL, NULL)->status, 200,
                 "a later commit works again");
    (void)create("{\"title\":\"B\"}");
    store_mem_fail_commits(node.store, 1, STORE_UNKNOWN, true);
    cr_expect_geq(ask(&node, HTTP_POST, EVIDENCE, "{\"fields\":{\"title\":\"C\"}}", NULL)->status,
                  500);
    cr_expect_eq(node.fatal, 1);
    cr_expect_geq(ask(&node, HTTP_GET, EVIDENCE, NULL, NULL)->status, 500, "nothing more is told");
}

Test(api_records, a_receipt_says_how_far_each_operation_is)
{
    const char *id = create("{\"title\":\"A\"}");
    char path[128];
    (void)snprintf(path, sizeof path, "/api/v1/receipts/%s", id);
    struct reply *reply = ask(&node, HTTP_GET, path, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "state"), "saved", "%s", reply->text);
    cr_expect_eq(int_at(reply, "operations/0/number"), 1);
    node.link.sent_seq = 1;
    cr_expect_str_eq(text_at(ask(&node, HTTP_GET, path, NULL, NULL), "state"), "sent");
    struct store_txn *txn;
    struct err_info info;
    struct origin_row row;
    struct origin origin = {.site = NODE_SITE, .epoch = 1};
    cr_assert_eq(store_begin(node.store, STORE_WRITE, &txn, &info), ERR_OK);
    cr_assert_eq(ledger_get_origin(txn, origin, &row), ERR_OK);
    row.acked_seq = 1;
    cr_assert_eq(ledger_put_origin(txn, origin, &row), ERR_OK);
    cr_assert_eq(store_commit(txn, &info), STORE_DURABLE);
    cr_expect_str_eq(text_at(ask(&node, HTTP_GET, path, NULL, NULL), "state"), "accepted");
    cr_expect_eq(ask(&node, HTTP_GET, "/api/v1/receipts/nothing", NULL, NULL)->status, 404);
}

#define LEAFLET \
    "{\"title\":\"L\",\"type\":\"report\",\"elements\":[\"1.1.1\"],\"date\":\"2026-05-04\"}"

/* ids begin with the time: two of one millisecond differ late */
Test(api_records, the_beginning_of_an_id_will_do_where_one_record_has_it)
{
    char first[64], second[64], third[64], part[64], target[128];
    (void)snprintf(first, sizeof first, "%s", create(LEAFLET));
    (void)snprintf(second, sizeof second, "%s", create(LEAFLET));
    machine_move_clock(UINT64_C(1) << 32);
    (void)snprintf(third, sizeof third, "%s", create(LEAFLET));
    size_t same = 0;
    while (first[same] == second[same])
        same++;
    cr_assert(same >= 13 && strncmp(first, third, 8) != 0, "%s %s %s", first, second, third);
    const struct {
        const char *name, *path, *id;
        int digits, status;
    } rows[] = {
        {"eight digits, one record", EVIDENCE "/", third, 8, 200},
        {"a dash at the end", EVIDENCE "/", third, 9, 200},
        {"of any kind", "/api/v1/records/any/", third, 13, 200},
        {"its receipt", "/api/v1/receipts/", third, 13, 200},
        {"one digit more than two share", EVIDENCE "/", second, (int)same + 1, 200},
        {"two records", EVIDENCE "/", first, (int)same, 422},
        {"of another kind", "/api/v1/records/complaint/", third, 13, 404},
        {"too short", EVIDENCE "/", third, 5, 404},
        {"no digits", EVIDENCE "/", "0nothing", 8, 404},
        {"nobody's", EVIDENCE "/", "00000000", 8, 404},
        {"beyond the last", EVIDENCE "/", "ffffffff", 8, 404},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)snprintf(part, sizeof part, "%.*s", rows[i].digits, rows[i].id);
        (void)snprintf(target, sizeof target, "%s%s", rows[i].path, part);
        struct reply *reply = ask(&node, HTTP_GET, target, NULL, NULL);
        cr_expect_eq(reply->status, rows[i].status, "%s: %s", rows[i].name, reply->text);
        if (rows[i].status == 200)
            cr_expect_str_eq(text_at(reply, "id"), rows[i].id, "%s", rows[i].name);
    }
    (void)snprintf(target, sizeof target, EVIDENCE "/%.13s", third);
    cr_expect_eq(ask(&node, HTTP_DELETE, target, NULL, NULL)->status, 200);
    struct reply *left = ask(&node, HTTP_GET, path_of(first, ""), NULL, NULL);
    cr_expect(json_is_false(json_at(left, "deleted")));
}

Test(api_records, a_mistyped_parameter_is_told)
{
    struct reply *reply = ask(&node, HTTP_GET, "/api/v1/picture?asof=2026-01-01", NULL, NULL);
    cr_expect_eq(reply->status, 422, "%s", reply->text);
    cr_expect_not_null(strstr(reply->text, "did you mean 'as_of'?"), "%s", reply->text);
    reply = ask(&node, HTTP_GET, EVIDENCE "?frob=1", NULL, NULL);
    cr_expect_not_null(strstr(reply->text, "there are: site element where limit cursor"), "%s",
                       reply->text);
    reply = ask(&node, HTTP_GET, "/api/v1/status?frob=1", NULL, NULL);
    cr_expect_eq(reply->status, 422, "%s", reply->text);
    cr_expect_eq(ask(&node, HTTP_GET, "/metrics?x=1", NULL, NULL)->status, 200);
}

/* What the roster says of the other end must follow the link, which the row does not know of. */
Test(api_records, a_node_knows_when_it_heard_the_centre)
{
    machine_know_site(&node, UINT64_C(0x8000000000000001), "centre", false, true);
    node.link = (struct api_link){.state = "closed"};
    struct reply *reply = ask(&node, HTTP_GET, "/api/v1/sites", NULL, NULL);
    size_t centre = strcmp(text_at(reply, "sites/0/id"), "centre") == 0 ? 0 : 1;
    char heard[32], freshness[32], software[32];
    (void)snprintf(heard, sizeof heard, "sites/%zu/last_heard", centre);
    (void)snprintf(freshness, sizeof freshness, "sites/%zu/freshness", centre);
    (void)snprintf(software, sizeof software, "sites/%zu/software", 1 - centre);
    cr_expect(json_is_null(json_at(reply, heard)), "%s", reply->text);
    cr_expect_str_eq(text_at(reply, freshness), "never");
    cr_expect_str_eq(text_at(reply, software), CSE_VERSION, "%s", reply->text);
    node.link.last_success_ms = machine_now_ms() - 3 * 24 * 3600 * UINT64_C(1000);
    cr_expect_str_eq(text_at(ask(&node, HTTP_GET, "/api/v1/sites", NULL, NULL), freshness), "late");
    node.link.state = "steady";
    cr_expect_str_eq(text_at(ask(&node, HTTP_GET, "/api/v1/sites", NULL, NULL), freshness),
                     "current");
}
