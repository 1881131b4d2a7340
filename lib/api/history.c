/* What happened to a record, operation by operation, and where each operation is by now. */
#include "lib/api/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/record/hlc.h"

struct told {
    struct api *api;
    struct site_names names;
    struct jsonw json;
    const struct kind *kind;
    int64_t skip, limit, shown;
    bool more;
    struct api_link link;
    unsigned worst; /* receipt: the least advanced state met */
    enum err err;
};

static void put_author(struct jsonw *json, struct bytes author)
{
    jsonw_put_text(json, "author", author);
}

static void put_dot(struct jsonw *json, struct dot dot, struct site_names *names)
{
    jsonw_put_string(json, "site", site_name(names, dot.origin.site));
    jsonw_put_uint(json, "epoch", dot.origin.epoch);
    jsonw_put_uint(json, "number", dot.seq);
}

/* The operation this one was written again for, and the import it belongs to. */
static void put_ext(struct jsonw *json, struct bytes ext, struct site_names *names)
{
    struct mp_reader reader = mp_reader_of(ext);
    if (mp_peek(&reader) != MP_MAP)
        return;
    uint32_t count = mp_read_map(&reader);
    for (uint32_t i = 0; i < count && reader.err == ERR_OK; i++) {
        if (mp_peek(&reader) != MP_UINT) {
            (void)mp_read_any(&reader);
            (void)mp_read_any(&reader);
            continue;
        }
        uint64_t key = mp_read_uint(&reader);
        if (key == OP_EXT_BATCH && mp_peek(&reader) == MP_BIN) {
            put_hex(json, "import", mp_read_bin(&reader));
        } else if (key == OP_EXT_WAS && mp_peek(&reader) == MP_ARRAY &&
                   mp_read_array(&reader) == 3) {
            struct dot was = {.origin.site = mp_read_uint(&reader)};
            was.origin.epoch = (uint32_t)mp_read_uint(&reader);
            was.seq = mp_read_uint(&reader);
            jsonw_key(json, "was");
            jsonw_object_begin(json);
            put_dot(json, was, names);
            jsonw_object_end(json);
        } else {
            (void)mp_read_any(&reader);
        }
    }
}

static bool says_no(struct bytes value)
{
    struct mp_reader reader = mp_reader_of(value);
    enum mp_type type = mp_peek(&reader);
    return type == MP_NIL || (type == MP_BOOL && !mp_read_bool(&reader));
}

static void put_change(struct told *told, const struct op_write *write)
{
    struct jsonw *json = &told->json;
    const struct field *field =
        told->kind != NULL ? field_by_number(told->kind, write->field) : NULL;
    char number[8];
    (void)snprintf(number, sizeof number, "%u", (unsigned)write->field);
    jsonw_object_begin(json);
    jsonw_put_string(json, "field",
                     field != NULL                   ? field->name
                     : write->field == FIELD_DELETED ? "deleted"
                                                     : number);
    if (write->value.len == 0) {
        jsonw_put_bool(json, "erased", true);
    } else if (write->member.len > 0) {
        bool removed = says_no(write->value);
        jsonw_key(json, removed ? "removed" : "added");
        if (field != NULL && field->type == FIELD_FILE)
            file_to_json(json, write->member, removed ? bytes_of(NULL, 0) : write->value);
        else
            value_to_json(json, field, write->member, &told->names);
    } else {
        jsonw_key(json, "value");
        value_to_json(json, field, write->value, &told->names);
    }
    jsonw_object_end(json);
}

