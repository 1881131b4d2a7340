/* Exports are made while they are sent: a few records at a time, each piece in a short transaction
 * of its own, so that a slow reader holds neither memory nor the store. A record that changes
 * meanwhile appears as it is when its turn comes. */
#include "lib/api/internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXPORT_PIECE = 64, EXPORT_TURN = 2048, EXPORT_BYTES_TARGET = 64 * 1024 };

struct export
{
    struct api *api;
    struct record_filter filter;
    uint16_t kind;
    bool csv, guard;
    bool started, ended, first_written;
    uint8_t last[RID_BYTES];
    struct arena arena;
    struct mp_buf out; /* plain bytes: what is not sent yet begins at `sent` */
    size_t sent;
    struct jsonw json;
    char cell[TEXT_BYTES_MAX + 8];
    uint32_t piece_count;
    uint8_t piece[EXPORT_PIECE][RID_BYTES];
};

static void put_raw(struct export *export, const char *text)
{
    mp_put_raw(&export->out, bytes_of_text(text));
}

/* RFC 4180. With `guard`, a text a spreadsheet would take for a formula gets an apostrophe in
 * front, and so does one that begins with an apostrophe, so that taking one away gives back what
 * was there. */
static void put_cell(struct export *export, struct bytes text, bool is_text)
{
    bool quote = false;
    for (size_t i = 0; i < text.len && !quote; i++)
        quote = text.data[i] == '"' || text.data[i] == ',' || text.data[i] == '\r' ||
                text.data[i] == '\n';
    quote = quote || (text.len > 0 && (text.data[0] == ' ' || text.data[text.len - 1] == ' '));
    bool guarded =
        export->guard && is_text && text.len > 0 && memchr("=+-@\t\r'", text.data[0], 7) != NULL;
    if (quote)
        put_raw(export, "\"");
    if (guarded)
        put_raw(export, "'");
    size_t from = 0;
    for (size_t i = 0; quote && i < text.len; i++) {
        if (text.data[i] != '"')
            continue;
        mp_put_raw(&export->out, bytes_of(text.data + from, i + 1 - from));
        put_raw(export, "\"");
        from = i + 1;
    }
    mp_put_raw(&export->out, bytes_of(text.data + from, text.len - from));
    if (quote)
        put_raw(export, "\"");
}

/* One value as text in `cell` from `used` on; returns the new length. */
static size_t value_text(struct export *export, const struct field *field, struct bytes value,
                         size_t used, struct site_names *names)
{
    struct mp_reader reader = mp_reader_of(value);
    char *to = export->cell + used;
    size_t room = sizeof export->cell - used;
    if (field->type == FIELD_SITE && mp_peek(&reader) == MP_UINT) {
        int len = snprintf(to, room, "%s", site_name(names, mp_read_uint(&reader)));
        return len > 0 && (size_t)len < room ? used + (size_t)len : used;
    }
    return field_to_text(field, value, to, room) ? used + strlen(to) : used;
}

/* Members joined by ';'; a ';' or '\' inside a member has a '\' before it. */
static size_t member_text(struct export *export, const struct field *field, struct bytes member,
                          size_t used, struct site_names *names)
{
    if (used > 0 && used + 1 < sizeof export->cell)
        export->cell[used++] = ';';
    size_t end = value_text(export, field, member, used, names);
    for (size_t i = used; field->type == FIELD_TEXT && i < end; i++) {
        if ((export->cell[i] != ';' && export->cell[i] != '\\') || end + 1 >= sizeof export->cell)
            continue;
        memmove(export->cell + i + 1, export->cell + i, end - i);
        export->cell[i++] = '\\';
        end++;
    }
    return end;
}

static void put_csv_field(struct export *export, const struct record_view *view,
                          const struct field *field, struct site_names *names)
{
    size_t used = 0;
    for (uint32_t i = 0; i < view->field_count; i++) {
        const struct view_field *at = &view->fields[i];
        if (at->field != field->number || at->value.len == 0)
            continue;
        used = field->set ? member_text(export, field, at->member, used, names)
                          : value_text(export, field, at->value, used, names);
    }
    put_cell(export, bytes_of(export->cell, used), field->type == FIELD_TEXT);
}

static void put_csv_head(struct export *export)
{
    const struct kind *kind = export->filter.kind;
    put_raw(export, "id");
    for (uint32_t i = 0; i < kind->field_count; i++) {
        put_raw(export, ",");
        put_raw(export, kind->fields[i].name);
    }
    put_raw(export, "\r\n");
}

static enum err put_record(struct export *export, const struct record_view *view,
                           const char *version, struct site_names *names)
{
    if (export->csv) {
        char rid[RID_TEXT_BYTES];
        rid_format(view->rid, rid);
        put_raw(export, rid);
        for (uint32_t i = 0; i < export->filter.kind->field_count; i++) {
            put_raw(export, ",");
            put_csv_field(export, view, &export->filter.kind->fields[i], names);
        }
        put_raw(export, "\r\n");
        return ERR_OK;
    }
    struct bytes text;
    jsonw_reset(&export->json);
    record_to_json(&export->json, (struct record_shown){.view = view, .version = version}, names);
    enum err err = jsonw_finish(&export->json, &text);
    if (err != ERR_OK)
        return err;
    put_raw(export, export->first_written ? ",\n" : "\n");
    mp_put_raw(&export->out, text);
    export->first_written = true;
    return ERR_OK;
}

