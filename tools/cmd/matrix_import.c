#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/bytes.h"
#include "proto/record/fields.h"
#include "proto/record/mp.h"
#include "tools/cmd/import_report.h"
#include "tools/cmd/matrix.h"
#include "tools/sheet/matrix.h"

enum { REMARKS_SHOWN = 10, ROW_BYTES_MAX = 64 * 1024, ALL_ROWS_BYTES_MAX = 64 * 1024 * 1024 };

/* What is to be done with one item of the file. */
enum fate { FATE_NEW, FATE_CHANGED, FATE_SAME };

struct incoming {
    struct cmd *cmd;
    const char *path, *site; /* site: whose evidence; NULL: this node's, not joined yet */
    struct member_text site_text;
    uint64_t site_id; /* 0: the records say nothing of a site */
    struct matrix *matrix;
    json_t *here; /* the evidence that is here already */
    enum fate *fates;
    const json_t **records; /* by item: what it is here; NULL: new */
    uint32_t fresh, changed;
    struct err_info *info;
};

/* ---- what is here ---- */

static const char *text_of(const json_t *record, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(record, "fields"), name));
    return text != NULL ? text : "";
}

static uint64_t elements_of(const json_t *record, const char *name)
{
    size_t index;
    json_t *item;
    uint64_t bits = 0;
    json_array_foreach(json_object_get(json_object_get(record, "fields"), name), index, item)
    {
        uint8_t place = element_from_id(json_string_value(item));
        bits |= place > 0 ? (uint64_t)1 << (place - 1) : 0;
    }
    return bits;
}

static const json_t *find_here(const json_t *here, const struct matrix_item *item)
{
    size_t index;
    json_t *record;
    json_array_foreach(here, index, record)
    {
        const char *number = text_of(record, "number");
        if (item->number[0] != '\0'
                ? strcasecmp(number, item->number) == 0
                : number[0] == '\0' && strcmp(text_of(record, "title"), item->title) == 0)
            return record;
    }
    return NULL;
}

/* A cell that is empty in the file says nothing; one that has a text says what it is now. */
static bool differs(const json_t *record, const char *name, const char *text)
{
    return text != NULL && text[0] != '\0' && strcmp(text_of(record, name), text) != 0;
}

static bool is_changed(const json_t *record, const struct matrix_item *item)
{
    if (json_is_true(json_object_get(json_object_get(record, "fields"), "generated")))
        return false; /* made from the records: it stays as it is */
    return elements_of(record, "elements") != item->elements ||
           elements_of(record, "strongest_for") != item->strongest ||
           differs(record, "title", item->title) || differs(record, "proves", item->whole) ||
           differs(record, "owner", item->owner) || differs(record, "notes", item->notes);
}

static enum err decide(struct incoming *in)
{
    struct matrix *matrix = in->matrix;
    in->fates = calloc(matrix->item_count + 1, sizeof(*in->fates));
    in->records = calloc(matrix->item_count + 1, sizeof(*in->records));
    if (in->fates == NULL || in->records == NULL)
        return err_set(in->info, ERR_NO_MEMORY, "out of memory");
    for (uint32_t i = 0; i < matrix->item_count; i++) {
        struct matrix_item *item = &matrix->items[i];
        in->records[i] = find_here(in->here, item);
        if (in->records[i] == NULL && item->title[0] == '\0')
            matrix_remark(&matrix->faults, item->line,
                          "evidence %s has no title, here or in another row", item->number);
        in->fates[i] = in->records[i] == NULL             ? FATE_NEW
                       : is_changed(in->records[i], item) ? FATE_CHANGED
                                                          : FATE_SAME;
        in->fresh += in->fates[i] == FATE_NEW;
        in->changed += in->fates[i] == FATE_CHANGED;
    }
    return ERR_OK;
}

/* Whose evidence the file is about: --site, or this daemon's own. */
static enum err find_site(struct incoming *in)
{
    struct member_text role, own_text;
    size_t index;
    json_t *status = NULL, *roster = NULL, *row;
    const char *given = cli_value(in->cmd->command, &in->cmd->args, "site");
    struct http_url of = cmd_url("status", NULL, NULL), sites = cmd_url("sites", NULL, NULL);
    uint8_t bytes[8];
    enum err err = cmd_get(in->cmd, &of, &status, in->info);
    if (err == ERR_OK)
        err = cmd_get(in->cmd, &sites, &roster, in->info);
    if (err == ERR_OK) {
        const char *own = member_text(status, "site", &own_text);
        if (strcmp(member_text(status, "role", &role), "broker") == 0)
            own = "centre";
        (void)snprintf(in->site_text.text, sizeof(in->site_text.text), "%s",
                       given != NULL ? given : own);
        in->site = in->site_text.text[0] != '\0' ? in->site_text.text : NULL;
    }
    json_array_foreach(json_object_get(roster, "sites"), index, row)
    {
        const char *id = json_string_value(json_object_get(row, "id"));
        const char *number = json_string_value(json_object_get(row, "site"));
        if (given != NULL && id != NULL && number != NULL && strcmp(id, given) == 0 &&
            hex_decode(number, bytes, sizeof(bytes)))
            in->site_id = get_u64(bytes);
    }
    json_decref(status);
    json_decref(roster);
    if (err == ERR_OK && given != NULL && in->site_id == 0)
        err = err_set(in->info, ERR_USAGE, "--site: there is no site '%s'; cse sites lists them",
                      given);
    return err;
}

