#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/record/fields.h"
#include "proto/record/mp.h"
#include "tests/lib/api/api_fixture.h"

#define NODE_SITE   UINT64_C(0x8000000000000011)
#define BROKER_SITE UINT64_C(0x8000000000000001)
#define IMPORTS     "/api/v1/imports?kind=complaint&name=march.csv"

static struct machine machine;
static struct mp_buf rows;

static void start(void)
{
    machine_start(&machine, LEDGER_NODE, NODE_SITE);
    mp_buf_init(&rows, 64 * 1024 * 1024);
}

static void stop(void)
{
    mp_buf_deinit(&rows);
    machine_stop(&machine);
}

TestSuite(api_imports, .init = start, .fini = stop);

/* Rows first … first + count - 1. */
static void put_rows(int first, int count)
{
    for (int i = first; i < first + count; i++) {
        char reference[32];
        (void)snprintf(reference, sizeof reference, "R%05d", i);
        mp_put_array(&rows, 2);
        mp_put_uint(&rows, (uint64_t)i + 2);
        mp_put_map(&rows, 3);
        mp_put_uint(&rows, COMPLAINT_REFERENCE);
        mp_put_str(&rows, bytes_of_text(reference));
        mp_put_uint(&rows, COMPLAINT_RECEIVED_ON);
        mp_put_int(&rows, TODAY_DAY - 100 + i % 90);
        mp_put_uint(&rows, COMPLAINT_DESCRIPTION);
        mp_put_str(&rows, bytes_of_text("Nobody answered, \"again\";\r\n=1+1"));
    }
}

static struct reply *post_rows(const char *target)
{
    return ask_bytes(&machine, HTTP_POST, target, mp_buf_bytes(&rows), NULL);
}

static int count_records(void)
{
    char target[128] = "/api/v1/records/complaint?limit=1000", cursor[64];
    int count = 0;
    do {
        struct reply *reply = ask(&machine, HTTP_GET, target, NULL, NULL);
        cr_assert_eq(reply->status, 200, "%s", reply->text);
        count += (int)json_array_size(json_at(reply, "records"));
        (void)snprintf(cursor, sizeof cursor, "%s", text_at(reply, "next"));
        (void)snprintf(target, sizeof target, "/api/v1/records/complaint?limit=1000&cursor=%s",
                       cursor);
    } while (cursor[0] != '\0');
    return count;
}

static int staged_files(void)
{
    char path[128];
    int count = 0;
    (void)snprintf(path, sizeof path, "%s/imports", machine.dir);
    DIR *dir = opendir(path);
    for (struct dirent *at; (at = readdir(dir)) != NULL;)
        count += at->d_name[0] != '.';
    (void)closedir(dir);
    return count;
}

static const char *job_path(const struct reply *reply)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "/api/v1/imports/%s", text_at(reply, "id"));
    return path;
}

Test(api_imports, an_import_that_is_stopped_in_the_middle_goes_on_where_it_was)
{
    enum { ROWS = 8000 };
    char path[128];
    put_rows(0, ROWS);
    struct reply *reply = post_rows(IMPORTS "&rows=8000");
    cr_assert_eq(reply->status, 202, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "state"), "running");
    cr_expect_eq(int_at(reply, "rows"), ROWS);
    cr_expect_eq(int_at(reply, "done"), 0);
    (void)snprintf(path, sizeof path, "%s", job_path(reply));
    for (int i = 0; i < 4; i++)
        cr_assert(api_tick(machine.api, machine_now_ms()));
    cr_expect_eq(int_at(ask(&machine, HTTP_GET, path, NULL, NULL), "done"),
                 4 * JOB_ROWS_PER_COMMIT);
    store_mem_fail_commits(machine.store, 1, STORE_UNKNOWN, true);
    cr_expect_not(api_tick(machine.api, machine_now_ms()));
    cr_expect_eq(machine.fatal, 1);
    machine_restart(&machine);
    cr_expect_eq(int_at(ask(&machine, HTTP_GET, path, NULL, NULL), "done"),
                 5 * JOB_ROWS_PER_COMMIT);
    (void)machine_drain(&machine);
    reply = ask(&machine, HTTP_GET, path, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "state"), "done", "%s", reply->text);
    cr_expect_eq(int_at(reply, "done"), ROWS);
    cr_expect_eq(count_records(), ROWS);
    cr_expect_eq(staged_files(), 0);
    reply = ask(&machine, HTTP_GET, "/api/v1/records/complaint?where=reference:R04999", NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "records")), 1);
}

