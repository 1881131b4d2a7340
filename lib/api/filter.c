/* Conditions of lists and exports. A wanted value is read as the field's own type once, so "Yes"
 * finds true and "2026-1-5" is an error rather than an empty list. */
#include "lib/api/internal.h"

#include <stdio.h>

static enum err where_value(struct store_txn *txn, const struct field *field, const char *text,
                            struct mp_buf *out, struct err_info *info)
{
    if (text[0] == '\0') {
        mp_put_nil(out);
        return ERR_OK;
    }
    if (field->type != FIELD_SITE)
        return field_from_text(field, text, out, info);
    uint64_t site;
    enum err err = site_by_name(txn, text, &site, info);
    if (err == ERR_OK)
        mp_put_uint(out, site);
    return err;
}

static enum err where_parse(struct store_txn *txn, const char *text, struct record_filter *filter,
                            struct err_info *info)
{
    const char *colon = strchr(text, ':');
    char name[64];
    if (colon == NULL || colon == text || (size_t)(colon - text) >= sizeof name)
        return err_set(info, ERR_INVALID, "where: '%.64s' is not field:value", text);
    memcpy(name, text, (size_t)(colon - text));
    name[colon - text] = '\0';
    if (filter->where_count == API_WHERE_MAX)
        return err_set(info, ERR_LIMIT, "where: at most %d conditions", (int)API_WHERE_MAX);
    if (filter->kind == NULL)
        return err_set(info, ERR_INVALID, "where: this program does not know the kind's fields");
    const struct field *field = field_by_name(filter->kind, name);
    if (field == NULL)
        return field_unknown(filter->kind, name, info);
    struct mp_buf buf;
    mp_buf_init(&buf, sizeof filter->where[0].value);
    enum err err = where_value(txn, field, colon + 1, &buf, info);
    if (err == ERR_OK && mp_buf_err(&buf) != ERR_OK)
        err = err_set(info, mp_buf_err(&buf), "where: the value of '%s' is too long to look for",
                      name);
    if (err == ERR_OK) {
        uint32_t n = filter->where_count++;
        filter->where[n].field = field;
        filter->where[n].value_len = buf.len;
        memcpy(filter->where[n].value, buf.data, buf.len);
    }
    mp_buf_deinit(&buf);
    return err;
}

enum err filter_parse(struct store_txn *txn, const struct http_request *request,
                      const struct kind *kind, struct record_filter *filter_out,
                      struct err_info *info)
{
    struct record_filter filter = {.kind = kind};
    enum err err = ERR_OK;
    const char *site = http_query(request, "site");
    if (site != NULL && site[0] != '\0') {
        filter.by_site = true;
        err = site_by_name(txn, site, &filter.site, info);
    }
    const char *element = http_query(request, "element");
    if (err == ERR_OK && element != NULL && element[0] != '\0') {
        filter.element = element_from_id(element);
        if (filter.element == 0)
            err = err_set(info, ERR_INVALID,
                          "element: there is no '%.32s'; ids go from 1.1.1 to 5.3.3", element);
    }
    for (size_t i = 0; i < request->query_count && err == ERR_OK; i++)
        if (strcmp(request->query[i].name, "where") == 0)
            err = where_parse(txn, request->query[i].value, &filter, info);
    if (err == ERR_OK)
        *filter_out = filter;
    return err;
}

static bool concerns(const struct record_view *view, const struct kind *kind, uint8_t element)
{
    for (uint32_t i = 0; kind != NULL && i < view->field_count; i++) {
        const struct field *field = field_by_number(kind, view->fields[i].field);
        if (field == NULL || field->type != FIELD_ELEMENT || view->fields[i].value.len == 0)
            continue;
        struct bytes value = field->set ? view->fields[i].member : view->fields[i].value;
        struct mp_reader reader = mp_reader_of(value);
        if (mp_peek(&reader) == MP_UINT && mp_read_uint(&reader) == element)
            return true;
    }
    return false;
}

static bool holds(const struct record_view *view, const struct field *field, struct bytes wanted)
{
    bool empty = wanted.len == 1 && wanted.data[0] == 0xc0, any = false;
    for (uint32_t i = 0; i < view->field_count; i++) {
        const struct view_field *at = &view->fields[i];
        if (at->field != field->number || at->value.len == 0)
            continue;
        any = true;
        if (bytes_equal(field->set ? at->member : at->value, wanted))
            return true;
    }
    return empty && !any;
}

bool filter_is_plain(const struct record_filter *filter)
{
    return !filter->by_site && filter->element == 0 && filter->where_count == 0;
}

bool filter_fits(const struct record_filter *filter, const struct record_view *view)
{
    if (view->deleted || (filter->by_site && view->subject != filter->site))
        return false;
    if (filter->element != 0 && !concerns(view, filter->kind, filter->element))
        return false;
    for (uint32_t i = 0; i < filter->where_count; i++)
        if (!holds(view, filter->where[i].field,
                   bytes_of(filter->where[i].value, filter->where[i].value_len)))
            return false;
    return true;
}
