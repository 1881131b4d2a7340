/* A person settles a conflict: the value that stands from now on is written over all that were
 * there, and a record tells of it. */
#include "lib/api/resolution.h"

#include <stdlib.h>

struct settlement {
    struct conflict conflict;
    const struct field *field; /* NULL: the deletion mark */
    int64_t take;              /* 0: a value is given */
    const json_t *value;
    const char *reason;              /* "" when none is given */
    struct write_list *list, *about; /* the settling change; the record that tells of it */
    struct conflict_value *values;
    uint32_t count;
};

static enum err parse_settlement(const json_t *body, struct settlement *settlement,
                                 struct err_info *info)
{
    const char *name = NULL;
    const struct kind *kind = kind_by_number(settlement->conflict.kind);
    enum err err = json_get_text(body, "field", JSON_REQUIRED, &name, info);
    if (err == ERR_OK)
        err = json_get_int(body, "take", JSON_OPTIONAL, &settlement->take, info);
    settlement->reason = "";
    if (err == ERR_OK)
        err = json_get_text(body, "reason", JSON_OPTIONAL, &settlement->reason, info);
    if (err != ERR_OK)
        return err;
    settlement->value = json_object_get(body, "value");
    bool takes = json_object_get(body, "take") != NULL;
    if (takes == (settlement->value != NULL))
        return err_set(info, ERR_INVALID,
                       "give either \"take\" (the number of a value, from 1) or \"value\"");
    if (takes && settlement->take < 1)
        return err_set(info, ERR_INVALID, "field 'take': values are numbered from 1");
    if (strcmp(name, "deleted") == 0) {
        settlement->conflict.field = FIELD_DELETED;
        return ERR_OK;
    }
    if (kind == NULL)
        return err_set(info, ERR_UNSUPPORTED,
                       "this kind is newer than this program: it can be read, not written");
    settlement->field = field_by_name(kind, name);
    if (settlement->field == NULL)
        return field_unknown(kind, name, info);
    settlement->conflict.field = settlement->field->number;
    return ERR_OK;
}

/* The set member in question, when the field is a set. */
static enum err parse_member(const json_t *body, struct settlement *settlement,
                             struct mp_buf *member, struct err_info *info)
{
    const json_t *value = json_object_get(body, "member");
    if (settlement->field == NULL || !settlement->field->set)
        return ERR_OK;
    if (value == NULL)
        return err_set(info, ERR_INVALID, "%s is a set: say which \"member\"",
                       settlement->field->name);
    const json_t *hash = json_is_object(value) ? json_object_get(value, "hash") : value;
    enum err err = value_from_json(settlement->list, settlement->field, hash != NULL ? hash : value,
                                   member, info);
    settlement->conflict.member = mp_buf_bytes(member);
    return err;
}

/* Is this conflict open? */
struct search {
    const struct conflict *wanted;
    bool found;
};

static bool same_conflict(void *context, const struct conflict *conflict)
{
    struct search *search = context;
    const struct conflict *wanted = search->wanted;
    search->found = conflict->kind == wanted->kind && conflict->field == wanted->field &&
                    memcmp(conflict->rid, wanted->rid, RID_BYTES) == 0 &&
                    (conflict->member.len == 0 || bytes_equal(conflict->member, wanted->member));
    return !search->found;
}