Test(api_imports, a_failed_commit_is_tried_again_later)
{
    put_rows(0, 600);
    cr_assert_eq(post_rows(IMPORTS)->status, 202);
    store_mem_fail_commits(machine.store, 1, STORE_NOT, false);
    cr_expect_not(api_tick(machine.api, machine_now_ms()));
    cr_expect_not(api_tick(machine.api, machine_now_ms()), "it waits a little");
    machine_move_clock(10 * 1000);
    (void)machine_drain(&machine);
    cr_expect_eq(count_records(), 600);
}

static void put_bad_row(const char *what)
{
    mp_put_array(&rows, 2);
    mp_put_uint(&rows, 77);
    if (strcmp(what, "required") == 0) {
        mp_put_map(&rows, 1);
        mp_put_uint(&rows, COMPLAINT_REFERENCE);
        mp_put_str(&rows, bytes_of_text("R"));
    } else if (strcmp(what, "type") == 0) {
        mp_put_map(&rows, 1);
        mp_put_uint(&rows, COMPLAINT_RECEIVED_ON);
        mp_put_str(&rows, bytes_of_text("yesterday"));
    } else if (strcmp(what, "field") == 0) {
        mp_put_map(&rows, 1);
        mp_put_uint(&rows, 998);
        mp_put_uint(&rows, 1);
    } else if (strcmp(what, "rule") == 0) {
        mp_put_map(&rows, 2);
        mp_put_uint(&rows, COMPLAINT_RECEIVED_ON);
        mp_put_int(&rows, TODAY_DAY);
        mp_put_uint(&rows, COMPLAINT_CLOSED_ON);
        mp_put_int(&rows, TODAY_DAY - 5);
    } else if (strcmp(what, "garbage") == 0) {
        mp_put_nil(&rows);
    } else {
        mp_put_map(&rows, 3); /* and nothing in it */
    }
}

Test(api_imports, one_bad_row_at_the_end_changes_nothing)
{
    static const struct {
        const char *what, *says;
    } bad[] = {
        {"required", "line 77: received_on"},
        {"type", "line 77: received_on"},
        {"field", "998"},
        {"rule", "line 77: "},
        {"garbage", "line"},
        {"short", "cut short"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mp_buf_reset(&rows);
        put_rows(0, 700);
        put_bad_row(bad[i].what);
        struct reply *reply = post_rows(IMPORTS);
        cr_expect(reply->status == 422 || reply->status == 400, "%s: %d %s", bad[i].what,
                  reply->status, reply->text);
        cr_expect(strstr(text_at(reply, "detail"), bad[i].says) != NULL, "%s: %s", bad[i].what,
                  reply->text);
        cr_expect_not(api_tick(machine.api, machine_now_ms()), "%s", bad[i].what);
        cr_expect_eq(staged_files(), 0, "%s", bad[i].what);
    }
    cr_expect_eq(count_records(), 0);
    cr_expect_eq(machine.committed, 0);
    mp_buf_reset(&rows);
    cr_expect_eq(post_rows(IMPORTS)->status, 422, "no rows at all");
    put_rows(0, 3);
    cr_expect_eq(post_rows(IMPORTS "&rows=4")->status, 422, "fewer than announced");
    cr_expect_eq(post_rows("/api/v1/imports?kind=nothing")->status, 404);
    cr_expect_eq(post_rows("/api/v1/imports")->status, 422);
}

static void undo_whole(int rows_count, int ticks_first)
{
    char path[128];
    put_rows(0, rows_count);
    struct reply *reply = post_rows(IMPORTS);
    cr_assert_eq(reply->status, 202, "%s", reply->text);
    (void)snprintf(path, sizeof path, "%s", job_path(reply));
    for (int i = 0; i < ticks_first; i++)
        (void)api_tick(machine.api, machine_now_ms());
    (void)ask(&machine, HTTP_POST, "/api/v1/records/complaint",
              "{\"fields\":{\"received_on\":\"2026-01-05\"}}", NULL);
    reply = ask(&machine, HTTP_DELETE, path, NULL, NULL);
    cr_expect_eq(reply->status, 202, "%s", reply->text);
    cr_expect_str_eq(text_at(reply, "state"), "undoing");
    cr_expect_eq(staged_files(), 0, "what had not been taken in is dropped");
    (void)api_tick(machine.api, machine_now_ms());
    machine_restart(&machine);
    (void)machine_drain(&machine);
    reply = ask(&machine, HTTP_GET, path, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "state"), "undone", "%s", reply->text);
    cr_expect_eq(count_records(), 1, "only the one that was not imported is left");
    cr_expect_eq(ask(&machine, HTTP_DELETE, path, NULL, NULL)->status, 202, "asking twice is fine");
    reply = ask(&machine, HTTP_GET, "/api/v1/imports", NULL, NULL);
    cr_expect_eq(json_array_size(json_at(reply, "imports")), 1);
}

