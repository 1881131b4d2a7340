/* A local write is: one transaction, one durable commit, then the daemon is told, then the answer.
 * A commit whose outcome is unknown ends everything: nothing is answered, the daemon stops and
 * opens the store afresh. */
#include "lib/api/internal.h"

#include <pwd.h>
#include <stdio.h>

#include "lib/sys/clock.h"
#include "lib/sys/random.h"

uint64_t api_now_ms(const struct api *api)
{
    return api->config.clock != NULL ? api->config.clock() : clock_unix_ms();
}

int32_t api_today(const struct api *api)
{
    return api->config.today != NULL ? api->config.today() : clock_today_day();
}

bool api_read(struct api_call call, struct store_txn **txn_out)
{
    struct err_info info = {0};
    if (store_begin(call.api->store, STORE_READ, txn_out, &info) == ERR_OK)
        return true;
    http_problem_info(call.response, &info);
    return false;
}

void api_abort(struct api *api, struct store_txn *txn)
{
    store_abort(txn);
    if (ledger_forget(api->config.ledger) != ERR_OK)
        api->astray = true;
}

enum err api_commit(struct api *api, struct store_txn *txn, struct err_info *info)
{
    struct err_info failure = {0};
    switch (store_commit(txn, &failure)) {
    case STORE_DURABLE:
        return ERR_OK;
    case STORE_NOT:
        api->astray = ledger_forget(api->config.ledger) != ERR_OK;
        break;
    case STORE_UNKNOWN:
        api->stopped = true;
        failure.code = ERR_UNKNOWN_OUTCOME;
        if (api->config.daemon.fatal != NULL)
            api->config.daemon.fatal(api->config.daemon.context, &failure);
        break;
    }
    if (failure.code == ERR_OK)
        failure.code = ERR_IO;
    if (info != NULL)
        *info = failure;
    return err_wrap(info, failure.code, "the change could not be saved");
}

void api_committed(struct api *api)
{
    api->merged = true;
    if (api->config.role == LEDGER_BROKER) {
        struct err_info info = {0};
        uint32_t applied = 0;
        bool caught_up = false;
        /* What cannot be applied now is applied later by the daemon: the write itself is durable.
         */
        enum err err =
            ledger_apply(api->config.ledger, API_APPLY_OPS_MAX, &applied, &caught_up, &info);
        api->merged = err == ERR_OK && caught_up;
        if (err == ERR_UNKNOWN_OUTCOME) {
            api->stopped = true;
            if (api->config.daemon.fatal != NULL)
                api->config.daemon.fatal(api->config.daemon.context, &info);
        }
    }
    if (api->config.daemon.committed != NULL)
        api->config.daemon.committed(api->config.daemon.context);
}

enum err api_check_room(struct api *api, struct err_info *info)
{
    struct store_usage usage;
    enum err err = store_usage_of(api->store, &usage);
    if (err != ERR_OK || !usage.nearly_full)
        return ERR_OK;
    if (usage.disk_free_bytes < usage.disk_floor_bytes)
        return err_set(info, ERR_FULL,
                       "the disk is nearly full (%llu MiB free, %llu MiB are kept free): new "
                       "entries are refused, deletions work",
                       (unsigned long long)usage.disk_free_bytes >> 20,
                       (unsigned long long)usage.disk_floor_bytes >> 20);
    return err_set(info, ERR_FULL,
                   "the store is nearly full (%llu of %llu bytes): new entries are refused, "
                   "deletions work",
                   (unsigned long long)usage.used_bytes, (unsigned long long)usage.reserved_bytes);
}

enum err api_change(struct api *api, const struct change *change, struct written *written_out,
                    struct err_info *info)
{
    return api_changes(api, change, 1, written_out, info);
}

