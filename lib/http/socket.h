#pragma once

#include <stdint.h>

#include "proto/base/err.h"

/* Stream sockets of the server and the client. A path may be longer than the 107 bytes an address
 * holds. */

enum { SOCKET_HOST_BYTES = 64 };

struct socket_address {
    char host[SOCKET_HOST_BYTES]; /* numeric, without brackets; "localhost" becomes 127.0.0.1 */
    char port[8];
};

/* "127.0.0.1:7790", "[::1]:7790", "localhost:80", an "http://" or "https://" before and a "/" after
 * are skipped. Errors: ERR_INVALID. */
NODISCARD enum err socket_parse(const char *text, struct socket_address *address_out,
                                struct err_info *info);

/* Non-blocking listeners; the caller closes *fd_out. Errors: ERR_EXISTS (in use), ERR_DENIED,
 * ERR_INVALID, ERR_IO. */
NODISCARD enum err socket_listen_tcp(const char *text, int *fd_out, struct err_info *info);
/* Mode 0600; the socket file of a process that is gone is replaced. */
NODISCARD enum err socket_listen_unix(const char *path, int *fd_out, struct err_info *info);

/* Errors: ERR_UNREACHABLE (nobody listens), ERR_DENIED, ERR_IO. */
NODISCARD enum err socket_connect_tcp(const char *text, uint32_t timeout_ms, int *fd_out,
                                      struct err_info *info);
NODISCARD enum err socket_connect_unix(const char *path, int *fd_out, struct err_info *info);
