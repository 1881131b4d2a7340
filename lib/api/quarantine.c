/* What was set aside: operations that are in the log but not in the picture, and why. */
#include "lib/api/internal.h"

#include <stdio.h>
#include <stdlib.h>

struct aside_list {
    struct site_names names;
    struct jsonw json;
    struct op *op;
    int64_t limit, shown;
    uint8_t last[DOT_KEY_BYTES];
    bool more;
};

/* The record it speaks of, when its bytes can be read. */
static void put_record(struct aside_list *list, struct dot dot, struct bytes key)
{
    struct bytes value;
    struct entry entry;
    char rid[RID_TEXT_BYTES];
    if (store_get(list->names.txn, NS_LOG, key, &value) != ERR_OK ||
        entry_decode(value, &entry) != ERR_OK || op_decode(dot.origin, &entry, list->op) != ERR_OK)
        return;
    rid_format(list->op->rid, rid);
    jsonw_put_string(&list->json, "id", rid);
    kind_name_to_json(&list->json, list->op->kind);
}

static void put_aside(struct aside_list *list, struct bytes key)
{
    struct dot dot = dot_get_key(key.data);
    enum err code = ERR_OK;
    char reason[ERR_TEXT_BYTES] = "";
    if (ledger_set_aside_reason(list->names.txn, dot, &code, reason) != ERR_OK)
        return;
    jsonw_object_begin(&list->json);
    jsonw_put_string(&list->json, "site", site_name(&list->names, dot.origin.site));
    jsonw_put_uint(&list->json, "epoch", dot.origin.epoch);
    jsonw_put_uint(&list->json, "number", dot.seq);
    jsonw_put_int(&list->json, "code", code);
    jsonw_put_string(&list->json, "slug", err_slug(code));
    jsonw_put_string(&list->json, "reason", reason);
    put_record(list, dot, key);
    jsonw_object_end(&list->json);
}

static enum err list_aside(struct aside_list *list, struct bytes from)
{
    struct store_iter *iter;
    struct bytes key, value;
    enum err err = store_iter_open(list->names.txn, NS_QUARANTINE, bytes_of("", 0), from,
                                   STORE_FORWARD, &iter);
    if (err != ERR_OK)
        return err;
    while (store_iter_next(iter, &key, &value, &err)) {
        if (key.len != DOT_KEY_BYTES || (from.len > 0 && bytes_equal(key, from)))
            continue;
        if (list->shown == list->limit) {
            list->more = true;
            break;
        }
        put_aside(list, key);
        memcpy(list->last, key.data, DOT_KEY_BYTES);
        list->shown++;
    }
    store_iter_close(iter);
    return err;
}

void api_quarantine(struct api_call call)
{
    struct aside_list list = {0};
    struct err_info info = {0};
    uint8_t after[DOT_KEY_BYTES];
    struct bytes from = bytes_of("", 0);
    const char *cursor = http_query(call.request, "cursor");
    enum err err = page_limit(call.request, &list.limit, &info);
    if (err == ERR_OK && cursor != NULL && cursor[0] != '\0') {
        if (!hex_decode(cursor, after, sizeof after))
            err = err_set(&info, ERR_INVALID, "cursor: not one that this list gave");
        from = bytes_of(after, sizeof after);
    }
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    list.op = malloc(sizeof *list.op);
    if (list.op == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    if (!api_read(call, &list.names.txn)) {
        free(list.op);
        return;
    }
    answer_begin(call, &list.json);
    jsonw_object_begin(&list.json);
    jsonw_key(&list.json, "quarantine");
    jsonw_array_begin(&list.json);
    err = list_aside(&list, from);
    if (err == ERR_OK) {
        jsonw_array_end(&list.json);
        if (list.more)
            put_hex(&list.json, "next", bytes_of(list.last, DOT_KEY_BYTES));
        else
            jsonw_put_null(&list.json, "next");
        jsonw_object_end(&list.json);
        http_reply_json(call.response, 200, &list.json);
    } else {
        http_problem(call.response, err, "the list could not be read: %s", err_text(err));
    }
    jsonw_deinit(&list.json);
    free(list.op);
    store_abort(list.names.txn);
}
