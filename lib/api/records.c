/* One record: make, read, change, delete. */
#include "lib/api/internal.h"

#include <stdio.h>
#include <stdlib.h>

static void put_location(struct api_call call, uint16_t kind, const char *id)
{
    char location[128];
    const struct kind *row = kind_by_number(kind);
    (void)snprintf(location, sizeof location, "/api/v1/records/%s/%s",
                   row != NULL ? row->name : "any", id);
    http_set_header(call.response, "Location", location);
}

/* The record as the answer; after an error nothing is answered yet. */
static enum err show_record(struct api_call call, uint16_t kind, const uint8_t rid[RID_BYTES],
                            int status, struct err_info *info)
{
    struct site_names names = {0};
    struct arena arena;
    struct record_view view;
    struct jsonw json;
    struct bytes text;
    char version[VERSION_TEXT_BYTES], id[RID_TEXT_BYTES], tag[VERSION_TEXT_BYTES + 2];
    rid_format(rid, id);
    enum err err = store_begin(call.api->store, STORE_READ, &names.txn, info);
    if (err != ERR_OK)
        return err;
    arena_init(&arena, API_VIEW_BYTES_MAX);
    answer_begin(call, &json);
    err = ledger_view(names.txn, kind, rid, &arena, &view, version);
    if (err == ERR_NOT_FOUND)
        (void)err_set(info, err, "there is no record %s of this kind", id);
    if (err == ERR_OK) {
        record_to_json(&json, (struct record_shown){.view = &view, .version = version}, &names);
        err = jsonw_finish(&json, &text);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        (void)err_set(info, err, "a record could not be read: %s", err_text(err));
    if (err == ERR_OK) {
        (void)snprintf(tag, sizeof tag, "\"%s\"", version);
        http_set_header(call.response, "ETag", tag);
        if (status == 201)
            put_location(call, kind, id);
        http_reply_json(call.response, status, &json);
    }
    jsonw_deinit(&json);
    arena_deinit(&arena);
    store_abort(names.txn);
    return err;
}

void reply_record(struct api_call call, uint16_t kind, const uint8_t rid[RID_BYTES], int status)
{
    struct err_info info = {0};
    if (show_record(call, kind, rid, status, &info) != ERR_OK)
        http_problem_info(call.response, &info);
}

/* What is saved is said to be saved, also when it cannot be shown now: whoever is told of a failure
 * asks again and writes it twice. */
void reply_saved(struct api_call call, uint16_t kind, const uint8_t rid[RID_BYTES], int status)
{
    struct err_info info = {0};
    char id[RID_TEXT_BYTES], text[HTTP_SMALL_BYTES];
    const struct kind *row = kind_by_number(kind);
    if (call.api->merged && show_record(call, kind, rid, status, &info) == ERR_OK)
        return;
    rid_format(rid, id);
    if (status == 201)
        put_location(call, kind, id);
    int len =
        row != NULL
            ? snprintf(text, sizeof text, "{\"id\":\"%s\",\"kind\":\"%s\"}", id, row->name)
            : snprintf(text, sizeof text, "{\"id\":\"%s\",\"kind\":\"%u\"}", id, (unsigned)kind);
    http_reply(call.response, status, HTTP_JSON, bytes_of(text, (size_t)len));
}

void api_record_get(struct api_call call)
{
    struct store_txn *txn;
    if (!api_read(call, &txn))
        return;
    struct kind_choice kind;
    uint8_t rid[RID_BYTES];
    struct err_info info = {0};
    enum err err = record_choose(txn, call.request, &kind, rid, &info);
    store_abort(txn);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        reply_record(call, kind.number, rid, 200);
}

/* The version of If-Match without its quotes; NULL: none asked for. `text` holds
 * VERSION_TEXT_BYTES. */
static enum err if_match(const struct http_request *request, char *text, const char **version_out,
                         struct err_info *info)
{
    const char *header = http_header(request, "if-match");
    *version_out = NULL;
    if (header == NULL || strcmp(header, "*") == 0)
        return ERR_OK;
    if (strncmp(header, "W/", 2) == 0)
        header += 2;
    size_t len = strlen(header);
    if (len >= 2 && header[0] == '"' && header[len - 1] == '"') {
        header++;
        len -= 2;
    }
    if (len == 0 || len >= VERSION_TEXT_BYTES)
        return err_set(info, ERR_CONFLICT, "If-Match is no version of this record; read it again");
    memcpy(text, header, len);
    text[len] = '\0';
    *version_out = text;
    return ERR_OK;
}

/* The body's "fields" as writes. *json_out is for json_decref, also after a failure. */
static enum err body_fields(struct api_call call, json_t **json_out, const json_t **fields_out,
                            struct err_info *info)
{
    enum err err = json_parse_object(call.request->body, json_out, info);
    if (err != ERR_OK)
        return err;
    const json_t *fields = json_object_get(*json_out, "fields");
    if (!json_is_object(fields))
        return err_set(info, ERR_INVALID, "the body is {\"fields\":{name: value, …}}");
    if (json_object_size(*json_out) != 1)
        return err_set(info, ERR_INVALID, "the body has one member, \"fields\"");
    *fields_out = fields;
    return ERR_OK;
}

/* Build the change from the body and make it. `rid` NULL: a new record. */
static enum err write_fields(struct api_call call, struct kind_choice kind, const uint8_t *rid,
                             struct written *written_out, struct err_info *info)
{
    struct store_txn *txn = NULL;
    struct arena arena;
    struct record_view view;
    json_t *json = NULL;
    const json_t *fields = NULL;
    char author[AUTHOR_BYTES_MAX + 1], version[VERSION_TEXT_BYTES];
    struct change change = {.kind = kind.number, .create = rid == NULL, .author = author};
    struct write_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    arena_init(&arena, API_VIEW_BYTES_MAX);
    enum err err = body_fields(call, &json, &fields, info);
    if (err == ERR_OK)
        err = if_match(call.request, version, &change.expect_version, info);
    if (err == ERR_OK)
        err = store_begin(call.api->store, STORE_READ, &txn, info);
    write_list_init(list, call.api, txn);
    if (err == ERR_OK && rid != NULL) {
        memcpy(change.rid, rid, RID_BYTES);
        char now[VERSION_TEXT_BYTES];
        err = ledger_view(txn, kind.number, rid, &arena, &view, now);
        if (err == ERR_NOT_FOUND)
            (void)err_set(info, err, "there is no such record of kind %s", kind.kind->name);
        else if (err != ERR_OK)
            (void)err_set(info, err, "a record could not be read: %s", err_text(err));
        else if (change.expect_version != NULL && strcmp(change.expect_version, now) != 0)
            err =
                err_set(info, ERR_CONFLICT,
                        "the record has changed since version %s was read; read it again", version);
    }
    if (err == ERR_OK)
        err = write_list_fields(list, kind.kind, fields, rid != NULL ? &view : NULL, info);
    store_abort(txn);
    if (err == ERR_OK) {
        api_author(call.request, author);
        change.writes = list->writes;
        change.write_count = list->count;
        if (rid != NULL && list->count == 0)
            memcpy(written_out->rid, rid, RID_BYTES); /* says what is so already */
        else
            err = api_change(call.api, &change, written_out, info);
    }
    write_list_deinit(list);
    free(list);
    json_decref(json);
    arena_deinit(&arena);
    return err;
}

static enum err known_kind(const struct kind_choice *kind, struct err_info *info)
{
    if (kind->kind != NULL)
        return ERR_OK;
    return err_set(info, ERR_UNSUPPORTED,
                   "kind %u is newer than this program: it can be read, not written",
                   (unsigned)kind->number);
}

void api_record_create(struct api_call call)
{
    struct kind_choice kind;
    struct written written;
    struct err_info info = {0};
    enum err err = kind_choose(http_param(call.request, "kind"), &kind, &info);
    if (err == ERR_OK)
        err = known_kind(&kind, &info);
    if (err == ERR_OK)
        err = write_fields(call, kind, NULL, &written, &info);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        reply_saved(call, kind.number, written.rid, 201);
}

void api_record_change(struct api_call call)
{
    struct kind_choice kind;
    struct written written;
    struct err_info info = {0};
    uint8_t rid[RID_BYTES];
    struct store_txn *txn;
    if (!api_read(call, &txn))
        return;
    enum err err = record_choose(txn, call.request, &kind, rid, &info);
    store_abort(txn);
    if (err == ERR_OK)
        err = known_kind(&kind, &info);
    if (err == ERR_OK)
        err = write_fields(call, kind, rid, &written, &info);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        reply_saved(call, kind.number, rid, 200);
}

void api_record_delete(struct api_call call)
{
    struct kind_choice kind;
    struct written written;
    struct err_info info = {0};
    struct store_txn *txn;
    char author[AUTHOR_BYTES_MAX + 1], version[VERSION_TEXT_BYTES];
    struct change change = {.remove = true, .author = author};
    if (!api_read(call, &txn))
        return;
    enum err err = record_choose(txn, call.request, &kind, change.rid, &info);
    store_abort(txn);
    if (err == ERR_OK)
        err = if_match(call.request, version, &change.expect_version, &info);
    if (err == ERR_OK) {
        api_author(call.request, author);
        change.kind = kind.number;
        err = api_change(call.api, &change, &written, &info);
    }
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        reply_saved(call, kind.number, change.rid, 200);
}