static bool collect(void *context, const uint8_t rid[RID_BYTES])
{
    struct export *export = context;
    memcpy(export->piece[export->piece_count++], rid, RID_BYTES);
    return export->piece_count < EXPORT_PIECE;
}

static enum err next_piece(struct export *export, struct site_names *names)
{
    export->piece_count = 0;
    enum err err =
        ledger_each_record(names->txn, export->kind, export->started ? export->last : NULL,
                           STORE_FORWARD, collect, export);
    for (uint32_t i = 0;
         i < export->piece_count && err == ERR_OK && export->out.len < EXPORT_BYTES_TARGET; i++) {
        struct record_view view;
        char version[VERSION_TEXT_BYTES];
        arena_reset(&export->arena);
        err =
            ledger_view(names->txn, export->kind, export->piece[i], &export->arena, &view, version);
        if (err == ERR_OK && filter_fits(&export->filter, &view))
            err = put_record(export, &view, version, names);
        if (err == ERR_NOT_FOUND)
            err = ERR_OK;
        memcpy(export->last, export->piece[i], RID_BYTES);
        export->started = true;
    }
    if (err == ERR_OK && export->piece_count == 0)
        export->ended = true;
    return err;
}

/* Records until there is something to send, the end is reached or it is others' turn. */
static enum err refill(struct export *export)
{
    struct site_names names = {0};
    mp_buf_reset(&export->out);
    export->sent = 0;
    enum err err = store_begin(export->api->store, STORE_READ, &names.txn, NULL);
    if (err != ERR_OK)
        return err;
    for (uint32_t seen = 0;
         err == ERR_OK && export->out.len == 0 && !export->ended && seen < EXPORT_TURN;
         seen += EXPORT_PIECE)
        err = next_piece(export, &names);
    store_abort(names.txn);
    if (err == ERR_OK && export->ended && !export->csv)
        put_raw(export, "\n]\n");
    return err == ERR_OK ? mp_buf_err(&export->out) : err;
}

static enum err export_read(void *context, uint8_t *buffer, size_t capacity, size_t *len_out)
{
    struct export *export = context;
    const struct api_daemon *daemon = &export->api->config.daemon;
    while (export->sent == export->out.len && !export->ended) {
        enum err err = refill(export);
        if (err != ERR_OK)
            return err;
        if (export->out.len == 0 && !export->ended && daemon->wake != NULL) {
            daemon->wake(daemon->context);
            return ERR_BUSY;
        }
    }
    size_t len = export->out.len - export->sent;
    len = len < capacity ? len : capacity;
    if (len > 0)
        memcpy(buffer, export->out.data + export->sent, len);
    export->sent += len;
    *len_out = len;
    return ERR_OK;
}

static void export_close(void *context)
{
    struct export *export = context;
    arena_deinit(&export->arena);
    mp_buf_deinit(&export->out);
    jsonw_deinit(&export->json);
    free(export);
}

static enum err export_format(struct api_call call, struct export *export, struct err_info *info)
{
    const char *format = http_query(call.request, "format"),
               *guard = http_query(call.request, "guard");
    export->csv = format == NULL || strcmp(format, "csv") == 0;
    if (!export->csv && strcmp(format, "json") != 0)
        return err_set(info, ERR_INVALID, "format: '%.16s' is not csv or json", format);
    if (guard != NULL && strcmp(guard, "true") != 0 && strcmp(guard, "false") != 0)
        return err_set(info, ERR_INVALID, "guard: true or false");
    export->guard = guard != NULL && strcmp(guard, "true") == 0;
    if (export->csv && export->filter.kind == NULL)
        return err_set(info, ERR_UNSUPPORTED,
                       "this program does not know the kind's fields; ask for format=json");
    return ERR_OK;
}

void api_export(struct api_call call)
{
    struct kind_choice kind;
    struct err_info info = {0};
    struct store_txn *txn;
    struct export *export = calloc(1, sizeof *export);
    if (export == NULL) {
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    export->api = call.api;
    arena_init(&export->arena, API_VIEW_BYTES_MAX);
    mp_buf_init(&export->out, API_ANSWER_BYTES_MAX);
    jsonw_init(&export->json, API_ANSWER_BYTES_MAX);
    enum err err = kind_choose(http_param(call.request, "kind"), &kind, &info);
    if (err == ERR_OK)
        err = store_begin(call.api->store, STORE_READ, &txn, &info);
    if (err == ERR_OK) {
        err = filter_parse(txn, call.request, kind.kind, &export->filter, &info);
        store_abort(txn);
    }
    if (err == ERR_OK)
        err = export_format(call, export, &info);
    if (err != ERR_OK) {
        export_close(export);
        http_problem_info(call.response, &info);
        return;
    }
    export->kind = kind.number;
    if (export->csv)
        put_csv_head(export);
    else
        put_raw(export, "[");
    if (mp_buf_err(&export->out) != ERR_OK) {
        export_close(export);
        http_problem(call.response, ERR_NO_MEMORY, "out of memory");
        return;
    }
    char disposition[96];
    (void)snprintf(disposition, sizeof disposition, "attachment; filename=\"%s.%s\"",
                   kind.kind != NULL ? kind.kind->name : "records", export->csv ? "csv" : "json");
    http_set_header(call.response, "Content-Disposition", disposition);
    http_reply_stream(
        call.response, 200, export->csv ? HTTP_CSV : HTTP_JSON,
        (struct http_source){.read = export_read, .close = export_close, .context = export});
}
