#include "lib/http/answer.h"

#include <stdlib.h>
#include <string.h>

#include "lib/http/json.h"
#include "lib/sys/config.h"

/* An answer is a status line, headers, and a body whose end is known: by length, by chunks or
 * because there is none. */

enum { CHUNK_LINE_BYTES = 128 };

struct reading {
    struct wire *wire;
    const struct http_sink *sink; /* NULL: collect */
    struct http_answer *answer;
    size_t capacity;
};

/* ---- head ---- */

static enum err read_status(struct wire *wire, int *status_out, struct err_info *info)
{
    char line[256];
    enum err err = wire_line(wire, line, sizeof(line), info);
    if (err != ERR_OK)
        return err;
    bool good = strncmp(line, "HTTP/1.1 ", 9) == 0 && strspn(line + 9, "0123456789") == 3 &&
                (line[12] == ' ' || line[12] == '\0') && line[9] >= '1' && line[9] <= '5';
    if (!good)
        return err_set(info, ERR_CORRUPT, "the answer is not HTTP/1.1");
    *status_out = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    return ERR_OK;
}

/* "Name: value" cut in place; the name in lower case. */
static bool split_header(char *line, struct http_pair *pair_out)
{
    size_t len = strcspn(line, ": \t");
    if (len == 0 || line[len] != ':')
        return false;
    line[len] = '\0';
    for (char *at = line; *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + ('a' - 'A'));
    }
    char *value = line + len + 1;
    value += strspn(value, " \t");
    size_t value_len = strlen(value);
    while (value_len > 0 && (value[value_len - 1] == ' ' || value[value_len - 1] == '\t'))
        value[--value_len] = '\0';
    *pair_out = (struct http_pair){.name = line, .value = value};
    return true;
}

static enum err read_headers(struct wire *wire, struct http_answer *answer, struct err_info *info)
{
    size_t used = 0;
    answer->header_count = 0;
    for (;;) {
        char *line = answer->head + used;
        enum err err = wire_line(wire, line, HTTP_ANSWER_HEAD_BYTES_MAX - used, info);
        if (err != ERR_OK)
            return err;
        if (line[0] == '\0')
            return ERR_OK;
        if (answer->header_count == HTTP_ANSWER_HEADERS_MAX)
            return err_set(info, ERR_TOO_BIG, "the answer has over %d headers",
                           HTTP_ANSWER_HEADERS_MAX);
        used += strlen(line) + 1;
        if (!split_header(line, &answer->headers[answer->header_count]))
            return err_set(info, ERR_CORRUPT, "the answer has a malformed header");
        answer->header_count++;
    }
}

/* ---- body ---- */

static enum err keep(struct reading *reading, struct bytes piece, struct err_info *info)
{
    struct http_answer *answer = reading->answer;
    if (piece.len > HTTP_ANSWER_BYTES_MAX - answer->body_len)
        return err_set(info, ERR_TOO_BIG, "the answer is over %d bytes", HTTP_ANSWER_BYTES_MAX);
    if (reading->capacity - answer->body_len < piece.len + 1) {
        size_t capacity = reading->capacity == 0 ? 4096 : reading->capacity;
        while (capacity - answer->body_len < piece.len + 1)
            capacity *= 2;
        uint8_t *body = realloc(answer->body, capacity);
        if (body == NULL)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        answer->body = body;
        reading->capacity = capacity;
    }
    memcpy(answer->body + answer->body_len, piece.data, piece.len);
    answer->body_len += piece.len;
    answer->body[answer->body_len] = '\0';
    return ERR_OK;
}

static enum err read_exactly(struct reading *reading, uint64_t len, struct err_info *info)
{
    while (len > 0) {
        struct bytes piece = {0};
        size_t max = len < WIRE_BUFFER_BYTES ? (size_t)len : WIRE_BUFFER_BYTES;
        enum err err = wire_some(reading->wire, max, &piece, info);
        if (err != ERR_OK)
            return err;
        if (reading->sink == NULL) {
            err = keep(reading, piece, info);
        } else {
            err = reading->sink->write(reading->sink->context, piece);
            if (err != ERR_OK)
                (void)err_set(info, err, "writing the answer failed");
        }
        if (err != ERR_OK)
            return err;
        len -= piece.len;
    }
    return ERR_OK;
}

static enum err read_chunk_size(struct wire *wire, uint64_t *size_out, struct err_info *info)
{
    char line[CHUNK_LINE_BYTES];
    enum err err = wire_line(wire, line, sizeof(line), info);
    if (err != ERR_OK)
        return err;
    size_t digits = strspn(line, "0123456789abcdefABCDEF");
    if (digits == 0 || digits > 8 || (line[digits] != '\0' && line[digits] != ';'))
        return err_set(info, ERR_CORRUPT, "the answer has a malformed chunk");
    *size_out = strtoull(line, NULL, 16);
    return ERR_OK;
}

