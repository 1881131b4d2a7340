#include "lib/http/target.h"

#include <string.h>

/* Whatever could be read in two ways is refused: what a rule is checked on must be what a handler
 * then uses. */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that the escape at `text` ("%41…") stands for; -1 when it is none or a control
 * character. */
static int take_escape(const char *text)
{
    int high = hex_digit(text[1]);
    int low = high < 0 ? -1 : hex_digit(text[2]);
    if (low < 0)
        return -1;
    int byte = high * 16 + low;
    return byte == 0 ? -1 : byte;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

static enum err check_segments(const char *path, struct err_info *info)
{
    const char *segment = path + 1;
    for (;;) {
        size_t len = strcspn(segment, "/");
        bool last = segment[len] == '\0';
        if (len == 0 && !last)
            return err_set(info, ERR_CORRUPT, "the path has an empty segment");
        if ((len == 1 && segment[0] == '.') || (len == 2 && memcmp(segment, "..", 2) == 0))
            return err_set(info, ERR_CORRUPT, "the path has a '.' or '..' segment");
        if (last)
            return ERR_OK;
        segment += len + 1;
    }
}

enum err target_path(const char *target, char *path_out, struct err_info *info)
{
    char path[HTTP_PATH_BYTES_MAX];
    size_t len = 0;
    if (target[0] != '/')
        return err_set(info, ERR_CORRUPT, "the path must start with '/'");
    for (const char *at = target; *at != '\0' && *at != '?'; at++) {
        int byte = (unsigned char)*at;
        if (*at == '%') {
            byte = take_escape(at);
            if (byte < 0 || byte == '/')
                return err_set(info, ERR_CORRUPT, "the path has an escape that is not allowed");
            at += 2;
        }
        if (is_control((char)byte) || byte == '#')
            return err_set(info, ERR_CORRUPT, "the path has a character that is not allowed");
        if (len + 1 >= sizeof(path))
            return err_set(info, ERR_TOO_BIG, "the path is over %d bytes", HTTP_PATH_BYTES_MAX - 1);
        path[len++] = (char)byte;
    }
    path[len] = '\0';
    if (!utf8_valid(bytes_of(path, len)))
        return err_set(info, ERR_CORRUPT, "the path is not UTF-8");
    enum err err = check_segments(path, info);
    if (err == ERR_OK)
        memcpy(path_out, path, len + 1);
    return err;
}

/* Decode one name or value in place. */
static enum err decode(char *text, struct err_info *info)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        int byte = *at == '+' ? ' ' : (unsigned char)*at;
        if (*at == '%') {
            byte = take_escape(at);
            if (byte < 0)
                return err_set(info, ERR_CORRUPT, "the query has an escape that is not allowed");
            at += 2;
        }
        *to++ = (char)byte;
    }
    *to = '\0';
    if (!utf8_valid(bytes_of_text(text)))
        return err_set(info, ERR_CORRUPT, "the query is not UTF-8");
    return ERR_OK;
}

enum err target_query(char *text, struct http_pair *pairs_out, size_t *count_out,
                      struct err_info *info)
{
    static char nothing[] = "";
    size_t count = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, "&");
        char *next = text[len] == '&' ? text + len + 1 : text + len;
        text[len] = '\0';
        if (len > 0) {
            if (count == HTTP_PAIRS_MAX)
                return err_set(info, ERR_LIMIT, "the query has over %d parameters", HTTP_PAIRS_MAX);
            char *value = strchr(text, '=');
            if (value != NULL)
                *value++ = '\0';
            enum err err = decode(text, info);
            if (err == ERR_OK && value != NULL)
                err = decode(value, info);
            if (err != ERR_OK)
                return err;
            pairs_out[count++] =
                (struct http_pair){.name = text, .value = value != NULL ? value : nothing};
        }
        text = next;
    }
    *count_out = count;
    return ERR_OK;
}
