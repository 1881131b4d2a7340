#include "tests/alloc/api_rows.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/record/fields.h"
#include "proto/record/mp.h"

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define BROKER_SITE UINT64_C(0x8000000000000001)
#define DAY_MS      UINT64_C(86400000)

enum { B = LEDGER_NODE | LEDGER_BROKER, N = LEDGER_NODE, C = LEDGER_BROKER };

static const struct api_row rows[] = {
    {"alive", B, HTTP_GET, "/healthz", NULL, 200, ASK},
    {"ready", B, HTTP_GET, "/readyz", NULL, 200, ASK},
    {"metrics", B, HTTP_GET, "/metrics", NULL, 200, ASK_STATE},
    {"openapi", B, HTTP_GET, "/api/v1/openapi.json", NULL, 200, ASK},
    {"kinds", B, HTTP_GET, "/api/v1/kinds", NULL, 200, ASK},
    {"kinds-ro", B, HTTP_GET, "/api/v1/kinds?language=ro", NULL, 200, ASK},
    {"elements", B, HTTP_GET, "/api/v1/elements?language=ro", NULL, 200, ASK},
    {"elements-any", B, HTTP_GET, "/api/v1/elements", NULL, 200, ASK},
    {"wording", B, HTTP_PUT, "/api/v1/elements/wording?language=ro", "{wording}", 204, ASK},
    {"status", B, HTTP_GET, "/api/v1/status", NULL, 200, ASK},
    {"sites", B, HTTP_GET, "/api/v1/sites", NULL, 200, ASK},
    {"invite", C, HTTP_POST, "/api/v1/sites/invitations", "{\"site\":\"north\",\"name\":\"North\"}",
     201, ASK},
    {"revoke", C, HTTP_POST, "/api/v1/sites/housing/revoke", "{}", 204, ASK},
    {"release", C, HTTP_POST, "/api/v1/sites/housing/release", "{\"epoch\":1}", 200, ASK_STEPS},
    {"invite-again", C, HTTP_POST, "/api/v1/sites/invitations",
     "{\"site\":\"housing\",\"replace\":true}", 201, ASK},
    {"membership", N, HTTP_PUT, "/api/v1/membership",
     "{\"organisation\":\"Northmoor Council\",\"site\":\"housing\",\"name\":\"Housing\","
     "\"address\":\"tcp://127.0.0.1:7710\",\"broker_site\":\"8000000000000001\","
     "\"broker_transport\":\"0000000000000000000000000000000000000000000000000000000000000001\","
     "\"broker_sign\":\"0000000000000000000000000000000000000000000000000000000000000002\"}",
     204, ASK},
    {"sync", N, HTTP_POST, "/api/v1/sync", "{}", 202, ASK},
    {"picture", B, HTTP_GET, "/api/v1/picture", NULL, 200, ASK},
    {"picture-element", B, HTTP_GET,
     "/api/v1/picture?site=housing&element=4.3.2&forecast=1&assume_actions=1", NULL, 200, ASK},
    {"picture-past", B, HTTP_GET, "/api/v1/picture?as_of=2026-11-22", NULL, 200, ASK},
    {"picture-known", B, HTTP_GET, "/api/v1/picture?as_of=2026-11-22&known=now", NULL, 200, ASK},
    {"compare", B, HTTP_GET, "/api/v1/picture/compare?from=2026-11-22&to=2026-11-24", NULL, 200,
     ASK},
    {"list", B, HTTP_GET, "/api/v1/records/evidence?limit=10", NULL, 200, ASK},
    {"list-where", B, HTTP_GET,
     "/api/v1/records/evidence?site=housing&element=4.3.2&where=title:Leaflet", NULL, 200, ASK},
    {"create", B, HTTP_POST, "/api/v1/records/evidence",
     "{\"fields\":{\"title\":\"New\",\"type\":\"report\",\"elements\":[\"4.3.2\",\"1.1.1\"],"
     "\"date\":\"2026-05-04\","
     "\"site\":\"housing\",\"files\":[{\"hash\":\"{blob}\",\"name\":\"a.txt\",\"media\":\"text/"
     "plain\"}]}}",
     201, ASK},
    {"create-settings", C, HTTP_POST, "/api/v1/records/cycle",
     "{\"fields\":{\"name\":\"2027\",\"starts_on\":\"2027-01-01\"}}", 201, ASK},
    {"create-bad", B, HTTP_POST, "/api/v1/records/evidence", "{\"fields\":{\"titel\":\"New\"}}",
     422, ASK},
    {"get", B, HTTP_GET, "/api/v1/records/evidence/{evidence}", NULL, 200, ASK},
    {"get-any", B, HTTP_GET, "/api/v1/records/any/{evidence}", NULL, 200, ASK},
    {"get-none", B, HTTP_GET, "/api/v1/records/evidence/00000000-0000-8000-8000-000000000000", NULL,
     404, ASK},
    {"change", B, HTTP_PATCH, "/api/v1/records/evidence/{evidence}",
     "{\"fields\":{\"title\":\"Leaflet "
     "2\",\"date\":null,\"elements\":{\"add\":[\"5.1.1\"],\"remove\":[\"1.1.1\"]}}}",
     200, ASK},
    {"delete", B, HTTP_DELETE, "/api/v1/records/evidence/{evidence}", NULL, 200, ASK},
    {"deadlines", B, HTTP_GET, "/api/v1/records/complaint/{complaint}/deadlines", NULL, 200, ASK},
    {"report", B, HTTP_GET, "/api/v1/reports/complaints?from=2026-01-01&to=2026-12-31&publish=true",
     NULL, 200, ASK},
    {"checks", B, HTTP_GET, "/api/v1/checks", NULL, 200, ASK},
    {"accreditation", B, HTTP_GET, "/api/v1/accreditation", NULL, 200, ASK},
    {"surveys", B, HTTP_GET, "/api/v1/surveys?by=segment", NULL, 200, ASK},
    {"standards", B, HTTP_GET, "/api/v1/standards", NULL, 200, ASK},
    {"benchmarks", B, HTTP_GET, "/api/v1/benchmarks", NULL, 200, ASK},
    {"periods", C, HTTP_POST, "/api/v1/periods?period=2026-Q2", "{}", 200, ASK},
    {"timeliness", B, HTTP_GET, "/api/v1/timeliness?of=complaints&from=2026-01-01&to=2026-11-01",
     NULL, 200, ASK},
    {"competency", B, HTTP_GET, "/api/v1/competency?team=Desk", NULL, 200, ASK},
    {"competency-model", B, HTTP_GET, "/api/v1/competency/model", NULL, 200, ASK},
    {"summaries", N, HTTP_POST, "/api/v1/competency/summaries?team=Desk", "{}", 200, ASK},
    {"csm", B, HTTP_GET, "/api/v1/csm", NULL, 200, ASK},
    {"csm-questions", B, HTTP_GET, "/api/v1/csm/questions", NULL, 200, ASK},
    {"rules", B, HTTP_GET, "/api/v1/rules?year=2026", NULL, 200, ASK},
    {"history", B, HTTP_GET, "/api/v1/records/evidence/{evidence}/history", NULL, 200, ASK},
    {"blob-put", B, HTTP_POST, "/api/v1/blobs", "hello, a second attachment", 201, ASK},
    {"blob-get", B, HTTP_GET, "/api/v1/blobs/{blob}", NULL, 200, ASK},
    {"conflicts", B, HTTP_GET, "/api/v1/conflicts", NULL, 200, ASK},
    {"resolve", C, HTTP_POST, "/api/v1/conflicts/{assessment}",
     "{\"field\":\"band\",\"take\":2,\"reason\":\"agreed\"}", 200, ASK},
    {"receipt", B, HTTP_GET, "/api/v1/receipts/{evidence}", NULL, 200, ASK},
    {"import", B, HTTP_POST, "/api/v1/imports?kind=complaint&name=march.csv", ROWS_BODY, 202, ASK},
    {"import-moves", B, HTTP_POST, "/api/v1/imports?kind=complaint&name=march.csv", ROWS_BODY, 202,
     MOVE_JOBS},
    {"imports", B, HTTP_GET, "/api/v1/imports", NULL, 200, ASK},
    {"import-get", B, HTTP_GET, "/api/v1/imports/{import}", NULL, 200, ASK},
    {"import-undo", B, HTTP_DELETE, "/api/v1/imports/{import}", NULL, 202, ASK},
    {"undo-moves", B, HTTP_DELETE, "/api/v1/imports/{import}", NULL, 202, MOVE_JOBS},
    {"export-csv", B, HTTP_GET, "/api/v1/exports/evidence?format=csv&guard=true", NULL, 200, ASK},
    {"export-json", B, HTTP_GET, "/api/v1/exports/evidence?format=json&site=housing", NULL, 200,
     ASK},
    {"quarantine", B, HTTP_GET, "/api/v1/quarantine", NULL, 200, ASK},
    {"nothing", B, HTTP_GET, "/api/v1/nothing", NULL, 404, ASK},
    {"method", B, HTTP_DELETE, "/api/v1/status", NULL, 405, ASK},
    {"question", B, HTTP_GET, "/api/v1/picture?asof=2026-11-20", NULL, 422, ASK},
};

