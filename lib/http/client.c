#include "lib/http/client.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/http/answer.h"
#include "lib/http/socket.h"
#include "lib/sys/files.h"

_Static_assert(PATH_BYTES_MAX <= sizeof(((struct http_client *)0)->target), "a path fits");

enum err http_client_for_dir(const char *data_dir, uint32_t timeout_ms,
                             struct http_client *client_out, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    enum err err = path_join(data_dir, HTTP_SOCKET_NAME, path, info);
    if (err != ERR_OK)
        return err;
    *client_out = (struct http_client){.timeout_ms = timeout_ms};
    memcpy(client_out->target, path, strlen(path) + 1);
    memcpy(client_out->data_dir, data_dir, strlen(data_dir) + 1);
    return ERR_OK;
}

enum err http_client_for_tcp(const char *address, uint32_t timeout_ms,
                             struct http_client *client_out, struct err_info *info)
{
    if (strlen(address) >= sizeof(client_out->target))
        return err_set(info, ERR_TOO_BIG, "the address is too long");
    *client_out = (struct http_client){.timeout_ms = timeout_ms};
    memcpy(client_out->target, address, strlen(address) + 1);
    return ERR_OK;
}

static enum err open_connection(const struct http_client *client, int *fd_out,
                                struct err_info *info)
{
    struct err_info inner = {0};
    if (client->data_dir[0] == '\0')
        return socket_connect_tcp(client->target, client->timeout_ms, fd_out, info);
    enum err err = socket_connect_unix(client->target, fd_out, &inner);
    if (err == ERR_UNREACHABLE || err == ERR_NOT_FOUND)
        return err_set(info, ERR_UNREACHABLE,
                       "no daemon at '%s': start it with 'cse-node --data %s' (or cse-broker)",
                       client->data_dir, client->data_dir);
    if (err != ERR_OK)
        return err_set(info, err, "%s", inner.text);
    return ERR_OK;
}

/* ---- sending ---- */

struct head {
    char text[8 * 1024];
    size_t len;
    bool too_long;
};

PRINTF_LIKE(2, 3)
static void add_line(struct head *head, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(head->text + head->len, sizeof(head->text) - head->len, format, args);
    va_end(args);
    if (len < 0 || (size_t)len + 2 >= sizeof(head->text) - head->len) {
        head->too_long = true;
        return;
    }
    head->len += (size_t)len;
    memcpy(head->text + head->len, "\r\n", 2);
    head->len += 2;
}

static enum err send_head(struct wire *wire, const struct http_client *client,
                          const struct http_call *call, struct err_info *info)
{
    struct head head = {.len = 0};
    bool tcp = client->data_dir[0] == '\0';
    const char *host =
        strncmp(client->target, "http://", 7) == 0 ? client->target + 7 : client->target;
    assert(strpbrk(call->path, " \r\n") == NULL && call->path[0] == '/');
    add_line(&head, "%s %s HTTP/1.1", call->method, call->path);
    add_line(&head, "Host: %.*s", tcp ? (int)strcspn(host, "/") : 9, tcp ? host : "localhost");
    add_line(&head, "Connection: close");
    if (client->language != NULL)
        add_line(&head, "Accept-Language: %s", client->language);
    if (call->content_type != NULL) {
        add_line(&head, "Content-Type: %s", call->content_type);
        if (call->source != NULL)
            add_line(&head, "Transfer-Encoding: chunked");
        else
            add_line(&head, "Content-Length: %zu", call->body.len);
    }
    for (size_t i = 0; i < call->header_count; i++) {
        assert(strpbrk(call->headers[i].value, "\r\n") == NULL);
        add_line(&head, "%s: %s", call->headers[i].name, call->headers[i].value);
    }
    add_line(&head, "%s", "");
    if (head.too_long)
        return err_set(info, ERR_TOO_BIG, "the request's head is over %zu bytes",
                       sizeof(head.text));
    return wire_send(wire, bytes_of(head.text, head.len), info);
}

static enum err send_chunks(struct wire *wire, const struct http_source *source,
                            struct err_info *info)
{
    enum { BLOCK_BYTES = 32 * 1024, SIZE_LINE_BYTES = 16 };
    uint8_t block[SIZE_LINE_BYTES + BLOCK_BYTES + 2];
    for (;;) {
        size_t len = 0;
        char line[SIZE_LINE_BYTES];
        enum err err = source->read(source->context, block + SIZE_LINE_BYTES, BLOCK_BYTES, &len);
        if (err != ERR_OK)
            return err_set(info, err, "reading the data to send failed");
        assert(len <= BLOCK_BYTES);
        int line_len = snprintf(line, sizeof(line), "%zx\r\n", len);
        uint8_t *start = block + SIZE_LINE_BYTES - line_len;
        memcpy(start, line, (size_t)line_len);
        memcpy(block + SIZE_LINE_BYTES + len, "\r\n", 2);
        err = wire_send(wire, bytes_of(start, (size_t)line_len + len + 2), info);
        if (err != ERR_OK || len == 0)
            return err;
    }
}

static enum err send_request(struct wire *wire, const struct http_client *client,
                             const struct http_call *call, struct err_info *info)
{
    enum err err = send_head(wire, client, call, info);
    if (err != ERR_OK || call->content_type == NULL)
        return err;
    if (call->source != NULL)
        return send_chunks(wire, call->source, info);
    return wire_send(wire, call->body, info);
}

/* Of a request that was sent whole, and got this status; 0: none. */
static bool may_be_done(const struct http_call *call, int status)
{
    bool reads = strcmp(call->method, "GET") == 0 || strcmp(call->method, "HEAD") == 0;
    return !reads && status == 0;
}

enum err http_client_call(const struct http_client *client, const struct http_call *call,
                          struct http_answer *answer_out, struct err_info *info)
{
    struct wire wire = {.fd = -1, .timeout_ms = client->timeout_ms};
    assert(call->source == NULL || call->content_type != NULL);
    enum err err = open_connection(client, &wire.fd, info);
    if (err == ERR_OK) {
        err = send_request(&wire, client, call, info);
        /* A daemon that refuses a body answers and hangs up while we still send: its answer says
         * why. */
        bool hung_up = err == ERR_UNREACHABLE;
        if (err == ERR_OK || hung_up) {
            struct err_info inner = {0};
            enum err read_err = answer_read(&wire, call->sink, strcmp(call->method, "HEAD") == 0,
                                            answer_out, &inner);
            if (read_err != ERR_OK && !hung_up)
                err = err_set(info, read_err,
                              may_be_done(call, answer_out->status)
                                  ? N_("%s; whether it was done is not known: look before you ask "
                                       "again")
                                  : "%s",
                              inner.text);
            else if (read_err == ERR_OK)
                err = ERR_OK;
        }
        close(wire.fd);
    }
    if (call->source != NULL && call->source->close != NULL)
        call->source->close(call->source->context);
    return err;
}