enum err api_changes(struct api *api, const struct change *changes, uint32_t count,
                     struct written *written_out, struct err_info *info)
{
    bool creates = false;
    if (api->stopped)
        return err_set(info, ERR_UNKNOWN_OUTCOME,
                       "the outcome of an earlier change is unknown; the program is stopping");
    for (uint32_t i = 0; i < count; i++)
        creates = creates || changes[i].create;
    enum err err = creates ? api_check_room(api, info) : ERR_OK;
    if (err != ERR_OK)
        return err;
    struct store_txn *txn;
    err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    struct written written = {.rid = {0}}, first = written;
    for (uint32_t i = 0; i < count && err == ERR_OK; i++) {
        uint8_t random[48];
        random_bytes(random, sizeof random);
        err = ledger_write(api->config.ledger, txn, &changes[i], api_now_ms(api), random, &written,
                           info);
        if (i == 0)
            first = written;
    }
    if (err != ERR_OK) {
        api_abort(api, txn);
        return err;
    }
    err = api_commit(api, txn, info);
    if (err != ERR_OK)
        return err;
    api_committed(api);
    *written_out = first;
    return ERR_OK;
}

/* After a failed write: does a small one work again? */
static void probe_store(struct api *api)
{
    uint64_t now_ms = api_now_ms(api);
    if (api->stopped || (now_ms >= api->probed_ms && now_ms - api->probed_ms < API_PROBE_MS))
        return;
    api->probed_ms = now_ms;
    struct store_txn *txn;
    struct err_info info = {0};
    if (api->astray)
        api->astray = ledger_forget(api->config.ledger) != ERR_OK;
    if (store_begin(api->store, STORE_WRITE, &txn, &info) != ERR_OK)
        return;
    uint8_t stamp[8];
    put_u64(stamp, now_ms);
    if (store_put(txn, NS_META, bytes_of_text("probe"), bytes_of(stamp, sizeof stamp)) != ERR_OK)
        store_abort(txn);
    else if (api_commit(api, txn, &info) != ERR_OK)
        return; /* the store remembers why */
}

bool api_unready(struct api *api, struct err_info *why_out)
{
    struct store_usage usage;
    const char *why = api->config.daemon.unready != NULL
                          ? api->config.daemon.unready(api->config.daemon.context)
                          : NULL;
    if (api->astray || store_trouble(api->store) != NULL)
        probe_store(api);
    if (store_trouble(api->store) != NULL) {
        *why_out = *store_trouble(api->store);
        (void)err_wrap(why_out, why_out->code, "changes cannot be saved");
    } else if (api->astray) {
        (void)err_set(why_out, ERR_IO, "the log could not be read back after a failed change");
    } else if (why != NULL) {
        (void)err_set(why_out, ERR_LIMIT, "%s", why);
    } else if (store_usage_of(api->store, &usage) != ERR_OK) {
        (void)err_set(why_out, ERR_IO, "the store cannot be read");
    } else if (usage.nearly_full && usage.disk_free_bytes < usage.disk_floor_bytes) {
        (void)err_set(why_out, ERR_FULL, "the disk is nearly full: new entries are refused");
    } else if (usage.nearly_full) {
        (void)err_set(why_out, ERR_FULL, "the store is nearly full: new entries are refused");
    } else {
        return false;
    }
    return true;
}

/* Cut at a character's start. */
static void copy_author(const char *from, char *text_out)
{
    size_t len = strlen(from);
    if (len > AUTHOR_BYTES_MAX) {
        len = AUTHOR_BYTES_MAX;
        while (len > 0 && ((unsigned char)from[len] & 0xC0U) == 0x80U)
            len--;
    }
    memcpy(text_out, from, len);
    text_out[len] = '\0';
}

void api_author(const struct http_request *request, char *text_out)
{
    if (!request->over_unix) {
        copy_author("http", text_out);
        return;
    }
    const char *given = http_header(request, "x-cse-author");
    if (given != NULL && given[0] != '\0' && utf8_valid(bytes_of_text(given))) {
        copy_author(given, text_out);
        return;
    }
    struct passwd row, *found = NULL;
    char names[4096];
    if (getpwuid_r(request->peer_uid, &row, names, sizeof names, &found) == 0 && found != NULL &&
        found->pw_name != NULL && utf8_valid(bytes_of_text(found->pw_name)))
        copy_author(found->pw_name, text_out);
    else
        (void)snprintf(text_out, AUTHOR_BYTES_MAX + 1, "uid-%u", (unsigned)request->peer_uid);
}
