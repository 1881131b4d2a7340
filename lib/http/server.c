#include "lib/http/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/http/exchange.h"
#include "lib/http/socket.h"
#include "lib/sys/files.h"
#include "lib/sys/log.h"

/* Two libmicrohttpd daemons, each with its own epoll fd and no thread, one for TCP and one for the
 * Unix socket. */

enum {
    CONNECTION_MEMORY_BYTES = 32 * 1024,
    PEM_BYTES_MAX = 256 * 1024,
    /* Over TLS the library wants to be run again at once all the while that a handshake waits for
     * its client: after so many rounds in which no request got on it has a pause between them. A
     * pause is short, as a large answer goes out a TLS record a round. */
    HURRIED_ROUNDS_MAX = 16,
    HURRIED_PAUSE_MS = 1,
};

/* ---- callbacks of the library ---- */

static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct exchange *exchange = exchange_new(context, target);
    if (exchange != NULL)
        exchange->connection = connection;
    return exchange;
}

static enum MHD_Result answer(struct exchange *exchange)
{
    switch (exchange->response.state) {
    case HTTP_ANSWERED:
        return exchange_send(exchange);
    case HTTP_WAITING:
        if (exchange->side->server->closing)
            return MHD_NO;
        exchange_sleep(exchange);
        return MHD_YES;
    case HTTP_UNANSWERED:
        break;
    }
    assert(false && "a request ended without an answer");
    return MHD_NO;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **state)
{
    struct exchange *exchange = *state;
    (void)context;
    (void)url;
    (void)version;
    if (exchange == NULL)
        return MHD_NO; /* out of memory at the request line */
    exchange->connection = connection;
    exchange->side->hurried_rounds = 0;
    if (!exchange->begun) {
        exchange_begin(exchange, method);
        return exchange_refuses_body(exchange) ? answer(exchange) : MHD_YES;
    }
    if (*upload_len > 0) {
        patrol_received(connection, *upload_len);
        bool go_on = exchange_take(exchange, bytes_of(upload, *upload_len));
        *upload_len = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    patrol_is_whole(connection);
    exchange_finish(exchange);
    return answer(exchange);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *state;
    (void)context;
    if (exchange != NULL && exchange->begun)
        log_event(LOG_DEBUG, "http.request", "path=%s status=%d whole=%s",
                  log_quote(exchange->path, &(struct log_text){{0}}), exchange->response.status,
                  why == MHD_REQUEST_TERMINATED_COMPLETED_OK ? "true" : "false");
    exchange_free(exchange);
    *state = NULL;
    patrol_awaits(connection);
}

__attribute__((__format__(__printf__, 2, 0))) static void
on_library_log(void *context, const char *format, va_list args)
{
    char text[256];
    (void)context;
    (void)vsnprintf(text, sizeof(text), format, args);
    text[strcspn(text, "\n")] = '\0';
    log_event(LOG_DEBUG, "http.library", "text=%s", log_quote(text, &(struct log_text){{0}}));
}

/* ---- opening ---- */

static enum err read_pem(const char *path, char **text_out, struct err_info *info)
{
    uint8_t *data = NULL;
    size_t len = 0;
    enum err err = file_read(path, PEM_BYTES_MAX, &data, &len, info);
    if (err == ERR_OK)
        *text_out = (char *)data;
    return err;
}

static enum err load_tls(struct http_server *server, const struct http_config *config,
                         struct err_info *info)
{
    if (config->tls_certificate == NULL && config->tls_key == NULL)
        return ERR_OK;
    if (config->tls_certificate == NULL || config->tls_key == NULL)
        return err_set(info, ERR_INVALID, "TLS needs both a certificate and its key");
    enum err err = file_check_private(config->tls_key, info);
    if (err == ERR_OK)
        err = read_pem(config->tls_certificate, &server->certificate, info);
    if (err == ERR_OK)
        err = read_pem(config->tls_key, &server->key, info);
    return err;
}

/* Owns: `fd` from now on, also after a failure. */
static enum err start_side(struct http_server *server, const struct http_config *config, int fd,
                           bool over_unix, struct err_info *info)
{
    struct side *side = &server->sides[server->side_count];
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    unsigned connections =
        config->connections_max > 0 ? config->connections_max : HTTP_CONNECTIONS_MAX;
    unsigned idle_s = config->idle_s_max > 0 ? config->idle_s_max : HTTP_IDLE_S_MAX;
    bool tls = !over_unix && server->certificate != NULL;
    const struct MHD_OptionItem pem[] = {
        {tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, server->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, server->key},
        {MHD_OPTION_END, 0, NULL},
    };

    *side = (struct side){
        .server = server, .over_unix = over_unix, .tls = tls, .patrol = {.max = connections}};
    errno = 0;
    side->daemon = MHD_start_daemon(
        flags | (tls ? (unsigned)MHD_USE_TLS : 0U), 0, NULL, NULL, on_request, side,
        MHD_OPTION_EXTERNAL_LOGGER, on_library_log, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT, idle_s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, on_target, side,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION,
        patrol_notify, &side->patrol, MHD_OPTION_ARRAY, pem, MHD_OPTION_END);
    bool no_memory = errno == ENOMEM; /* all that it tells */
    /* Without memory GnuTLS takes a good pair for a bad one; or goes on, and then, without its list
     * of ciphers or its random numbers, fails every handshake. */
    if (side->daemon != NULL && tls && no_memory) {
        MHD_stop_daemon(side->daemon); /* closes it */
        side->daemon = NULL;
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    if (side->daemon == NULL) {
        /* The library closes it on some of its failures and not on others. */
        if (fcntl(fd, F_GETFD) >= 0)
            close(fd);
        if (no_memory)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        return tls ? err_set(info, ERR_INVALID, "the TLS certificate or its key cannot be used")
                   : err_set(info, ERR_INTERNAL, "the HTTP library did not start");
    }
    server->side_count++;
    return ERR_OK;
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    socklen_t size = sizeof(address);
    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    memcpy(&v4, &address, sizeof(v4));
    memcpy(&v6, &address, sizeof(v6));
    return ntohs(address.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

static enum err open_tcp(struct http_server *server, const struct http_config *config,
                         struct err_info *info)
{
    struct socket_address address;
    int fd = -1;
    enum err err = socket_parse(config->listen, &address, info);
    if (err == ERR_OK)
        err = load_tls(server, config, info);
    if (err == ERR_OK)
        err = socket_listen_tcp(config->listen, &fd, info);
    if (err != ERR_OK)
        return err;
    memcpy(server->listen_host, address.host, sizeof(address.host));
    server->guard.listen_host = server->listen_host;
    server->port = port_of(fd);
    return start_side(server, config, fd, false, info);
}

static enum err open_unix(struct http_server *server, const struct http_config *config,
                          struct err_info *info)
{
    int fd = -1;
    enum err err = socket_listen_unix(config->socket_path, &fd, info);
    if (err != ERR_OK)
        return err;
    server->socket_path = strdup(config->socket_path);
    if (server->socket_path == NULL) {
        close(fd);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    return start_side(server, config, fd, true, info);
}

enum err http_server_open(const struct http_config *config, struct http_server **server_out,
                          struct err_info *info)
{
    enum err err = ERR_OK;
    assert(config->app != NULL);
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    server->app = config->app;
    server->guard = (struct guard){.hosts = config->hosts, .host_count = config->host_count};
    server->quiesced_fds[0] = server->quiesced_fds[1] = -1;
    if (config->listen != NULL && config->listen[0] != '\0')
        err = open_tcp(server, config, info);
    if (err == ERR_OK && config->socket_path != NULL)
        err = open_unix(server, config, info);
    if (err != ERR_OK) {
        http_server_close(server);
        return err;
    }
    *server_out = server;
    return ERR_OK;
}

static void free_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

void http_server_close(struct http_server *server)
{
    if (server == NULL)
        return;
    server->closing = true;
    http_server_wake(server); /* the library refuses to stop while a connection sleeps */
    for (size_t i = 0; i < server->side_count; i++) {
        MHD_stop_daemon(server->sides[i].daemon);
        if (server->quiesced_fds[i] >= 0)
            close(server->quiesced_fds[i]);
    }
    if (server->socket_path != NULL)
        unlink(server->socket_path);
    free(server->socket_path);
    free(server->certificate);
    free_secret(server->key);
    free(server);
}

void http_server_quiesce(struct http_server *server)
{
    for (size_t i = 0; i < server->side_count; i++) {
        if (server->quiesced_fds[i] < 0)
            server->quiesced_fds[i] = MHD_quiesce_daemon(server->sides[i].daemon);
    }
}

/* ---- the loop ---- */

size_t http_server_fds(const struct http_server *server, int fds_out[2])
{
    for (size_t i = 0; i < server->side_count; i++) {
        const union MHD_DaemonInfo *known =
            MHD_get_daemon_info(server->sides[i].daemon, MHD_DAEMON_INFO_EPOLL_FD);
        assert(known != NULL);
        fds_out[i] = known->epoll_fd;
    }
    return server->side_count;
}

long http_server_timeout_ms(struct http_server *server)
{
    long timeout_ms = -1;
    for (size_t i = 0; i < server->side_count; i++) {
        MHD_UNSIGNED_LONG_LONG wait_ms = 0;
        long walk_ms = patrol_timeout_ms(&server->sides[i].patrol);
        if (walk_ms >= 0 && (timeout_ms < 0 || walk_ms < timeout_ms))
            timeout_ms = walk_ms;
        if (MHD_get_timeout(server->sides[i].daemon, &wait_ms) != MHD_YES)
            continue;
        long bounded = wait_ms > 60000 ? 60000 : (long)wait_ms;
        if (bounded == 0 && server->sides[i].hurried_rounds > HURRIED_ROUNDS_MAX)
            bounded = HURRIED_PAUSE_MS;
        if (timeout_ms < 0 || bounded < timeout_ms)
            timeout_ms = bounded;
    }
    return timeout_ms;
}

void http_server_run(struct http_server *server)
{
    for (size_t i = 0; i < server->side_count; i++) {
        struct side *side = &server->sides[i];
        MHD_UNSIGNED_LONG_LONG wait_ms = 1;
        (void)MHD_run(side->daemon);
        patrol_walk(&side->patrol);
        bool hurried = side->tls && MHD_get_timeout(side->daemon, &wait_ms) == MHD_YES;
        side->hurried_rounds = hurried && wait_ms == 0 ? side->hurried_rounds + 1 : 0;
    }
}

uint16_t http_server_port(const struct http_server *server)
{
    return server->port;
}

struct http_server_cut http_server_cut(const struct http_server *server)
{
    struct http_server_cut cut = {0};
    for (size_t i = 0; i < server->side_count; i++) {
        cut.slow += server->sides[i].patrol.slow_count;
        cut.crowded += server->sides[i].patrol.crowded_count;
    }
    return cut;
}

unsigned http_server_connections(const struct http_server *server)
{
    unsigned count = 0;
    for (size_t i = 0; i < server->side_count; i++) {
        const union MHD_DaemonInfo *known =
            MHD_get_daemon_info(server->sides[i].daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
        count += known != NULL ? known->num_connections : 0;
    }
    return count;
}