Test(api_imports, a_whole_import_is_taken_back)
{
    undo_whole(1500, 10);
}

Test(api_imports, an_import_under_way_is_stopped_and_taken_back)
{
    undo_whole(1500, 1);
}

Test(api_imports, the_broker_imports_and_takes_back_too)
{
    machine_stop(&machine);
    machine_start(&machine, LEDGER_BROKER, BROKER_SITE);
    undo_whole(1300, 10);
}

Test(api_imports, what_is_exported_has_the_fields_that_were_imported)
{
    put_rows(0, 300);
    cr_assert_eq(post_rows(IMPORTS)->status, 202);
    (void)machine_drain(&machine);
    struct reply *reply =
        ask(&machine, HTTP_GET, "/api/v1/exports/complaint?format=json", NULL, NULL);
    cr_assert_eq(reply->status, 200);
    cr_assert_eq(json_array_size(reply->json), 300, "%.200s", reply->text);
    cr_expect_str_eq(text_at(reply, "299/fields/reference"), "R00299", "oldest first");
    cr_expect_str_eq(text_at(reply, "0/fields/description"), "Nobody answered, \"again\";\r\n=1+1");
    reply = ask(&machine, HTTP_GET, "/api/v1/exports/complaint", NULL, NULL);
    cr_expect_eq(strncmp(reply->text, "id,reference,nature,received_on,", 32), 0, "%.100s",
                 reply->text);
    int ends = 0, quoted = 0;
    for (const char *at = reply->text; (at = strstr(at, "\"\"again\"\";\r\n=1+1\"")) != NULL; at++)
        quoted++;
    for (const char *at = reply->text; (at = strstr(at, "\r\n")) != NULL; at++)
        ends++;
    cr_expect_eq(quoted, 300);
    cr_expect_eq(ends, 301 + 300, "a line end a record, one a description, one the head");
    cr_expect_eq(
        ask(&machine, HTTP_GET, "/api/v1/exports/complaint?format=xml", NULL, NULL)->status, 422);
}

Test(api_imports, a_cell_a_spreadsheet_would_run_is_guarded_when_asked)
{
    (void)ask(&machine, HTTP_POST, "/api/v1/records/complaint",
              "{\"fields\":{\"received_on\":\"2026-01-05\",\"category\":\"=1+1\",\"service\":\"'"
              "quoted\"}}",
              NULL);
    struct reply *reply =
        ask(&machine, HTTP_GET, "/api/v1/exports/complaint?guard=true", NULL, NULL);
    cr_expect_not_null(strstr(reply->text, ",'=1+1,"));
    cr_expect_not_null(strstr(reply->text, ",''quoted,"));
    reply = ask(&machine, HTTP_GET, "/api/v1/exports/complaint", NULL, NULL);
    cr_expect_not_null(strstr(reply->text, ",=1+1,"));
}

Test(api_imports, rows_may_be_cut_anywhere_on_their_way)
{
    static const size_t pieces[] = {1, 7, 61, 1000, 65536, 300000};
    enum { ROWS = 1200 };
    put_rows(0, ROWS);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct reply *reply = ask_in_pieces(&machine, IMPORTS, mp_buf_bytes(&rows), pieces[i]);
        cr_expect_eq(reply->status, 202, "pieces of %zu: %s", pieces[i], reply->text);
        cr_expect_eq(int_at(reply, "rows"), ROWS, "pieces of %zu", pieces[i]);
        (void)ask(&machine, HTTP_DELETE, job_path(reply), NULL, NULL);
    }
    mp_put_array(&rows, 2);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct reply *reply = ask_in_pieces(&machine, IMPORTS, mp_buf_bytes(&rows), pieces[i]);
        cr_expect_eq(reply->status, 400, "pieces of %zu: %s", pieces[i], reply->text);
    }
    cr_expect_eq(staged_files(), 0);
}

