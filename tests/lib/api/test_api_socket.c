#include <criterion/criterion.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/http/client.h"
#include "lib/http/server.h"
#include "proto/record/fields.h"
#include "proto/record/mp.h"
#include "tests/lib/api/api_fixture.h"

/* The whole way: client, Unix socket, server, handlers; the daemon's loop runs on a thread of its
 * own. */

#define NODE_SITE UINT64_C(0x8000000000000011)
enum { ROWS = 20000, WAIT_MS = 30000 };

static struct machine machine;
static struct http_server *server;
static atomic_bool stopping;

static void *run_loop(void *context)
{
    (void)context;
    bool more = false;
    while (!atomic_load(&stopping)) {
        int fds[2];
        size_t count = http_server_fds(server, fds);
        struct pollfd items[2] = {{.fd = fds[0], .events = POLLIN},
                                  {.fd = count > 1 ? fds[1] : -1, .events = POLLIN}};
        long wait_ms = http_server_timeout_ms(server);
        (void)poll(items, count, more ? 0 : wait_ms < 0 || wait_ms > 20 ? 20 : (int)wait_ms);
        http_server_run(server);
        more = api_tick(machine.api, machine_now_ms());
    }
    return NULL;
}

struct rows_source {
    struct bytes left;
};

static enum err read_rows(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct rows_source *source = context;
    size_t len = source->left.len < capacity ? source->left.len : capacity;
    len = len < 1009 ? len : 1009; /* rows are cut wherever it falls */
    memcpy(buffer, source->left.data, len);
    source->left = bytes_of(source->left.data + len, source->left.len - len);
    *len_out = len;
    return ERR_OK;
}

static enum err count_lines(void *context, struct bytes piece)
{
    for (size_t i = 0; i < piece.len; i++)
        *(uint64_t *)context += piece.data[i] == '\n';
    return ERR_OK;
}

static void put_rows(struct mp_buf *rows)
{
    for (int i = 0; i < ROWS; i++) {
        mp_put_array(rows, 2);
        mp_put_uint(rows, (uint64_t)i + 2);
        mp_put_map(rows, 1);
        mp_put_uint(rows, COMPLAINT_RECEIVED_ON);
        mp_put_int(rows, TODAY_DAY - i % 90);
    }
}

static void call(const struct http_client *client, const struct http_call *what,
                 struct http_answer *answer)
{
    struct err_info info = {0};
    enum err err = http_client_call(client, what, answer, &info);
    cr_assert_eq(err, ERR_OK, "%s %s: %s", what->method, what->path, info.text);
}

static void import_and_export(const struct http_client *client, struct bytes rows)
{
    struct rows_source context = {.left = rows};
    struct http_source source = {.read = read_rows, .context = &context};
    struct http_answer answer;
    char path[128];
    call(client,
         &(struct http_call){.method = "POST",
                             .path = "/api/v1/imports?kind=complaint&rows=20000",
                             .content_type = "application/vnd.cse.rows",
                             .source = &source},
         &answer);
    cr_assert_eq(answer.status, 202, "%s", (const char *)answer.body);
    (void)snprintf(path, sizeof path, "%s", http_answer_header(&answer, "location"));
    http_answer_deinit(&answer);
    bool done = false;
    for (int i = 0; i < 2000 && !done; i++) {
        call(client, &(struct http_call){.method = "GET", .path = path}, &answer);
        done = strstr((const char *)answer.body, "\"state\":\"done\"") != NULL;
        http_answer_deinit(&answer);
        (void)usleep(done ? 0 : 10 * 1000);
    }
    cr_assert(done, "the import ends");
    uint64_t lines = 0;
    struct http_sink sink = {.write = count_lines, .context = &lines};
    call(client,
         &(struct http_call){.method = "GET", .path = "/api/v1/exports/complaint", .sink = &sink},
         &answer);
    cr_expect_eq(answer.status, 200);
    cr_expect_eq(lines, ROWS + 1);
    http_answer_deinit(&answer);
}

Test(api_socket, a_large_import_and_its_export_go_through_the_socket)
{
    char path[128];
    struct err_info info = {0};
    struct http_client client;
    struct mp_buf rows;
    pthread_t thread;
    machine_start(&machine, LEDGER_NODE, NODE_SITE);
    (void)snprintf(path, sizeof path, "%s/%s", machine.dir, HTTP_SOCKET_NAME);
    struct http_config config = {.socket_path = path, .app = &machine.app};
    cr_assert_eq(http_server_open(&config, &server, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(pthread_create(&thread, NULL, run_loop, NULL), 0);
    cr_assert_eq(http_client_for_dir(machine.dir, WAIT_MS, &client, &info), ERR_OK);
    mp_buf_init(&rows, 64 * 1024 * 1024);
    put_rows(&rows);
    import_and_export(&client, mp_buf_bytes(&rows));
    mp_buf_deinit(&rows);
    atomic_store(&stopping, true);
    cr_assert_eq(pthread_join(thread, NULL), 0);
    http_server_close(server);
    machine_stop(&machine);
}
