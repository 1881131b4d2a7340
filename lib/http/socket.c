#include "lib/http/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/sys/config.h"
#include "lib/sys/files.h"

enum { LISTEN_BACKLOG = 128 };

static const char *skip(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

enum err socket_parse(const char *text, struct socket_address *address_out, struct err_info *info)
{
    struct socket_address address = {0};
    int64_t port = 0;
    const char *host = skip(skip(text, "http://"), "https://");
    const char *end = host + strcspn(host, "/");
    const char *colon = NULL;
    for (const char *at = host; at < end; at++)
        colon = *at == ':' ? at : colon;
    if (colon == NULL || (*end == '/' && end[1] != '\0'))
        return err_set(info, ERR_INVALID, "address '%s': must be HOST:PORT", text);
    size_t host_len = (size_t)(colon - host);
    size_t port_len = (size_t)(end - colon - 1);
    if (host_len >= 2 && host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    }
    if (host_len == 0 || host_len >= sizeof(address.host) || port_len == 0 ||
        port_len >= sizeof(address.port))
        return err_set(info, ERR_INVALID, "address '%s': must be HOST:PORT", text);
    memcpy(address.host, host, host_len);
    memcpy(address.port, colon + 1, port_len);
    if (config_parse_int(address.port, &port) != ERR_OK || port < 0 || port > 65535)
        return err_set(info, ERR_INVALID, "address '%s': the port must be 0 to 65535", text);
    if (strcmp(address.host, "localhost") == 0)
        memcpy(address.host, "127.0.0.1", sizeof("127.0.0.1"));
    *address_out = address;
    return ERR_OK;
}

static enum err resolve(const char *text, struct addrinfo **list_out, struct err_info *info)
{
    struct socket_address address;
    enum err err = socket_parse(text, &address, info);
    if (err != ERR_OK)
        return err;
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    int rc = getaddrinfo(address.host, address.port, &hints, list_out);
    if (rc == EAI_MEMORY)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    if (rc != 0)
        return err_set(info, ERR_INVALID, "address '%s': the host must be an IP address", text);
    return ERR_OK;
}

static enum err fail(struct err_info *info, const char *what, const char *where)
{
    int number = errno;
    return err_set(info, err_from_errno(number), "%s %s: %s", what, where, strerror(number));
}

enum err socket_listen_tcp(const char *text, int *fd_out, struct err_info *info)
{
    struct addrinfo *list = NULL;
    int on = 1;
    enum err err = resolve(text, &list, info);
    if (err != ERR_OK)
        return err;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool good = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
                bind(fd, list->ai_addr, list->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0;
    if (!good) {
        err = fail(info, "listen at", text);
        if (fd >= 0)
            close(fd);
    }
    freeaddrinfo(list);
    if (err == ERR_OK)
        *fd_out = fd;
    return err;
}

/* The path itself when it fits; otherwise its folder is held open and named through /proc.
 * *folder_out is then to be closed. */
static enum err unix_address(const char *path, struct sockaddr_un *address, int *folder_out,
                             struct err_info *info)
{
    char folder[PATH_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    *folder_out = -1;
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) < sizeof(address->sun_path)) {
        memcpy(address->sun_path, path, strlen(path) + 1);
        return ERR_OK;
    }
    if (slash == NULL || strlen(path) >= sizeof(folder) || strlen(slash) > 64)
        return err_set(info, ERR_TOO_BIG, "socket '%s': the path is too long", path);
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(info, "open", folder);
    snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%s", fd, slash);
    *folder_out = fd;
    return ERR_OK;
}

/* A socket file that refuses connections was left behind. */
static bool is_stale(const struct sockaddr_un *address)
{
    struct stat status;
    if (stat(address->sun_path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    bool refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                   errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static enum err bind_private(int fd, const struct sockaddr_un *address, const char *path,
                             struct err_info *info)
{
    if (is_stale(address) && unlink(address->sun_path) != 0)
        return fail(info, "replace socket", path);
    /* The mode of the socket inode is the mode of the file: nobody else can connect even for a
     * moment. */
    mode_t before = umask(0177);
    int rc = bind(fd, (const struct sockaddr *)address, sizeof(*address));
    int number = errno;
    umask(before);
    errno = number;
    if (rc != 0 || listen(fd, LISTEN_BACKLOG) != 0)
        return fail(info, "listen at", path);
    return ERR_OK;
}

enum err socket_listen_unix(const char *path, int *fd_out, struct err_info *info)
{
    struct sockaddr_un address;
    int folder = -1;
    enum err err = unix_address(path, &address, &folder, info);
    if (err != ERR_OK)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    err = fd < 0 ? fail(info, "listen at", path) : bind_private(fd, &address, path, info);
    if (err != ERR_OK && fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    if (err == ERR_OK)
        *fd_out = fd;
    return err;
}

static enum err connect_failed(const char *where, int number, struct err_info *info)
{
    enum err code = number == EACCES || number == EPERM ? ERR_DENIED : ERR_UNREACHABLE;
    return err_set(info, code, "connect to %s: %s", where, strerror(number));
}

static int wait_connected(int fd, uint32_t timeout_ms)
{
    struct pollfd item = {.fd = fd, .events = POLLOUT};
    int number = 0;
    socklen_t size = sizeof(number);
    int wait_ms = timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms;
    int ready = poll(&item, 1, wait_ms);
    if (ready <= 0)
        return ready == 0 ? ETIMEDOUT : errno;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0)
        return errno;
    return number;
}

enum err socket_connect_tcp(const char *text, uint32_t timeout_ms, int *fd_out,
                            struct err_info *info)
{
    struct addrinfo *list = NULL;
    enum err err = resolve(text, &list, info);
    if (err != ERR_OK)
        return err;
    int number = 0;
    int fd = socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        number = errno;
    else if (connect(fd, list->ai_addr, list->ai_addrlen) != 0)
        number = errno == EINPROGRESS ? wait_connected(fd, timeout_ms) : errno;
    freeaddrinfo(list);
    if (number != 0) {
        if (fd >= 0)
            close(fd);
        return connect_failed(text, number, info);
    }
    *fd_out = fd;
    return ERR_OK;
}

enum err socket_connect_unix(const char *path, int *fd_out, struct err_info *info)
{
    struct sockaddr_un address;
    int folder = -1;
    int number = 0;
    enum err err = unix_address(path, &address, &folder, info);
    if (err != ERR_OK)
        return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        number = errno;
    else if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        number = errno;
    if (folder >= 0)
        close(folder);
    if (number != 0) {
        if (fd >= 0)
            close(fd);
        return connect_failed(path, number, info);
    }
    *fd_out = fd;
    return ERR_OK;
}
