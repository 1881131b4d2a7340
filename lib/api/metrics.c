/* /metrics in the text format of Prometheus: what the store says, what this interface counts, what
 * the daemon adds. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    put_number(page, "cse_store_nearly_full", "1 when new records are refused for want of room.",
               true, numbers->usage.nearly_full ? 1 : 0);
    put_number(page, "cse_store_readers", "Snapshots being read, by any process.", true,
               numbers->readers.count);
    put_number(page, "cse_store_reader_lag_commits", "Commits since the oldest of them began.",
               true, numbers->readers.lag);
    put_number(page, "cse_disk_free_bytes", "Bytes free where the store is.", true,
               numbers->usage.disk_free_bytes);
    put_number(page, "cse_disk_floor_bytes", "Bytes below which new records are refused.", true,
               numbers->usage.disk_floor_bytes);
}

static void put_sites(struct page *page, const struct site_totals *totals)
{
    const struct {
        const char *state;
        uint64_t count;
    } rows[] = {{"active", totals->active},   {"suspect", totals->suspect},
                {"revoked", totals->revoked}, {"connected", totals->connected},
                {"late", totals->late},       {"silent", totals->silent}};
    put_head(page, "cse_sites", "Sites by state; one may count in several.", true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        put(page, "cse_sites{state=\"%s\"} %" PRIu64 "\n", rows[i].state, rows[i].count);
    put_number(page, "cse_feed_waiting_entries", "Feed entries the sites have not acknowledged.",
               true, totals->feed_waiting);
}

static void put_link(struct page *page, struct api *api)
{
    struct api_link link = {0};
    const struct api_daemon *daemon = &api->config.daemon;
    if (daemon->link == NULL)
        return;
    daemon->link(daemon->context, &link);
    bool up = link.state != NULL && strcmp(link.state, "steady") == 0;
    put_number(page, "cse_link_up", "1 while connected to the broker.", true, up ? 1 : 0);
    put_number(page, "cse_link_last_success_seconds",
               "Unix time of the broker's last acknowledgement; 0: never.", true,
               link.last_success_ms / 1000);
    bool behind = link.clock_offset_ms < 0;
    uint64_t off_ms = behind ? 0 - (uint64_t)link.clock_offset_ms : (uint64_t)link.clock_offset_ms;
    put_head(page, "cse_clock_offset_seconds", "This clock minus the broker's, as last seen.",
             true);
    put(page, "cse_clock_offset_seconds %s%" PRIu64 ".%03u\n", behind ? "-" : "", off_ms / 1000,
        (unsigned)(off_ms % 1000));
}

/* Memory in use, as the kernel counts it; 0 when it does not tell. */
static uint64_t resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long pages = 0;
    if (file == NULL)
        return 0;
    if (fscanf(file, "%*u %lu", &pages) != 1)
        pages = 0;
    (void)fclose(file);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

void api_metrics(struct api_call call)
{
    struct api *api = call.api;
    struct store_numbers numbers;
    struct store_txn *txn;
    struct err_info why;
    bool ready = !api_unready(api, &why);
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
    if (err == ERR_OK && api->config.role == LEDGER_BROKER) {
        struct site_totals totals;
        err = site_totals_of(api, txn, &totals);
        if (err == ERR_OK)
            put_sites(&page, &totals);
    }
    store_abort(txn);
    put_link(&page, api);
    put_number(&page, "cse_process_resident_bytes", "Memory in use.", true, resident_bytes());
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