/* ---- sending ---- */

static void put_elements(struct mp_buf *buf, uint16_t field, uint64_t bits)
{
    uint32_t count = (uint32_t)__builtin_popcountll(bits);
    mp_put_uint(buf, field);
    mp_put_array(buf, count);
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        if ((bits >> (place - 1) & 1) != 0)
            mp_put_uint(buf, place);
    }
}

static void put_text(struct mp_buf *buf, uint16_t field, const char *text)
{
    mp_put_uint(buf, field);
    mp_put_str(buf, bytes_of_text(text));
}

/* [line, {field: value, …}], fields in the order of their numbers. */
static void put_item(struct mp_buf *buf, const struct matrix_item *item, uint64_t site)
{
    bool number = item->number[0] != '\0', owner = item->owner[0] != '\0';
    int count = 2 + (item->whole != NULL) + (item->strongest != 0) + owner + (site != 0) + number +
                (item->notes != NULL);
    mp_put_array(buf, 2);
    mp_put_uint(buf, item->line);
    mp_put_map(buf, (uint32_t)count);
    put_text(buf, EVIDENCE_TITLE, item->title);
    put_elements(buf, EVIDENCE_ELEMENTS, item->elements);
    if (item->whole != NULL)
        put_text(buf, EVIDENCE_PROVES, item->whole);
    if (item->strongest != 0)
        put_elements(buf, EVIDENCE_STRONGEST_FOR, item->strongest);
    if (owner)
        put_text(buf, EVIDENCE_OWNER, item->owner);
    if (site != 0) {
        mp_put_uint(buf, EVIDENCE_SITE);
        mp_put_uint(buf, site);
    }
    if (number)
        put_text(buf, EVIDENCE_NUMBER, item->number);
    if (item->notes != NULL)
        put_text(buf, EVIDENCE_NOTES, item->notes);
}

static enum err send_new(struct incoming *in, json_t **batch_out)
{
    char count[24];
    struct mp_buf rows;
    const char *slash = strrchr(in->path, '/');
    struct http_url url = cmd_url("imports", NULL, NULL);
    mp_buf_init(&rows, ALL_ROWS_BYTES_MAX);
    for (uint32_t i = 0; i < in->matrix->item_count; i++) {
        if (in->fates[i] == FATE_NEW)
            put_item(&rows, &in->matrix->items[i], in->site_id);
    }
    (void)snprintf(count, sizeof(count), "%" PRIu32, in->fresh);
    http_url_query(&url, "kind", "evidence");
    http_url_query(&url, "name", slash != NULL ? slash + 1 : in->path);
    http_url_query(&url, "rows", count);
    struct http_call call = {
        .method = "POST", .content_type = "application/vnd.cse.rows", .body = mp_buf_bytes(&rows)};
    enum err err = mp_buf_err(&rows);
    err = err != ERR_OK ? err_set(in->info, err, "the rows: %s", err_text(err))
                        : cmd_call(in->cmd, &url, &call, batch_out, in->info);
    mp_buf_deinit(&rows);
    if (err == ERR_OK)
        err = import_wait(in->cmd, "done", batch_out, in->info);
    return err == ERR_OK ? import_outcome(*batch_out, in->info) : err;
}

static json_t *element_list(uint64_t bits)
{
    json_t *list = json_array();
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        if ((bits >> (place - 1) & 1) != 0)
            (void)json_array_append_new(list, json_string(element_id(place)));
    }
    return list;
}

static void set_text(json_t *fields, const json_t *record, const char *name, const char *text)
{
    if (differs(record, name, text))
        (void)json_object_set_new(fields, name, json_string(text));
}

static enum err send_change(struct incoming *in, const struct matrix_item *item,
                            const json_t *record)
{
    char tag[160];
    struct member_text a, b;
    json_t *fields = json_object();
    set_text(fields, record, "title", item->title);
    set_text(fields, record, "proves", item->whole);
    set_text(fields, record, "owner", item->owner);
    set_text(fields, record, "notes", item->notes);
    if (elements_of(record, "elements") != item->elements)
        (void)json_object_set_new(fields, "elements", element_list(item->elements));
    if (elements_of(record, "strongest_for") != item->strongest)
        (void)json_object_set_new(fields, "strongest_for", element_list(item->strongest));
    json_t *body = json_pack("{s:o}", "fields", fields);
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (text == NULL)
        return err_set(in->info, ERR_NO_MEMORY, "out of memory");
    (void)snprintf(tag, sizeof(tag), "\"%s\"", member_text(record, "version", &a));
    struct http_pair header = {.name = "If-Match", .value = tag};
    struct http_call call = {.method = "PATCH",
                             .content_type = HTTP_JSON,
                             .body = bytes_of_text(text),
                             .headers = &header,
                             .header_count = 1};
    struct http_url url = cmd_url("records", "evidence", member_text(record, "id", &b));
    enum err err = cmd_call(in->cmd, &url, &call, NULL, in->info);
    free(text);
    return err;
}

