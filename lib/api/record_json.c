/* A record as people get it: fields by name in the table's order of numbers, sets as lists, what
 * was erased named, what this program does not know shown all the same. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdio.h>

static const struct field *field_of(const struct kind *kind, uint16_t number)
{
    return kind != NULL ? field_by_number(kind, number) : NULL;
}

void kind_name_to_json(struct jsonw *json, uint16_t number)
{
    const struct kind *kind = kind_by_number(number);
    char text[8];
    (void)snprintf(text, sizeof text, "%u", (unsigned)number);
    jsonw_put_string(json, "kind", kind != NULL ? kind->name : text);
}

static void member_to_json(struct jsonw *json, const struct field *field,
                           const struct view_field *at, struct site_names *names)
{
    if (field != NULL && field->type == FIELD_FILE)
        file_to_json(json, at->member, at->value);
    else
        value_to_json(json, field, at->member, names);
}

/* All entries of one field number, from `first`; returns the index after them. */
static uint32_t field_to_json(struct jsonw *json, const struct record_view *view, uint32_t first,
                              const struct field *field, struct site_names *names)
{
    const struct view_field *at = &view->fields[first];
    if (at->member.len == 0) {
        value_to_json(json, field, at->value, names);
        return first + 1;
    }
    uint32_t i = first;
    jsonw_array_begin(json);
    for (; i < view->field_count && view->fields[i].field == at->field; i++)
        if (view->fields[i].value.len > 0)
            member_to_json(json, field, &view->fields[i], names);
    jsonw_array_end(json);
    return i;
}

static bool shown(const struct view_field *at)
{
    return at->field != FIELD_DELETED && at->value.len > 0;
}

static void put_fields(struct jsonw *json, const struct record_view *view, const struct kind *kind,
                       struct site_names *names)
{
    jsonw_key(json, "fields");
    jsonw_object_begin(json);
    for (uint32_t i = 0; i < view->field_count;) {
        const struct field *field = field_of(kind, view->fields[i].field);
        if (field == NULL || !shown(&view->fields[i])) {
            i++;
            continue;
        }
        jsonw_key(json, field->name);
        i = field_to_json(json, view, i, field, names);
    }
    jsonw_object_end(json);
}

static void put_unknown(struct jsonw *json, const struct record_view *view, const struct kind *kind,
                        struct site_names *names)
{
    bool open = false;
    for (uint32_t i = 0; i < view->field_count;) {
        if (field_of(kind, view->fields[i].field) != NULL || !shown(&view->fields[i])) {
            i++;
            continue;
        }
        if (!open) {
            jsonw_key(json, "unknown");
            jsonw_object_begin(json);
            open = true;
        }
        char key[8];
        (void)snprintf(key, sizeof key, "%u", (unsigned)view->fields[i].field);
        jsonw_key(json, key);
        i = field_to_json(json, view, i, NULL, names);
    }
    if (open)
        jsonw_object_end(json);
}

/* Names of the fields for which `picks` says yes, each once. */
static void put_names(struct jsonw *json, const char *key, const struct record_view *view,
                      const struct kind *kind, bool (*picks)(const struct view_field *at),
                      bool always)
{
    uint32_t last = UINT32_MAX;
    bool open = always;
    if (always) {
        jsonw_key(json, key);
        jsonw_array_begin(json);
    }
    for (uint32_t i = 0; i < view->field_count; i++) {
        const struct view_field *at = &view->fields[i];
        if (!picks(at) || at->field == last)
            continue;
        if (!open) {
            jsonw_key(json, key);
            jsonw_array_begin(json);
            open = true;
        }
        last = at->field;
        const struct field *field = field_of(kind, at->field);
        char number[8];
        (void)snprintf(number, sizeof number, "%u", (unsigned)at->field);
        jsonw_string(json, field != NULL                ? field->name
                           : at->field == FIELD_DELETED ? "deleted"
                                                        : number);
    }
    if (open)
        jsonw_array_end(json);
}

static bool is_disputed(const struct view_field *at)
{
    return at->disputed;
}

static bool is_erased(const struct view_field *at)
{
    return at->field != FIELD_DELETED && at->value.len == 0;
}

void record_to_json(struct jsonw *json, struct record_shown record, struct site_names *names)
{
    const struct record_view *view = record.view;
    const struct kind *kind = kind_by_number(view->kind);
    char rid[RID_TEXT_BYTES];
    rid_format(view->rid, rid);
    jsonw_object_begin(json);
    jsonw_put_string(json, "id", rid);
    kind_name_to_json(json, view->kind);
    jsonw_put_string(json, "site", site_name(names, view->subject));
    jsonw_put_string(json, "version", record.version);
    jsonw_put_bool(json, "deleted", view->deleted);
    put_time(json, "created_at", rid_unix_ms(view->rid));
    put_fields(json, view, kind, names);
    put_names(json, "disputed", view, kind, is_disputed, true);
    put_names(json, "erased", view, kind, is_erased, false);
    put_unknown(json, view, kind, names);
    jsonw_object_end(json);
}