const struct api_row *api_rows(size_t *count_out)
{
    *count_out = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

enum { EVIDENCE, COMPLAINT, ASSESSMENT, IMPORT, BLOB, IDS };

static const char *const id_names[IDS] = {"{evidence}", "{complaint}", "{assessment}", "{import}",
                                          "{blob}"};
static char ids[2][IDS][80];
static struct mp_buf import_rows;

static void put_import_rows(void)
{
    mp_buf_init(&import_rows, 1024 * 1024);
    for (int i = 0; i < 3; i++) {
        char reference[32];
        (void)snprintf(reference, sizeof reference, "R%05d", i);
        mp_put_array(&import_rows, 2);
        mp_put_uint(&import_rows, (uint64_t)i + 2);
        mp_put_map(&import_rows, 2);
        mp_put_uint(&import_rows, COMPLAINT_REFERENCE);
        mp_put_str(&import_rows, bytes_of_text(reference));
        mp_put_uint(&import_rows, COMPLAINT_RECEIVED_ON);
        mp_put_int(&import_rows, TODAY_DAY - 100 + i);
    }
}

/* One wording for each of the 57 elements. */
static const char *wording_body(void)
{
    static char text[8192];
    size_t len = (size_t)snprintf(text, sizeof text, "{\"elements\":[");
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        len +=
            (size_t)snprintf(text + len, sizeof text - len, "%s{\"id\":\"%s\",\"text\":\"Ours\"}",
                             place > 1 ? "," : "", element_id(place));
    (void)snprintf(text + len, sizeof text - len, "]}");
    return text;
}

static const char *fill(const char *pattern, enum ledger_role role, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", pattern);
    for (int i = 0; i < IDS; i++) {
        char *at = strstr(text, id_names[i]), after[512];
        if (at == NULL)
            continue;
        (void)snprintf(after, sizeof after, "%s", at + strlen(id_names[i]));
        (void)snprintf(at, size - (size_t)(at - text), "%s%s", ids[role == LEDGER_NODE][i], after);
    }
    return text;
}

const char *api_rows_target(const struct api_row *row, enum ledger_role role)
{
    static char text[512];
    return fill(row->target, role, text, sizeof text);
}

struct bytes api_rows_body(const struct api_row *row, enum ledger_role role)
{
    static char text[1024];
    if (row->body == NULL)
        return bytes_of("", 0);
    if (row->body == ROWS_BODY)
        return mp_buf_bytes(&import_rows);
    if (strcmp(row->body, "{wording}") == 0)
        return bytes_of_text(wording_body());
    return bytes_of_text(fill(row->body, role, text, sizeof text));
}

/* ---- what there is to ask for ---- */

static void create(struct machine *machine, const char *kind, const char *fields, char *id_out)
{
    char target[64], body[900];
    (void)snprintf(target, sizeof target, "/api/v1/records/%s", kind);
    (void)snprintf(body, sizeof body, "{\"fields\":%s}", fields);
    struct reply *reply = ask(machine, HTTP_POST, target, body, NULL);
    if (reply->status != 201)
        (void)fprintf(stderr, "%s %s: %s\n", kind, fields, reply->text);
    assert(reply->status == 201);
    if (id_out != NULL)
        (void)snprintf(id_out, 80, "%s", text_at(reply, "id"));
}

static const struct {
    const char *kind, *fields;
} records[] = {
    {"evidence", "{\"title\":\"Other\",\"date\":\"2023-11-21\",\"elements\":[\"1.1.1\"]}"},
    {"complaint", "{\"received_on\":\"2026-08-03\",\"responded_on\":\"2026-08-10\","
                  "\"outcome\":\"upheld\",\"topic\":\"timeliness\"}"},
    {"complaint", "{\"received_on\":\"2026-11-16\"}"},
    {"contact", "{\"opened_at\":\"2026-09-01T10:00:00\",\"closed_at\":\"2026-09-02T10:00:00\","
                "\"due_at\":\"2026-09-03T10:00:00\"}"},
    {"response", "{\"answered_on\":\"2026-08-01\",\"overall\":5,\"segment\":\"rural\","
                 "\"recommend\":10,\"timeliness\":4,\"wave\":\"w1\"}"},
    {"survey-result", "{\"measure\":\"overall\",\"period_from\":\"2026-07-01\",\"period_to\":"
                      "\"2026-07-31\",\"counts\":[1,1,0,4,4],\"segment\":\"rural\"}"},
    {"response", "{\"answered_on\":\"2026-05-01\",\"overall\":4,\"recommend\":9}"},
    {"complaint", "{\"received_on\":\"2026-05-04\",\"responded_on\":\"2026-05-08\"}"},
    {"action", "{\"title\":\"a\",\"due_on\":\"2026-11-21\",\"elements\":[\"4.3.2\"]}"},
    {"certificate", "{\"scheme\":\"cse\",\"body\":\"b\",\"certified_on\":\"2025-11-22\"}"},
    {"benchmark", "{\"title\":\"b\",\"measure\":\"days\",\"about\":\"timeliness\","
                  "\"taken_on\":\"2026-05-01\",\"direction\":\"lower\",\"own\":16,"
                  "\"peers\":[12,14,15]}"},
    {"csm-rating",
     "{\"standard\":\"iso-10002\",\"assessed_on\":\"2026-05-01\",\"level1\":[2,1,0]}"},
    {"agreement", "{\"title\":\"t\",\"type\":\"sharing\",\"partner\":\"p\",\"status\":\"active\","
                  "\"starts_on\":\"2026-01-01\",\"expires_on\":\"2027-01-21\"}"},
};

static void rate_people(struct machine *machine)
{
    for (int i = 0; i < 20; i++) {
        char fields[400];
        (void)snprintf(fields, sizeof fields,
                       "{\"person\":\"P%d\",\"team\":\"Desk\",\"role\":\"front-line\","
                       "\"rated_on\":\"2026-10-01\",\"rater_group\":\"%s\",\"score\":4,"
                       "\"level1\":[1,1,1,1,1,1],\"level2\":[1,1,1,1]}",
                       i / 5, i % 5 == 0 ? "manager" : "peer");
        create(machine, "competency", fields, NULL);
    }
}

static void measure(struct machine *machine)
{
    char standard[80], fields[300];
    create(machine, "standard",
           "{\"title\":\"Calls\",\"target_share\":80,\"starts_on\":\"2026-01-01\"}", standard);
    (void)snprintf(fields, sizeof fields,
                   "{\"standard\":\"%s\",\"period_from\":\"2026-07-01\","
                   "\"period_to\":\"2026-09-30\",\"total\":2000,\"within\":1499}",
                   standard);
    create(machine, "measurement", fields, NULL);
    (void)snprintf(fields, sizeof fields,
                   "{\"standard\":\"%s\",\"period_from\":\"2026-04-01\","
                   "\"period_to\":\"2026-06-30\",\"total\":2000,\"within\":1900}",
                   standard);
    create(machine, "measurement", fields, NULL);
}

static void put_file_and_import(struct machine *machine, char (*own)[80])
{
    struct reply *reply = ask(machine, HTTP_POST, "/api/v1/blobs", "hello, attachment", NULL);
    assert(reply->status == 201);
    (void)snprintf(own[BLOB], sizeof own[BLOB], "%s", text_at(reply, "hash"));
    reply = ask_bytes(machine, HTTP_POST, "/api/v1/imports?kind=complaint&name=a.csv",
                      mp_buf_bytes(&import_rows), NULL);
    assert(reply->status == 202);
    (void)snprintf(own[IMPORT], sizeof own[IMPORT], "%s", text_at(reply, "id"));
    (void)machine_drain(machine);
}

/* The centre and the site say different things, without knowing of each other. */
static void disagree(struct machine *broker, struct machine *node)
{
    char path[160];
    (void)snprintf(path, sizeof path, "/api/v1/records/assessment/%s", ids[0][ASSESSMENT]);
    assert(ask(broker, HTTP_PATCH, path, "{\"fields\":{\"band\":\"NC\"}}", NULL)->status == 200);
    machine_move_clock(1000);
    assert(ask(node, HTTP_PATCH, path, "{\"fields\":{\"band\":\"C\"}}", NULL)->status == 200);
}

static void set_aside_one(struct machine *machine)
{
    struct store_txn *txn;
    struct err_info info = {0};
    struct dot dot = {.origin = {.site = NODE_SITE, .epoch = 1}, .seq = 1};
    assert(store_begin(machine->store, STORE_WRITE, &txn, &info) == ERR_OK);
    assert(ledger_note_set_aside(txn, dot, ERR_INVALID, "a rule", machine_now_ms()) == ERR_OK);
    assert(store_commit(txn, &info) == STORE_DURABLE);
}

void api_rows_prepare(struct machine machines[2])
{
    struct machine *broker = &machines[0], *node = &machines[1];
    uint64_t sent = 0;
    put_import_rows();
    machine_start(broker, LEDGER_BROKER, BROKER_SITE);
    machine_start(node, LEDGER_NODE, NODE_SITE);
    for (int i = 0; i < 2; i++) {
        machine_know_site(&machines[i], BROKER_SITE, "centre", false, true);
        machine_know_site(&machines[i], NODE_SITE, "housing", false, false);
    }
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        create(node, records[i].kind, records[i].fields, NULL);
    create(node, "evidence",
           "{\"title\":\"Leaflet\",\"type\":\"report\",\"elements\":[\"4.3.2\",\"1.1.1\"],"
           "\"date\":\"2026-05-04\"}",
           ids[0][EVIDENCE]);
    create(node, "complaint",
           "{\"received_on\":\"2026-04-02\",\"acknowledged_on\":\"2026-04-08\","
           "\"extended_on\":\"2026-04-20\",\"extension_days\":11,\"extension_reason\":\"r\"}",
           ids[0][COMPLAINT]);
    create(node, "assessment",
           "{\"element\":\"4.3.2\",\"band\":\"PC\",\"assessed_on\":\"2026-05-04\"}",
           ids[0][ASSESSMENT]);
    measure(node);
    rate_people(node);
    machine_push(node, broker, &sent);
    memcpy(ids[1], ids[0], sizeof ids[0]);
    machine_move_clock(DAY_MS);
    disagree(broker, node);
    machine_push(node, broker, &sent);
    machine_move_clock(DAY_MS);
    put_file_and_import(broker, ids[0]);
    put_file_and_import(node, ids[1]);
    for (int i = 0; i < 2; i++)
        set_aside_one(&machines[i]);
}