static enum err chosen_value(struct settlement *settlement, struct store_txn *txn,
                             struct arena *arena, struct mp_buf *out, struct err_info *info)
{
    struct search search = {.wanted = &settlement->conflict};
    enum err err = ledger_each_conflict(txn, same_conflict, &search);
    if (err == ERR_OK && !search.found)
        err = ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = ledger_conflict_values(txn, &settlement->conflict, arena, &settlement->values,
                                     &settlement->count);
    if (err != ERR_OK)
        return err_set(info, err,
                       err == ERR_NOT_FOUND ? N_("this field has no open conflict")
                                            : N_("the conflict could not be read"));
    if (settlement->take > 0) {
        if (settlement->take > settlement->count)
            return err_set(info, ERR_INVALID, "field 'take': the values are numbered 1 to %u",
                           (unsigned)settlement->count);
        if (settlement->values[settlement->take - 1].value.len == 0)
            return err_set(info, ERR_INVALID, "field 'take': that value was erased");
        mp_put_raw(out, settlement->values[settlement->take - 1].value);
        err = mp_buf_err(out);
        return err == ERR_OK
                   ? ERR_OK
                   : err_set(info, err, "the value could not be copied: %s", err_text(err));
    }
    if (settlement->field == NULL || settlement->field->set) {
        if (!json_is_boolean(settlement->value))
            return err_set(info, ERR_INVALID, "field 'value': true (%s) or false",
                           settlement->field == NULL ? "deleted" : N_("in the set"));
        mp_put_bool(out, json_is_true(settlement->value));
        return mp_buf_err(out) == ERR_OK ? ERR_OK : err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    return value_from_json(settlement->list, settlement->field, settlement->value, out, info);
}

/* The fields of the record that tells of it. */
static enum err tell(struct api_call call, struct settlement *settlement, const char *author,
                     struct arena *arena, struct err_info *info)
{
    struct record_view view;
    struct store_txn *txn = settlement->list->txn;
    struct resolution resolution = {.kind = settlement->conflict.kind,
                                    .rid = settlement->conflict.rid,
                                    .field = settlement->field,
                                    .values = settlement->values,
                                    .count = settlement->count,
                                    .chosen = settlement->list->writes[0].value,
                                    .reason = settlement->reason,
                                    .author = author,
                                    .today = api_today(call.api)};
    enum err err = ledger_view(txn, resolution.kind, resolution.rid, arena, &view, NULL);
    if (err != ERR_OK)
        return err_set(info, err, "the conflict could not be read");
    if (view.subject != ledger_identity(call.api->config.ledger).site)
        resolution.site = view.subject;
    return resolution_writes(&resolution, settlement->about, info);
}

static enum err prepare(struct api_call call, struct settlement *settlement, const json_t *body,
                        struct arena *arena, struct err_info *info)
{
    struct mp_buf member, value;
    char author[AUTHOR_BYTES_MAX + 1];
    api_author(call.request, author);
    mp_buf_init(&member, MEMBER_BYTES_MAX);
    mp_buf_init(&value, OP_BYTES_MAX);
    enum err err = parse_member(body, settlement, &member, info);
    if (err == ERR_OK)
        err = chosen_value(settlement, settlement->list->txn, arena, &value, info);
    if (err == ERR_OK)
        err = write_list_add(settlement->list, settlement->conflict.field,
                             settlement->conflict.member, mp_buf_bytes(&value), info);
    if (err == ERR_OK)
        err = write_list_finish(settlement->list, info);
    if (err == ERR_OK)
        err = tell(call, settlement, author, arena, info);
    mp_buf_deinit(&member);
    mp_buf_deinit(&value);
    return err;
}

static enum err settle(struct api_call call, struct settlement *settlement, const json_t *body,
                       struct arena *arena, struct err_info *info)
{
    char author[AUTHOR_BYTES_MAX + 1];
    struct written written;
    enum err err = prepare(call, settlement, body, arena, info);
    store_abort(settlement->list->txn);
    settlement->list->txn = NULL;
    if (err != ERR_OK)
        return err;
    struct change changes[2] = {{.author = author, .kind = settlement->conflict.kind},
                                {.author = author,
                                 .kind = KIND_CONFLICT_RESOLUTION,
                                 .create = true,
                                 .writes = settlement->about->writes,
                                 .write_count = settlement->about->count}};
    struct mp_reader reader = mp_reader_of(settlement->list->writes[0].value);
    memcpy(changes[0].rid, settlement->conflict.rid, RID_BYTES);
    changes[0].remove = settlement->conflict.field == FIELD_DELETED &&
                        mp_peek(&reader) == MP_BOOL && mp_read_bool(&reader);
    changes[0].writes = changes[0].remove ? NULL : settlement->list->writes;
    changes[0].write_count = changes[0].remove ? 0 : settlement->list->count;
    api_author(call.request, author);
    return api_changes(call.api, changes, 2, &written, info);
}

static void settlement_free(struct settlement *settlement)
{
    if (settlement->list != NULL && settlement->about != NULL) {
        store_abort(settlement->list->txn);
        write_list_deinit(settlement->list);
        write_list_deinit(settlement->about);
    }
    free(settlement->list);
    free(settlement->about);
}

void api_conflict_resolve(struct api_call call)
{
    struct settlement settlement = {0};
    struct err_info info = {0};
    struct arena arena;
    struct store_txn *txn;
    json_t *body = NULL;
    const char *id = http_param(call.request, "id");
    if (!api_read(call, &txn))
        return;
    settlement.list = calloc(1, sizeof *settlement.list);
    settlement.about = calloc(1, sizeof *settlement.about);
    if (settlement.list == NULL || settlement.about == NULL) {
        settlement_free(&settlement);
        store_abort(txn);
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    arena_init(&arena, API_VIEW_BYTES_MAX);
    write_list_init(settlement.list, call.api, txn);
    write_list_init(settlement.about, call.api, txn);
    enum err err = record_find(txn, id, &settlement.conflict.kind, settlement.conflict.rid, &info);
    if (err == ERR_OK)
        err = json_parse_object(call.request->body, &body, &info);
    if (err == ERR_OK)
        err = parse_settlement(body, &settlement, &info);
    if (err == ERR_OK)
        err = settle(call, &settlement, body, &arena, &info);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        reply_saved(call, settlement.conflict.kind, settlement.conflict.rid, 200);
    settlement_free(&settlement);
    json_decref(body);
    arena_deinit(&arena);
}