static enum err send_changes(struct incoming *in)
{
    uint32_t done = 0;
    for (uint32_t i = 0; i < in->matrix->item_count; i++) {
        const struct matrix_item *item = &in->matrix->items[i];
        if (in->fates[i] != FATE_CHANGED)
            continue;
        enum err err = send_change(in, item, in->records[i]);
        if (err != ERR_OK)
            return err_wrap(in->info, err,
                            "evidence '%s': %u of %u changes are made; import the file again for "
                            "the rest",
                            item->number[0] != '\0' ? item->number : item->title, done,
                            in->changed);
        done++;
    }
    return ERR_OK;
}

/* ---- telling ---- */

static void tell_remarks(const struct matrix_remarks *remarks, const char *title, FILE *to)
{
    uint32_t kept = remarks->count < MATRIX_REMARKS_MAX ? remarks->count : MATRIX_REMARKS_MAX;
    if (remarks->count > 0)
        (void)fprintf(to, "%s\n", tr(title));
    for (uint32_t i = 0; i < kept && i < REMARKS_SHOWN; i++)
        say_to(to, "  row %" PRIu64 ": %s\n", remarks->list[i].line, remarks->list[i].text);
    if (remarks->count > REMARKS_SHOWN)
        say_to(to, "  … and %" PRIu64 " more\n", (uint64_t)remarks->count - REMARKS_SHOWN);
}

static json_t *remarks_json(const struct matrix_remarks *remarks)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < remarks->count && i < MATRIX_REMARKS_MAX; i++)
        (void)json_array_append_new(list, json_pack("{s:I, s:s}", "row",
                                                    (json_int_t)remarks->list[i].line, "text",
                                                    remarks->list[i].text));
    return list;
}

static void tell(const struct incoming *in, const json_t *batch, bool checking)
{
    const struct matrix *matrix = in->matrix;
    uint32_t same = matrix->item_count - in->fresh - in->changed;
    if (in->cmd->json) {
        json_t *report =
            json_pack("{s:i, s:i, s:i, s:i, s:o, s:o}", "rows", (int)matrix->rows, "new",
                      (int)in->fresh, "changed", (int)in->changed, "unchanged", (int)same, "faults",
                      remarks_json(&matrix->faults), "hints", remarks_json(&matrix->hints));
        if (batch != NULL)
            (void)json_object_set(report, "id", json_object_get(batch, "id"));
        print_json_line(report);
        json_decref(report);
        return;
    }
    tell_remarks(&matrix->hints, N_("Read like this:"), stderr);
    tell_remarks(&matrix->faults, N_("To be put right in the file:"), stderr);
    if (matrix->faults.count > 0)
        return;
    if (batch != NULL)
        say("batch %s: ", member_text(batch, "id", &(struct member_text){0}));
    say(checking ? N_("%u rows: %u pieces of evidence new, %u to be changed, %u as they are\n")
                 : N_("%u rows: %u pieces of evidence new, %u changed, %u as they were\n"),
        matrix->rows, in->fresh, in->changed, same);
}

static enum err bring_in(struct incoming *in)
{
    json_t *batch = NULL;
    bool checking = cli_given(in->cmd->command, &in->cmd->args, "check");
    enum err err = find_site(in);
    if (err == ERR_OK)
        err = matrix_records(in->cmd, in->site, &in->here, in->info);
    if (err == ERR_OK)
        err = decide(in);
    if (err != ERR_OK)
        return err;
    bool good = in->matrix->faults.count == 0;
    if (good && !checking && in->fresh > 0)
        err = send_new(in, &batch);
    if (err == ERR_OK && good && !checking)
        err = send_changes(in);
    if (err == ERR_OK)
        tell(in, batch, checking);
    json_decref(batch);
    if (err != ERR_OK || good)
        return err;
    return err_set(
        in->info, ERR_INVALID, "%s: nothing was imported",
        count_text(in->matrix->faults.count, P_("%s fault", "%s faults"), &(struct count_text){0}));
}

enum err matrix_import(struct cmd *cmd, const char *path, struct err_info *info)
{
    struct incoming in = {.cmd = cmd, .path = path, .info = info};
    struct sheet *sheet = NULL;
    const char *data;
    enum err err = sheet_load(path, &sheet, info);
    if (err == ERR_OK) {
        err = matrix_read(sheet, &in.matrix, info);
        if (err != ERR_OK)
            err = err_wrap(info, err, "%s", path);
    }
    sheet_free(sheet);
    if (err == ERR_OK)
        err = cmd_data(cmd, &data, info);
    if (err == ERR_OK)
        err = cmd_client(data, &cmd->client, info);
    if (err == ERR_OK)
        err = bring_in(&in);
    free(in.fates);
    free(in.records);
    json_decref(in.here);
    matrix_free(in.matrix);
    return err;
}
