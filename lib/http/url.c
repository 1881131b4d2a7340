#include "lib/http/client.h"

#include <assert.h>

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void append_char(struct http_url *url, char c)
{
    if (url->len + 1 >= sizeof(url->text)) {
        url->too_long = true;
        return;
    }
    url->text[url->len++] = c;
    url->text[url->len] = '\0';
}

static void append_encoded(struct http_url *url, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (is_unreserved(*at)) {
            append_char(url, (char)*at);
        } else {
            append_char(url, '%');
            append_char(url, digits[*at >> 4]);
            append_char(url, digits[*at & 15]);
        }
    }
}

void http_url_init(struct http_url *url, const char *prefix)
{
    *url = (struct http_url){0};
    for (const char *at = prefix; *at != '\0'; at++)
        append_char(url, *at);
}

void http_url_segment(struct http_url *url, const char *segment)
{
    assert(!url->has_query);
    append_char(url, '/');
    append_encoded(url, segment);
}

void http_url_query(struct http_url *url, const char *name, const char *value)
{
    append_char(url, url->has_query ? '&' : '?');
    url->has_query = true;
    append_encoded(url, name);
    append_char(url, '=');
    append_encoded(url, value);
}

enum err http_url_finish(const struct http_url *url, const char **path_out, struct err_info *info)
{
    if (url->too_long)
        return err_set(info, ERR_TOO_BIG, "the request is over %zu bytes", sizeof(url->text) - 1);
    *path_out = url->text;
    return ERR_OK;
}
