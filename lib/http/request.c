#include "lib/http/http.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include "lib/sys/config.h"

const char *http_query(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->query_count; i++) {
        if (strcmp(request->query[i].name, name) == 0)
            return request->query[i].value;
    }
    return NULL;
}

const char *http_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0)
            return request->headers[i].value;
    }
    return NULL;
}

const char *http_param(const struct http_request *request, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < request->params.count; i++) {
        const char *known = request->params.pairs[i].name; /* "kind}/…": ends in the pattern */
        if (strncmp(known, name, len) == 0 && (known[len] == '}' || known[len] == '*'))
            return request->params.pairs[i].value;
    }
    assert(false && "the pattern has no such parameter");
    return "";
}

enum err http_query_int(const struct http_request *request, const char *name,
                        struct http_range range, int64_t *value_inout, struct err_info *info)
{
    int64_t value = 0;
    const char *text = http_query(request, name);
    if (text == NULL)
        return ERR_OK;
    if (config_parse_int(text, &value) != ERR_OK || value < range.min || value > range.max)
        return err_set(info, ERR_INVALID, "parameter '%s' must be a whole number from %lld to %lld",
                       name, (long long)range.min, (long long)range.max);
    *value_inout = value;
    return ERR_OK;
}
