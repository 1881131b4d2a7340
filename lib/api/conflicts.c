/* The inbox: fields for which two sites said different things without knowing of each other. */
#include "lib/api/internal.h"

#include <stdio.h>

#include "proto/record/hlc.h"

struct inbox {
    struct site_names names;
    struct jsonw json;
    struct arena arena;
    int64_t skip, limit, shown;
    bool more;
    enum err err;
};

static const struct field *conflict_field(const struct conflict *conflict)
{
    const struct kind *kind = kind_by_number(conflict->kind);
    return kind != NULL ? field_by_number(kind, conflict->field) : NULL;
}

static void put_field_name(struct jsonw *json, const struct conflict *conflict,
                           const struct field *field)
{
    char number[8];
    (void)snprintf(number, sizeof number, "%u", (unsigned)conflict->field);
    jsonw_put_string(json, "field",
                     field != NULL                      ? field->name
                     : conflict->field == FIELD_DELETED ? "deleted"
                                                        : number);
}

static void put_value(struct inbox *inbox, const struct conflict *conflict,
                      const struct conflict_value *value, uint32_t n)
{
    struct jsonw *json = &inbox->json;
    jsonw_object_begin(json);
    jsonw_put_uint(json, "n", n);
    jsonw_key(json, "value");
    if (value->value.len == 0)
        jsonw_null(json);
    else
        value_to_json(json, conflict->member.len > 0 ? NULL : conflict_field(conflict),
                      value->value, &inbox->names);
    if (value->value.len == 0)
        jsonw_put_bool(json, "erased", true);
    jsonw_put_text(json, "author", value->author);
    put_time(json, "at", hlc_ms(value->hlc));
    jsonw_put_string(json, "site", site_name(&inbox->names, value->dot.origin.site));
    jsonw_object_end(json);
}

/* One field, or one member of a set, with all that was said of it. */
static void put_disputed(struct inbox *inbox, const struct conflict *conflict, uint64_t subject)
{
    struct jsonw *json = &inbox->json;
    const struct field *field = conflict_field(conflict);
    struct conflict_value *values = NULL;
    uint32_t count = 0;
    char rid[RID_TEXT_BYTES];
    inbox->err = ledger_conflict_values(inbox->names.txn, conflict, &inbox->arena, &values, &count);
    if (inbox->err == ERR_NOT_FOUND)
        inbox->err = ERR_OK; /* settled under another name: nothing to choose from */
    if (inbox->err != ERR_OK)
        return;
    rid_format(conflict->rid, rid);
    jsonw_object_begin(json);
    jsonw_put_string(json, "id", rid);
    kind_name_to_json(json, conflict->kind);
    jsonw_put_string(json, "site", site_name(&inbox->names, subject));
    put_field_name(json, conflict, field);
    if (conflict->member.len > 0) {
        jsonw_key(json, "member");
        value_to_json(json, field, conflict->member, &inbox->names);
    }
    jsonw_key(json, "values");
    jsonw_array_begin(json);
    for (uint32_t i = 0; i < count; i++)
        put_value(inbox, conflict, &values[i], i + 1);
    jsonw_array_end(json);
    jsonw_object_end(json);
}

/* The index names the field; of a set, the record says which members are in dispute. */
static void put_conflict(struct inbox *inbox, const struct conflict *conflict)
{
    const struct field *field = conflict_field(conflict);
    struct record_view view;
    uint64_t subject = rid_site(conflict->rid);
    arena_reset(&inbox->arena);
    enum err err =
        ledger_view(inbox->names.txn, conflict->kind, conflict->rid, &inbox->arena, &view, NULL);
    bool read = err == ERR_OK;
    if (!read && err != ERR_NOT_FOUND) {
        inbox->err = err;
        return;
    }
    if (read)
        subject = view.subject;
    if (!read || field == NULL || !field->set || conflict->member.len > 0) {
        put_disputed(inbox, conflict, subject);
        return;
    }
    for (uint32_t i = 0; i < view.field_count && inbox->err == ERR_OK; i++) {
        if (view.fields[i].field != conflict->field || !view.fields[i].disputed)
            continue;
        struct conflict one = *conflict;
        one.member = view.fields[i].member;
        put_disputed(inbox, &one, subject);
    }
}

static bool list_conflict(void *context, const struct conflict *conflict)
{
    struct inbox *inbox = context;
    if (inbox->skip > 0) {
        inbox->skip--;
        return true;
    }
    if (inbox->shown == inbox->limit || inbox->json.len >= API_ANSWER_BYTES_TARGET) {
        inbox->more = true;
        return false;
    }
    inbox->shown++;
    put_conflict(inbox, conflict);
    return inbox->err == ERR_OK;
}

void api_conflicts(struct api_call call)
{
    struct inbox inbox = {0};
    struct err_info info = {0};
    int64_t start = 0;
    enum err err = page_limit(call.request, &inbox.limit, &info);
    if (err == ERR_OK)
        err = http_query_int(call.request, "cursor",
                             (struct http_range){.min = 0, .max = INT32_MAX}, &start, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    if (!api_read(call, &inbox.names.txn))
        return;
    inbox.skip = start;
    arena_init(&inbox.arena, API_VIEW_BYTES_MAX);
    answer_begin(call, &inbox.json);
    jsonw_object_begin(&inbox.json);
    jsonw_key(&inbox.json, "conflicts");
    jsonw_array_begin(&inbox.json);
    err = ledger_each_conflict(inbox.names.txn, list_conflict, &inbox);
    if (err == ERR_OK)
        err = inbox.err;
    if (err == ERR_OK) {
        char next[24];
        (void)snprintf(next, sizeof next, "%lld", (long long)(start + inbox.shown));
        jsonw_array_end(&inbox.json);
        jsonw_put_string(&inbox.json, "next", inbox.more ? next : NULL);
        jsonw_object_end(&inbox.json);
        http_reply_json(call.response, 200, &inbox.json);
    } else {
        http_problem(call.response, err, "the conflicts could not be read: %s", err_text(err));
    }
    jsonw_deinit(&inbox.json);
    arena_deinit(&inbox.arena);
    store_abort(inbox.names.txn);
}