static bool tell_operation(void *context, const struct op *op)
{
    struct told *told = context;
    if (told->skip > 0) {
        told->skip--;
        return true;
    }
    if (told->shown == told->limit || told->json.len >= API_ANSWER_BYTES_TARGET) {
        told->more = true;
        return false;
    }
    told->shown++;
    jsonw_object_begin(&told->json);
    put_dot(&told->json, op->dot, &told->names);
    put_time(&told->json, "at", hlc_ms(op->hlc));
    put_author(&told->json, op->author);
    jsonw_key(&told->json, "changes");
    jsonw_array_begin(&told->json);
    for (uint16_t i = 0; i < op->write_count; i++)
        put_change(told, &op->writes[i]);
    jsonw_array_end(&told->json);
    put_ext(&told->json, op->ext, &told->names);
    jsonw_object_end(&told->json);
    return true;
}

void api_record_history(struct api_call call)
{
    struct told told = {.api = call.api};
    struct err_info info = {0};
    struct kind_choice kind;
    uint8_t rid[RID_BYTES];
    if (!api_read(call, &told.names.txn))
        return;
    struct arena arena;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    answer_begin(call, &told.json);
    int64_t start = 0;
    enum err err = record_choose(told.names.txn, call.request, &kind, rid, &info);
    if (err == ERR_OK)
        err = page_limit(call.request, &told.limit, &info);
    if (err == ERR_OK)
        err = http_query_int(call.request, "cursor",
                             (struct http_range){.min = 0, .max = INT32_MAX}, &start, &info);
    if (err == ERR_OK) {
        told.kind = kind.kind;
        told.skip = start;
        jsonw_object_begin(&told.json);
        jsonw_key(&told.json, "operations");
        jsonw_array_begin(&told.json);
        err = ledger_history(told.names.txn, kind.number, rid, &arena, tell_operation, &told);
        if (err != ERR_OK)
            (void)err_set(&info, err, "the record's history: %s", err_text(err));
    }
    if (err == ERR_OK) {
        char next[24];
        (void)snprintf(next, sizeof next, "%lld", (long long)(start + told.shown));
        jsonw_array_end(&told.json);
        jsonw_put_string(&told.json, "next", told.more ? next : NULL);
        jsonw_object_end(&told.json);
        http_reply_json(call.response, 200, &told.json);
    } else {
        http_problem_info(call.response, &info);
    }
    jsonw_deinit(&told.json);
    arena_deinit(&arena);
    store_abort(told.names.txn);
}

/* ---- receipts ---- */

enum { STAGE_SET_ASIDE, STAGE_SAVED, STAGE_SENT, STAGE_ACCEPTED, STAGE_APPLIED, STAGES };
static const char *const stage_texts[STAGES] = {"set_aside", "saved", "sent", "accepted",
                                                "applied"};

/* How far an operation is. At a node what came from elsewhere came through the broker, so it is
 * accepted. */
static unsigned stage_of(struct told *told, struct dot dot)
{
    struct origin_row row;
    bool known = ledger_get_origin(told->names.txn, dot.origin, &row) == ERR_OK;
    if (told->api->config.role == LEDGER_BROKER)
        return known && dot.seq > row.applied_seq ? STAGE_ACCEPTED : STAGE_APPLIED;
    struct identity self = ledger_identity(told->api->config.ledger);
    if (dot.origin.site != self.site || (known && dot.seq <= row.acked_seq))
        return STAGE_ACCEPTED;
    return dot.origin.epoch == self.epoch && dot.seq <= told->link.sent_seq ? STAGE_SENT
                                                                            : STAGE_SAVED;
}

static bool tell_receipt(void *context, const struct op *op)
{
    struct told *told = context;
    if (told->shown == told->limit) {
        told->more = true;
        return false;
    }
    told->shown++;
    enum err code = ERR_OK;
    char reason[ERR_TEXT_BYTES] = "";
    bool aside = ledger_set_aside_reason(told->names.txn, op->dot, &code, reason) == ERR_OK;
    unsigned stage = aside ? STAGE_SET_ASIDE : stage_of(told, op->dot);
    if (stage < told->worst)
        told->worst = stage;
    jsonw_object_begin(&told->json);
    put_dot(&told->json, op->dot, &told->names);
    put_time(&told->json, "saved_at", hlc_ms(op->hlc));
    jsonw_put_string(&told->json, "state", stage_texts[stage]);
    if (aside) {
        jsonw_put_int(&told->json, "code", code);
        jsonw_put_string(&told->json, "reason", reason);
    }
    jsonw_object_end(&told->json);
    return true;
}

