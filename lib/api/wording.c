/* The organisation's own wording of the 57 elements, one language and version of the standard at a
 * time: all of them or none. Kept beside the log, in NS_META under wording/LANGUAGE/PLACE and
 * wording/LANGUAGE/PLACE/VERSION, since it is reference data and no record. A version without a
 * wording of its own has the one without a version. */
#include "lib/api/scan.h"

#include <stdio.h>

#include "proto/cse/rules.h"

enum { LANGUAGE_BYTES_MAX = 16, VERSION_BYTES_MAX = 23, WORDING_KEY_BYTES = 72 };
#define WORDING_PREFIX "wording/"

static bool language_valid(const char *text)
{
    size_t len = strlen(text);
    if (len < 2 || len > LANGUAGE_BYTES_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '-')))
            return false;
    }
    return true;
}

static bool version_valid(const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] <= ' ' || text[i] == '/' || text[i] == 0x7F)
            return false;
    }
    return len >= 1 && len <= VERSION_BYTES_MAX;
}

/* Which wording: a language, and a version of the standard or "". */
struct edition {
    char language[LANGUAGE_BYTES_MAX + 1], version[VERSION_BYTES_MAX + 1];
};

static struct bytes wording_key(const struct edition *edition, uint8_t place,
                                char key[WORDING_KEY_BYTES])
{
    int len = snprintf(key, WORDING_KEY_BYTES, WORDING_PREFIX "%s/%02u%s%s", edition->language,
                       (unsigned)place, edition->version[0] != '\0' ? "/" : "", edition->version);
    return bytes_of(key, (size_t)len);
}

/* ERR_NOT_FOUND: neither that edition nor the one without a version has it. */
static enum err wording_get(struct store_txn *txn, const struct edition *edition, uint8_t place,
                            struct bytes *wording_out)
{
    char key[WORDING_KEY_BYTES];
    struct edition plain = *edition;
    if (edition->language[0] == '\0')
        return ERR_NOT_FOUND;
    enum err err = store_get(txn, NS_META, wording_key(edition, place, key), wording_out);
    if (err != ERR_NOT_FOUND || edition->version[0] == '\0')
        return err;
    plain.version[0] = '\0';
    return store_get(txn, NS_META, wording_key(&plain, place, key), wording_out);
}

/* language= and version=, each checked; `version` of the cycle of as_of= (default today) otherwise.
 * Errors: ERR_INVALID. */
static enum err edition_of(struct api_call call, struct edition *edition_out, struct err_info *info)
{
    const char *language = http_query(call.request, "language");
    const char *version = http_query(call.request, "version");
    int32_t day = api_today(call.api);
    *edition_out = (struct edition){0};
    enum err err = query_day(call.request, "as_of", &day, info);
    if (err != ERR_OK)
        return err;
    if (language != NULL && !language_valid(language))
        return err_set(info, ERR_INVALID,
                       "language: '%.32s' is no language code such as ro or en-GB", language);
    if (version != NULL && !version_valid(version))
        return err_set(info, ERR_INVALID, "version: '%.32s': 1 to %d bytes without blanks and /",
                       version, VERSION_BYTES_MAX);
    const struct rules_cycle *cycle = rules_cycle_of(ledger_rules(call.api->config.ledger), day);
    if (version == NULL && cycle != NULL && version_valid(cycle->standard_version))
        version = cycle->standard_version;
    (void)snprintf(edition_out->language, sizeof edition_out->language, "%s",
                   language != NULL ? language : "");
    (void)snprintf(edition_out->version, sizeof edition_out->version, "%s",
                   version != NULL ? version : "");
    return ERR_OK;
}

/* The first language that was loaded, in `text_out` of LANGUAGE_BYTES_MAX + 1; "" when none was. */
static enum err first_language(struct store_txn *txn, char *text_out)
{
    struct store_iter *iter;
    struct bytes key, value, prefix = bytes_of_text(WORDING_PREFIX);
    text_out[0] = '\0';
    enum err err = store_iter_open(txn, NS_META, prefix, prefix, STORE_FORWARD, &iter);
    if (err != ERR_OK)
        return err;
    if (store_iter_next(iter, &key, &value, &err) && key.len > prefix.len) {
        size_t len = 0;
        while (prefix.len + len < key.len && key.data[prefix.len + len] != '/' &&
               len < LANGUAGE_BYTES_MAX)
            len++;
        memcpy(text_out, key.data + prefix.len, len);
        text_out[len] = '\0';
    }
    store_iter_close(iter);
    return err;
}

static void put_elements(struct jsonw *json, struct store_txn *txn, const struct edition *edition,
                         enum err *err)
{
    bool any = false;
    jsonw_key(json, "elements");
    jsonw_array_begin(json);
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        struct bytes wording = {0};
        *err = wording_get(txn, edition, place, &wording);
        if (*err != ERR_OK && *err != ERR_NOT_FOUND)
            break;
        any = any || *err == ERR_OK;
        put_element(json, place, *err == ERR_OK ? wording : bytes_of(NULL, 0));
    }
    jsonw_array_end(json);
    jsonw_put_string(json, "language", any ? edition->language : NULL);
    jsonw_put_string(json, "version", edition->version[0] != '\0' ? edition->version : NULL);
}

