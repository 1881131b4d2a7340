/* /metrics in the text format of Prometheus: what the store says, what this interface counts, what
 * the daemon adds. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { METRICS_BYTES_MAX = 256 * 1024 };

struct page {
    char *text;
    size_t len;
    bool cut;
};

PRINTF_LIKE(2, 3)
static void put(struct page *page, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    size_t room = METRICS_BYTES_MAX - page->len;
    int len = page->cut ? -1 : vsnprintf(page->text + page->len, room, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= room)
        page->cut = true;
    else
        page->len += (size_t)len;
}

static void put_head(struct page *page, const char *name, const char *help, bool gauge)
{
    put(page, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, gauge ? "gauge" : "counter");
}

static void put_number(struct page *page, const char *name, const char *help, bool gauge,
                       uint64_t value)
{
    put_head(page, name, help, gauge);
    put(page, "%s %" PRIu64 "\n", name, value);
}

/* Backslash, quote and line end are escaped in label values. */
static void put_label(struct page *page, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\\' || *value == '"')
            put(page, "\\%c", *value);
        else if (*value == '\n')
            put(page, "\\n");
        else
            put(page, "%c", *value);
    }
}

static void put_requests(struct page *page, const struct api *api)
{
    put_head(page, "cse_http_requests_total", "Requests answered, by class of status.", false);
    for (unsigned class = 2; class < API_STATUS_CLASSES; class ++)
        put(page, "cse_http_requests_total{status=\"%uxx\"} %" PRIu64 "\n", class,
            api->requests[class]);
}

static void put_refused(struct page *page, const struct api_daemon *daemon)
{
    size_t count = 0;
    if (daemon->refused == NULL)
        return;
    const struct api_refused *refused = daemon->refused(daemon->context, &count);
    put_head(page, "cse_refused_total", "Frames and connections refused, by reason.", false);
    for (size_t i = 0; i < count; i++) {
        put(page, "cse_refused_total{reason=\"");
        put_label(page, refused[i].reason);
        put(page, "\"} %" PRIu64 "\n", refused[i].count);
    }
}

static void put_daemon(struct page *page, const struct api_daemon *daemon)
{
    size_t count = 0;
    if (daemon->counters == NULL)
        return;
    const struct api_counter *counters = daemon->counters(daemon->context, &count);
    for (size_t i = 0; i < count; i++) {
        const struct api_counter *at = &counters[i];
        if (i == 0 || strcmp(counters[i - 1].name, at->name) != 0)
            put_head(page, at->name, at->help, at->gauge);
        if (at->label == NULL || at->label_value == NULL) {
            put(page, "%s %" PRIu64 "\n", at->name, at->value);
            continue;
        }
        put(page, "%s{%s=\"", at->name, at->label);
        put_label(page, at->label_value);
        put(page, "\"} %" PRIu64 "\n", at->value);
    }
}

/* Operations of all origins that are stored here. */
static uint64_t stored_operations(struct store_txn *txn)
{
    struct store_iter *iter;
    struct bytes key, value, all = bytes_of("", 0);
    uint64_t sum = 0;
    enum err err;
    if (store_iter_open(txn, NS_ORIGIN, all, all, STORE_FORWARD, &iter) != ERR_OK)
        return 0;
    while (store_iter_next(iter, &key, &value, &err)) {
        struct origin_row row;
        if (key.len == 12 &&
            ledger_get_origin(
                txn, (struct origin){.site = get_u64(key.data), .epoch = get_u32(key.data + 8)},
                &row) == ERR_OK)
            sum += row.stored_seq;
    }
    store_iter_close(iter);
    return sum;
}

static void put_store(struct page *page, struct api *api, struct store_txn *txn,
                      const struct store_numbers *numbers)
{
    struct identity self = ledger_identity(api->config.ledger);
    struct origin_row own = {0};
    if (ledger_get_origin(txn, (struct origin){.site = self.site, .epoch = self.epoch}, &own) !=
        ERR_OK)
        own = (struct origin_row){0};
    put_number(page, "cse_own_operations_total", "Operations written here in the current epoch.",
               false, own.stored_seq);
    if (api->config.role == LEDGER_BROKER) {
        uint64_t stored = stored_operations(txn);
        put_number(page, "cse_stored_operations_total", "Operations stored, from all sites.", false,
                   stored);
        put_number(page, "cse_applied_operations_total", "Operations merged or set aside.", false,
                   stored > numbers->waiting ? stored - numbers->waiting : 0);
    }
    put_number(page, "cse_backlog_operations", "Operations stored and not yet applied.", true,
               numbers->waiting);
    put_number(page, "cse_pending_operations", "Own operations the broker has not acknowledged.",
               true, own_pending(api, txn));
    put_number(page, "cse_conflicts", "Open conflicts, counted up to 10000.", true,
               numbers->conflicts);
    put_number(page, "cse_set_aside_operations", "Operations set aside, counted up to 10000.", true,
               numbers->set_aside);
    put_number(page, "cse_store_used_bytes", "Bytes of the store in use.", true,
               numbers->usage.used_bytes);
    put_number(page, "cse_store_reserved_bytes", "Bytes the store may grow to.", true,
               numbers->usage.reserved_bytes);
}

void api_metrics(struct api_call call)
{
    struct api *api = call.api;
    struct store_numbers numbers;
    struct store_txn *txn;
    bool ready = api_unready(api) == NULL;
    struct page page = {.text = malloc(METRICS_BYTES_MAX)};
    if (page.text == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    if (!api_read(call, &txn)) {
        free(page.text);
        return;
    }
    put_head(&page, "cse_build_info", "What is running.", true);
    put(&page, "cse_build_info{version=\"%s\",role=\"%s\"} 1\n", CSE_VERSION,
        api->config.role == LEDGER_BROKER ? "broker" : "node");
    put_number(&page, "cse_ready", "1 when changes can be saved.", true, ready ? 1 : 0);
    enum err err = store_numbers_of(api, txn, &numbers);
    if (err == ERR_OK)
        put_store(&page, api, txn, &numbers);
    store_abort(txn);
    put_requests(&page, api);
    put_refused(&page, &api->config.daemon);
    put_daemon(&page, &api->config.daemon);
    if (err != ERR_OK)
        http_problem(call.response, err, "the store could not be read: %s", err_text(err));
    else if (page.cut)
        http_problem(call.response, ERR_TOO_BIG, "more metrics than %d bytes",
                     (int)METRICS_BYTES_MAX);
    else
        http_reply(call.response, 200, "text/plain; version=0.0.4; charset=utf-8",
                   bytes_of(page.text, page.len));
    free(page.text);
}
