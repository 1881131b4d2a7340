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
        api->commit_failed = true;
}

enum err api_commit(struct api *api, struct store_txn *txn, struct err_info *info)
{
    struct err_info failure = {0};
    switch (store_commit(txn, &failure)) {
    case STORE_DURABLE:
        api->commit_failed = false;
        return ERR_OK;
    case STORE_NOT:
        api->commit_failed = true;
        if (ledger_forget(api->config.ledger) != ERR_OK)
            (void)err_wrap(&failure, failure.code, "and the log could not be read back");
        break;
    case STORE_UNKNOWN:
        api->commit_failed = true;
        api->stopped = true;
        failure.code = ERR_UNKNOWN_OUTCOME;
        if (api->config.daemon.fatal != NULL)
            api->config.daemon.fatal(api->config.daemon.context, &failure);
        break;
    }
    if (failure.code == ERR_OK)
        failure.code = ERR_IO;
    api->failure = failure;
    return err_set(info, failure.code, "the change could not be saved: %.400s", failure.text);
}

void api_committed(struct api *api)
{
    if (api->config.role == LEDGER_BROKER) {
        struct err_info info = {0};
        uint32_t applied = 0;
        bool caught_up = false;
        /* What cannot be applied now is applied later by the daemon: the write itself is durable.
         */
        enum err err =
            ledger_apply(api->config.ledger, API_APPLY_OPS_MAX, &applied, &caught_up, &info);
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
    if (store_usage_of(api->store, &usage) == ERR_OK && usage.nearly_full)
        return err_set(info, ERR_FULL,
                       "the store is nearly full (%llu of %llu bytes): new entries are refused, "
                       "deletions work",
                       (unsigned long long)usage.used_bytes,
                       (unsigned long long)usage.reserved_bytes);
    return ERR_OK;
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

/* After a failed commit: does a small one work again? */
static void probe_store(struct api *api)
{
    uint64_t now_ms = api_now_ms(api);
    if (api->stopped || now_ms - api->probed_ms < API_PROBE_MS)
        return;
    api->probed_ms = now_ms;
    struct store_txn *txn;
    struct err_info info = {0};
    if (store_begin(api->store, STORE_WRITE, &txn, &info) != ERR_OK)
        return;
    uint8_t stamp[8];
    put_u64(stamp, now_ms);
    if (store_put(txn, NS_META, bytes_of_text("probe"), bytes_of(stamp, sizeof stamp)) != ERR_OK) {
        store_abort(txn);
        return;
    }
    if (api_commit(api, txn, &info) != ERR_OK)
        api->failure = info;
}

const char *api_unready(struct api *api)
{
    if (api->config.daemon.unready != NULL) {
        const char *why = api->config.daemon.unready(api->config.daemon.context);
        if (why != NULL)
            return why;
    }
    if (api->commit_failed)
        probe_store(api);
    if (api->commit_failed)
        return api->failure.text[0] != '\0' ? api->failure.text
                                            : N_("the last change could not be saved");
    struct store_usage usage;
    if (store_usage_of(api->store, &usage) != ERR_OK)
        return N_("the store cannot be read");
    return usage.nearly_full ? N_("the store is nearly full: new entries are refused") : NULL;
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
