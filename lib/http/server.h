#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lib/http/http.h"

/* An HTTP/1.1 server without threads of its own, driven by the daemon's poll loop: watch the fds
 * for reading, wait no longer than the timeout, then always call http_server_run.
 *
 * It listens on a TCP address for browsers and on a Unix socket (mode 0600) for our own commands.
 * Before any handler it refuses: no Host or two framings of a body (400); on TCP a Host that is
 * none of ours (421: a page that rebinds its name to us), a change from another origin (403), a
 * change with a body type that a web form can send (415). */

struct http_config {
    const char *listen; /* "127.0.0.1:7790", "[::1]:7790", with or without "http://"; port 0 lets
                           the system choose; NULL or "": no TCP */
    const char
        *socket_path; /* NULL: no Unix socket; a stale one is replaced, a live one is ERR_EXISTS */
    const char *const *hosts; /* names besides loopback's that people use for us, without port */
    size_t host_count;
    const char *tls_certificate; /* PEM files; both or none; the TCP side then speaks TLS only */
    const char *tls_key;         /* must be private to us (file_check_private) */
    unsigned connections_max;    /* 0: HTTP_CONNECTIONS_MAX */
    unsigned idle_s_max;         /* 0: HTTP_IDLE_S_MAX */
    const struct http_app *app;  /* outlives the server */
};

struct http_server;

/* Errors:  ERR_INVALID (address, certificate), ERR_EXISTS (address or socket in use), ERR_DENIED,
 * ERR_IO, ERR_NO_MEMORY. */
NODISCARD enum err http_server_open(const struct http_config *config,
                                    struct http_server **server_out, struct err_info *info);
/* Cuts what is open; closes uploads and sources. NULL is fine. */
void http_server_close(struct http_server *server);

/* Take no new connections; open ones go on. For an orderly stop. */
void http_server_quiesce(struct http_server *server);

/* At most 2 fds to watch for reading; returns how many. They stay the same until http_server_close.
 */
size_t http_server_fds(const struct http_server *server, int fds_out[2]);
/* Milliseconds until http_server_run must be called even if nothing is readable: 0 at once, -1 no
 * limit. */
long http_server_timeout_ms(struct http_server *server);
/* Accept, read, call handlers, write; never waits. */
void http_server_run(struct http_server *server);

/* Ask again every source that had nothing and every handler that said http_wait. From the loop's
 * thread; call http_server_run afterwards (or let the loop do it: the timeout is 0 then). */
void http_server_wake(struct http_server *server);

/* The TCP port in use; 0 without TCP. */
uint16_t http_server_port(const struct http_server *server);
/* Connections that were ended because their request did not: past its time, or the slowest while
 * connections were short. */
struct http_server_cut {
    uint64_t slow, crowded;
};
struct http_server_cut http_server_cut(const struct http_server *server);
/* Connections open now. */
unsigned http_server_connections(const struct http_server *server);