void api_elements(struct api_call call)
{
    struct store_txn *txn;
    struct edition edition;
    struct err_info info = {0};
    struct jsonw json;
    enum err err = edition_of(call, &edition, &info);
    if (err != ERR_OK) {
        http_problem_info(call.response, &info);
        return;
    }
    if (!api_read(call, &txn))
        return;
    if (edition.language[0] == '\0' && call.language != LANGUAGE_PLAIN)
        (void)snprintf(edition.language, sizeof edition.language, "%s",
                       language_code(call.language));
    else if (edition.language[0] == '\0')
        err = first_language(txn, edition.language);
    answer_begin(call, &json);
    jsonw_object_begin(&json);
    if (err == ERR_OK)
        put_elements(&json, txn, &edition, &err);
    jsonw_object_end(&json);
    if (err == ERR_OK || err == ERR_NOT_FOUND)
        http_reply_json(call.response, 200, &json);
    else
        http_problem(call.response, err, "the wording could not be read: %s", err_text(err));
    jsonw_deinit(&json);
    store_abort(txn);
}

/* ---- loading ---- */

struct wording {
    const char *texts[ELEMENTS + 1]; /* by place, borrowed from the body */
};

/* Ids for which `texts` has nothing. */
static enum err missing(const struct wording *wording, struct err_info *info)
{
    char list[ELEMENTS * 6 + 1] = "";
    size_t used = 0, count = 0;
    for (uint8_t place = 1; place <= ELEMENTS; place++) {
        if (wording->texts[place] != NULL)
            continue;
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", count == 0 ? "" : " ",
                                 element_id(place));
        count++;
    }
    if (count == 0)
        return ERR_OK;
    return err_set(info, ERR_INVALID, "elements: all 57 are needed; %zu missing: %s", count, list);
}

static enum err take_wording(const json_t *row, struct wording *wording, struct err_info *info)
{
    const char *id = NULL, *text = NULL;
    if (!json_is_object(row))
        return err_set(info, ERR_INVALID, "elements: a list of {\"id\",\"text\"}");
    enum err err = json_get_text(row, "id", JSON_REQUIRED, &id, info);
    if (err == ERR_OK)
        err = json_get_text(row, "text", JSON_REQUIRED, &text, info);
    if (err != ERR_OK)
        return err;
    uint8_t place = element_from_id(id);
    if (place == 0)
        return err_set(info, ERR_INVALID,
                       "elements: there is no '%.32s'; ids go from 1.1.1 to 5.3.3", id);
    if (wording->texts[place] != NULL)
        return err_set(info, ERR_INVALID, "elements: %s is there twice", id);
    if (text[0] == '\0' || strlen(text) > API_WORDING_BYTES_MAX)
        return err_set(info, ERR_INVALID,
                       "elements: the text of %s has %zu bytes; 1 to %d are allowed", id,
                       strlen(text), (int)API_WORDING_BYTES_MAX);
    wording->texts[place] = text;
    return ERR_OK;
}

static enum err parse_wording(const json_t *body, struct wording *wording, struct err_info *info)
{
    const json_t *rows = json_object_get(body, "elements");
    if (!json_is_array(rows))
        return err_set(info, ERR_INVALID, "the body is {\"elements\":[{\"id\",\"text\"}, …]}");
    for (size_t i = 0; i < json_array_size(rows); i++) {
        enum err err = take_wording(json_array_get(rows, i), wording, info);
        if (err != ERR_OK)
            return err;
    }
    return missing(wording, info);
}

static enum err store_wording(struct api *api, const struct edition *edition,
                              const struct wording *wording, struct err_info *info)
{
    struct store_txn *txn;
    enum err err = store_begin(api->store, STORE_WRITE, &txn, info);
    if (err != ERR_OK)
        return err;
    for (uint8_t place = 1; place <= ELEMENTS && err == ERR_OK; place++) {
        char key[WORDING_KEY_BYTES];
        err = store_put(txn, NS_META, wording_key(edition, place, key),
                        bytes_of_text(wording->texts[place]));
    }
    if (err != ERR_OK) {
        api_abort(api, txn);
        return err_set(info, err, "the wording could not be stored: %s", err_text(err));
    }
    return api_commit(api, txn, info);
}

void api_wording_put(struct api_call call)
{
    struct err_info info = {0};
    struct wording wording = {0};
    json_t *body = NULL;
    struct edition edition;
    enum err err = edition_of(call, &edition, &info);
    if (err == ERR_OK && edition.language[0] == '\0')
        err = err_set(&info, ERR_INVALID, "language: a code such as ro or en-GB is needed");
    if (err == ERR_OK && http_query(call.request, "version") == NULL)
        edition.version[0] = '\0'; /* of every version that has none of its own */
    if (err == ERR_OK)
        err = json_parse_object(call.request->body, &body, &info);
    if (err == ERR_OK)
        err = parse_wording(body, &wording, &info);
    if (err == ERR_OK)
        err = store_wording(call.api, &edition, &wording, &info);
    if (err != ERR_OK)
        http_problem_info(call.response, &info);
    else
        http_reply_empty(call.response, 204);
    json_decref(body);
}