static enum err read_chunks(struct reading *reading, struct err_info *info)
{
    char line[CHUNK_LINE_BYTES];
    for (;;) {
        uint64_t size = 0;
        enum err err = read_chunk_size(reading->wire, &size, info);
        if (err == ERR_OK && size == 0)
            break;
        if (err == ERR_OK)
            err = read_exactly(reading, size, info);
        if (err == ERR_OK)
            err = wire_line(reading->wire, line, sizeof(line), info);
        if (err != ERR_OK)
            return err;
        if (line[0] != '\0')
            return err_set(info, ERR_CORRUPT, "the answer has a malformed chunk");
    }
    for (size_t i = 0; i < HTTP_ANSWER_HEADERS_MAX; i++) {
        enum err err = wire_line(reading->wire, line, sizeof(line), info);
        if (err != ERR_OK || line[0] == '\0')
            return err;
    }
    return err_set(info, ERR_TOO_BIG, "the answer has too many trailers");
}

static enum err read_body(struct reading *reading, struct err_info *info)
{
    const char *length = http_answer_header(reading->answer, "content-length");
    const char *coding = http_answer_header(reading->answer, "transfer-encoding");
    int64_t len = 0;
    if (coding != NULL) {
        if (strcmp(coding, "chunked") != 0 || length != NULL)
            return err_set(info, ERR_CORRUPT, "the answer's framing is not known");
        return read_chunks(reading, info);
    }
    if (length == NULL || config_parse_int(length, &len) != ERR_OK || len < 0)
        return err_set(info, ERR_CORRUPT, "the answer does not say how long it is");
    return read_exactly(reading, (uint64_t)len, info);
}

enum err answer_read(struct wire *wire, const struct http_sink *sink, bool head_only,
                     struct http_answer *answer_out, struct err_info *info)
{
    enum { INTERIM_MAX = 8 };
    struct http_answer answer = {.head = malloc(HTTP_ANSWER_HEAD_BYTES_MAX)};
    struct reading reading = {.wire = wire, .answer = &answer};
    enum err err = answer.head == NULL ? err_set(info, ERR_NO_MEMORY, "out of memory") : ERR_OK;

    for (unsigned i = 0; i < INTERIM_MAX && err == ERR_OK; i++) {
        err = read_status(wire, &answer.status, info);
        if (err == ERR_OK)
            err = read_headers(wire, &answer, info);
        if (answer.status >= 200)
            break; /* 1xx only says: go on */
    }
    if (err == ERR_OK && answer.status < 200)
        err = err_set(info, ERR_CORRUPT, "the answer never comes to its point");
    if (err == ERR_OK)
        err = keep(&reading, bytes_of("", 0), info);
    reading.sink = answer.status < 300 ? sink : NULL;
    if (err == ERR_OK && !head_only && answer.status != 204 && answer.status != 304)
        err = read_body(&reading, info);
    if (err != ERR_OK) {
        int status = answer.status;
        http_answer_deinit(&answer);
        *answer_out = (struct http_answer){.status = status >= 200 ? status : 0};
        return err;
    }
    *answer_out = answer;
    return ERR_OK;
}

/* ---- using it ---- */

void http_answer_deinit(struct http_answer *answer)
{
    free(answer->body);
    free(answer->head);
    *answer = (struct http_answer){0};
}

const char *http_answer_header(const struct http_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        if (strcmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    }
    return NULL;
}

enum err http_answer_error(const struct http_answer *answer, struct err_info *info)
{
    json_t *json = NULL;
    int64_t code = 0;
    const char *detail = "";
    if (answer->status >= 200 && answer->status < 300)
        return ERR_OK;
    if (json_parse_object(bytes_of(answer->body, answer->body_len), &json, NULL) == ERR_OK) {
        if (json_get_int(json, "code", JSON_OPTIONAL, &code, NULL) != ERR_OK ||
            json_get_text(json, "detail", JSON_OPTIONAL, &detail, NULL) != ERR_OK)
            code = 0;
    }
    enum err err = code > 0 ? err_from_number((uint64_t)code) : ERR_INTERNAL;
    if (code > 0)
        err = err_set(info, err, "%s", detail);
    else
        err = err_set(info, ERR_INTERNAL, "the daemon answered with status %d", answer->status);
    json_decref(json);
    return err;
}
