/* PUT membership: where this site belongs from now on. Only over the Unix socket: it names the key
 * the node will trust. */
#include "lib/api/internal.h"

#include <string.h>

#include "lib/sys/keys.h"

static enum err copy_text(const json_t *body, const char *key, char *to, size_t size,
                          struct err_info *info)
{
    const char *text = NULL;
    enum err err = json_get_text(body, key, JSON_REQUIRED, &text, info);
    if (err != ERR_OK)
        return err;
    size_t len = strlen(text);
    if (len == 0 || len >= size)
        return err_set(info, ERR_INVALID, "field '%s': 1 to %zu bytes", key, size - 1);
    memcpy(to, text, len + 1);
    return ERR_OK;
}

static enum err copy_key(const json_t *body, const char *key, uint8_t to[32], struct err_info *info)
{
    const char *text = NULL;
    enum err err = json_get_text(body, key, JSON_REQUIRED, &text, info);
    if (err != ERR_OK)
        return err;
    if (!z85_decode_key(text, to) && !hex_decode(text, to, 32))
        return err_set(info, ERR_INVALID,
                       "field '%s': a key is 40 characters of Z85 or 64 hex digits", key);
    return ERR_OK;
}

static enum err parse_membership(const json_t *body, struct membership *membership,
                                 struct err_info *info)
{
    const char *site = NULL;
    membership->joined = true;
    enum err err = copy_text(body, "organisation", membership->organisation,
                             sizeof membership->organisation, info);
    if (err == ERR_OK)
        err = copy_text(body, "site", membership->slug, sizeof membership->slug, info);
    if (err == ERR_OK)
        err = copy_text(body, "name", membership->name, sizeof membership->name, info);
    if (err == ERR_OK)
        err = copy_text(body, "address", membership->address, sizeof membership->address, info);
    if (err == ERR_OK)
        err = json_get_bool(body, "partner", JSON_OPTIONAL, &membership->partner, info);
    if (err == ERR_OK)
        err = copy_key(body, "broker_transport", membership->broker_transport, info);
    if (err == ERR_OK)
        err = copy_key(body, "broker_sign", membership->broker_sign, info);
    if (err == ERR_OK)
        err = json_get_text(body, "broker_site", JSON_REQUIRED, &site, info);
    if (err != ERR_OK)
        return err;
    uint8_t id[8];
    if (!hex_decode(site, id, sizeof id) || get_u64(id) == 0)
        return err_set(info, ERR_INVALID, "field 'broker_site': 16 hex digits");
    membership->broker_site = get_u64(id);
    if (!slug_valid(membership->slug))
        return err_set(info, ERR_INVALID, "field 'site': '%s' is no short name", membership->slug);
    return ERR_OK;
}

static enum err store_membership(struct api *api, const struct membership *membership,
                                 struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    err = membership_enter(txn, membership, ledger_identity(api->config.ledger).site, info);
    if (err != ERR_OK) {
        api_abort(api, txn);
        return err;
    }
    return api_commit(api, txn, info);
}

void api_membership_put(struct api_call call)
{
    const struct api_daemon *daemon = &call.api->config.daemon;
    struct membership membership = {0};
    struct err_info info = {0};
    json_t *body = NULL;
    if (!call.request->over_unix) {
        http_problem(call.response, ERR_DENIED, "only over the Unix socket of the data directory");
        return;
    }
    enum err err = json_parse_object(call.request->body, &body, &info);
    if (err == ERR_OK)
        err = parse_membership(body, &membership, &info);
    if (err == ERR_OK)
        err = store_membership(call.api, &membership, &info);
    if (err == ERR_OK && daemon->joined != NULL)
        err = daemon->joined(daemon->context, &membership, &info);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        http_reply_empty(call.response, 204);
    json_decref(body);
}