Test(api_imports, an_upload_that_is_broken_off_leaves_nothing)
{
    put_rows(0, 100);
    struct err_info info = {0};
    struct http_match match;
    struct http_pair query[] = {{"kind", "complaint"}};
    struct http_request request = {
        .method = HTTP_POST, .path = "/api/v1/imports", .query = query, .query_count = 1};
    cr_assert_eq(http_route_find(&machine.app, HTTP_POST, request.path, &match), ERR_OK);
    void *upload;
    cr_assert_eq(match.route->upload->begin(machine.api, &request, &upload, &info), ERR_OK);
    cr_assert_eq(match.route->upload->chunk(upload, mp_buf_bytes(&rows), &info), ERR_OK);
    cr_expect_eq(staged_files(), 1);
    match.route->upload->close(upload);
    cr_expect_eq(staged_files(), 0);
    cr_expect_eq(count_records(), 0);
}

Test(api_imports, a_staged_file_that_nobody_answers_for_is_removed_at_the_next_start)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/imports/%032d.rows", machine.dir, 7);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    (void)fclose(file);
    machine_restart(&machine);
    cr_expect_eq(staged_files(), 0);
}

Test(api_imports, a_staged_file_of_a_row_that_cannot_be_read_is_kept)
{
    char path[128];
    uint8_t id[16] = {0};
    id[15] = 7;
    (void)snprintf(path, sizeof path, "%s/imports/%032d.rows", machine.dir, 7);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    (void)fclose(file);
    struct store_txn *txn;
    cr_assert_eq(store_begin(machine.store, STORE_WRITE, &txn, NULL), ERR_OK);
    cr_assert_eq(store_put(txn, NS_JOB, bytes_of(id, sizeof id), bytes_of("\x91\x02", 2)), ERR_OK);
    cr_assert_eq(store_commit(txn, NULL), STORE_DURABLE);
    machine_restart(&machine);
    cr_expect_eq(staged_files(), 1, "a later version may know what to do with it");
}

/* The room is looked at when an upload begins; a long one must not use up what is kept for the
 * store while it comes in. */
Test(api_imports, an_upload_ends_when_the_disk_fills_under_it)
{
    enum { PIECE = 1024 * 1024, PIECES_MAX = 16 };
    static uint8_t piece[PIECE];
    struct err_info info = {0};
    struct http_match match;
    struct http_request request = {.method = HTTP_POST, .path = "/api/v1/blobs"};
    cr_assert_eq(http_route_find(&machine.app, HTTP_POST, request.path, &match), ERR_OK);
    void *upload;
    cr_assert_eq(match.route->upload->begin(machine.api, &request, &upload, &info), ERR_OK);
    cr_assert_eq(match.route->upload->chunk(upload, bytes_of(piece, PIECE), &info), ERR_OK);
    store_mem_set_capacity(machine.store, 1);
    enum err err = ERR_OK;
    for (int i = 0; i < PIECES_MAX && err == ERR_OK; i++)
        err = match.route->upload->chunk(upload, bytes_of(piece, PIECE), &info);
    cr_expect_eq(err, ERR_FULL);
    match.route->upload->close(upload);
    cr_expect_eq(staged_files(), 0);
    store_mem_set_capacity(machine.store, 0);
}

Test(api_imports, a_damaged_staged_file_takes_the_import_back)
{
    char path[128], name[128];
    put_rows(0, 3 * JOB_ROWS_PER_COMMIT);
    struct reply *reply = post_rows(IMPORTS);
    cr_assert_eq(reply->status, 202, "%s", reply->text);
    (void)snprintf(name, sizeof name, "%s", job_path(reply));
    (void)snprintf(path, sizeof path, "%s/imports/%s.rows", machine.dir, text_at(reply, "id"));
    cr_assert(api_tick(machine.api, machine_now_ms()));
    cr_expect_eq(count_records(), JOB_ROWS_PER_COMMIT);
    FILE *file = fopen(path, "r+");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, (long)(rows.len / 2), SEEK_SET), 0);
    for (int i = 0; i < 4096; i++)
        (void)fputc(0xc1, file);
    (void)fclose(file);
    (void)machine_drain(&machine);
    reply = ask(&machine, HTTP_GET, name, NULL, NULL);
    cr_expect_str_eq(text_at(reply, "state"), "failed", "%s", reply->text);
    cr_expect_not_null(strstr(text_at(reply, "error"), "line "), "%s", reply->text);
    cr_expect_eq(count_records(), 0);
    cr_expect_eq(staged_files(), 0);
}
