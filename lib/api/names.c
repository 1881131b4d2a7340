/* Names in paths and values: sites, kinds, fields, ids. A name that is nearly right is answered
 * with the one that was meant. */
#include "lib/api/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/sys/cli.h"

static void hex_site(uint64_t site, char *text_out)
{
    (void)snprintf(text_out, SLUG_BYTES_MAX + 1, "%016" PRIx64, site);
}

const char *site_name(struct site_names *names, uint64_t site)
{
    for (uint32_t i = 0; i < names->count; i++)
        if (names->rows[i].site == site)
            return names->rows[i].text;
    char *text = names->spare;
    if (names->count < API_SITES_CACHED) {
        names->rows[names->count].site = site;
        text = names->rows[names->count++].text;
    }
    struct site_row row;
    struct centres centres;
    enum err err = roster_get(names->txn, site, &row);
    if (err == ERR_NOT_FOUND && ledger_centres(names->txn, &centres) == ERR_OK &&
        centres_has(&centres, site)) /* one before the centre of today */
        err = roster_get(names->txn, centres.sites[0], &row);
    if (err == ERR_OK && row.slug[0] != '\0')
        memcpy(text, row.slug, sizeof row.slug);
    else
        hex_site(site, text);
    return text;
}

enum err site_by_name(struct store_txn *txn, const char *text, uint64_t *site_out,
                      struct err_info *info)
{
    struct site_row row;
    enum err err = slug_valid(text) ? roster_find(txn, text, &row) : ERR_NOT_FOUND;
    if (err == ERR_OK) {
        *site_out = row.site;
        return ERR_OK;
    }
    uint8_t id[8];
    if (err == ERR_NOT_FOUND && hex_decode(text, id, sizeof id) && get_u64(id) != 0) {
        *site_out = get_u64(id);
        return ERR_OK;
    }
    if (err == ERR_NOT_FOUND)
        return err_set(info, ERR_INVALID, "there is no site '%.64s'", text);
    return err_set(info, err, "the roster could not be read");
}

static enum err kind_missing(const char *text, struct err_info *info)
{
    const char *names[64];
    uint32_t count = 0;
    const struct kind *kinds = kinds_all(&count);
    size_t named = 0;
    for (; named < count && named < 64; named++)
        names[named] = kinds[named].name;
    const char *near = cli_nearest(text, names, named);
    if (near != NULL)
        return err_set(info, ERR_NOT_FOUND, "there is no kind '%.64s'; did you mean '%s'?", text,
                       near);
    return err_set(info, ERR_NOT_FOUND, "there is no kind '%.64s'; GET /api/v1/kinds lists them",
                   text);
}

enum err kind_choose(const char *text, struct kind_choice *choice_out, struct err_info *info)
{
    const struct kind *kind = kind_by_name(text);
    if (kind != NULL) {
        *choice_out = (struct kind_choice){.kind = kind, .number = kind->number};
        return ERR_OK;
    }
    uint32_t number = 0;
    size_t len = strlen(text);
    bool digits = len > 0 && len <= 5;
    for (size_t i = 0; digits && i < len; i++) {
        digits = text[i] >= '0' && text[i] <= '9';
        number = number * 10 + (uint32_t)(text[i] - '0');
    }
    if (!digits || number == 0 || number > UINT16_MAX)
        return kind_missing(text, info);
    *choice_out =
        (struct kind_choice){.kind = kind_by_number((uint16_t)number), .number = (uint16_t)number};
    return ERR_OK;
}

enum err record_choose(struct store_txn *txn, const struct http_request *request,
                       struct kind_choice *choice_out, uint8_t rid_out[RID_BYTES],
                       struct err_info *info)
{
    const char *name = http_param(request, "kind");
    const char *id = http_param(request, "id");
    struct kind_choice choice = {0};
    uint8_t rid[RID_BYTES];
    bool any = strcmp(name, "any") == 0;
    if (!any) {
        enum err err = kind_choose(name, &choice, info);
        if (err != ERR_OK)
            return err;
    }
    enum err err = record_find(txn, id, &choice.number, rid, info);
    if (err != ERR_OK)
        return err;
    if (any)
        choice.kind = kind_by_number(choice.number);
    *choice_out = choice;
    memcpy(rid_out, rid, RID_BYTES);
    return ERR_OK;
}

enum err field_unknown(const struct kind *kind, const char *name, struct err_info *info)
{
    const char *names[128] = {0};
    size_t count = 0;
    for (; count < kind->field_count && count < 128; count++)
        names[count] = kind->fields[count].name;
    const char *near = cli_nearest(name, names, count);
    if (near != NULL)
        return err_set(info, ERR_INVALID, "%s has no field '%.64s'; did you mean '%s'?", kind->name,
                       name, near);
    char list[400] = "";
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        int put = snprintf(list + used, sizeof list - used, "%s%s", i == 0 ? "" : ", ", names[i]);
        if (put < 0 || (size_t)put >= sizeof list - used)
            break;
        used += (size_t)put;
    }
    list[used] = '\0';
    return err_set(info, ERR_INVALID, "%s has no field '%.64s'; its fields: %s%s", kind->name, name,
                   list, used + 40 > sizeof list ? " …" : "");
}

bool id_parse(const char *text, uint8_t id_out[API_ID_BYTES])
{
    return hex_decode(text, id_out, API_ID_BYTES);
}