/* A broker does not merge what it set aside, so a record's history does not know it: look through
 * what is set aside. kind_out stays when nothing is found. */
static enum err tell_set_aside(struct told *told, const uint8_t rid[RID_BYTES], uint16_t *kind_out)
{
    struct store_iter *iter = NULL;
    struct bytes key, value;
    struct entry entry;
    struct op *op = malloc(sizeof *op);
    if (op == NULL)
        return ERR_NO_MEMORY;
    enum err err = store_iter_open(told->names.txn, NS_QUARANTINE, bytes_of("", 0), bytes_of("", 0),
                                   STORE_FORWARD, &iter);
    for (uint32_t seen = 0; err == ERR_OK && seen < API_COUNTED_MAX; seen++) {
        if (!store_iter_next(iter, &key, &value, &err))
            break;
        if (key.len != DOT_KEY_BYTES || store_get(told->names.txn, NS_LOG, key, &value) != ERR_OK ||
            entry_decode(value, &entry) != ERR_OK ||
            op_decode(dot_get_key(key.data).origin, &entry, op) != ERR_OK ||
            memcmp(op->rid, rid, RID_BYTES) != 0)
            continue;
        *kind_out = op->kind;
        if (!tell_receipt(told, op))
            break;
    }
    store_iter_close(iter);
    free(op);
    return err;
}

static enum err tell_record(struct told *told, uint16_t *kind_inout, const uint8_t rid[RID_BYTES])
{
    struct arena arena;
    enum err err = ERR_OK;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    if (*kind_inout != 0)
        err = ledger_history(told->names.txn, *kind_inout, rid, &arena, tell_receipt, told);
    if (err == ERR_OK && told->api->config.role == LEDGER_BROKER)
        err = tell_set_aside(told, rid, kind_inout);
    arena_deinit(&arena);
    return err == ERR_OK && *kind_inout == 0 ? ERR_NOT_FOUND : err;
}

void api_receipt(struct api_call call)
{
    struct told told = {.api = call.api, .limit = LIST_LIMIT_MAX, .worst = STAGES - 1};
    const char *id = http_param(call.request, "id");
    uint8_t rid[RID_BYTES];
    uint16_t kind = 0;
    char whole[RID_TEXT_BYTES];
    struct err_info info = {0};
    if (!api_read(call, &told.names.txn))
        return;
    enum err err = record_find(told.names.txn, id, &kind, rid, &info);
    if (err != ERR_OK && (err != ERR_NOT_FOUND || !rid_parse(id, rid))) {
        http_problem_info(call.response, &info);
        store_abort(told.names.txn);
        return;
    }
    rid_format(rid, whole);
    if (call.api->config.daemon.link != NULL)
        call.api->config.daemon.link(call.api->config.daemon.context, &told.link);
    answer_begin(call, &told.json);
    jsonw_object_begin(&told.json);
    jsonw_put_string(&told.json, "id", whole);
    jsonw_key(&told.json, "operations");
    jsonw_array_begin(&told.json);
    err = tell_record(&told, &kind, rid);
    if (err == ERR_OK) {
        jsonw_array_end(&told.json);
        kind_name_to_json(&told.json, kind);
        jsonw_put_string(&told.json, "state", stage_texts[told.worst]);
        jsonw_object_end(&told.json);
        http_reply_json(call.response, 200, &told.json);
    } else {
        http_problem(call.response, err, "no receipt for %s: %s", id, err_text(err));
    }
    jsonw_deinit(&told.json);
    store_abort(told.names.txn);
}
