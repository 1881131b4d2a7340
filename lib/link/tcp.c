#include "lib/link/tcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/tcp.h> /* the C library's own lacks the bytes received */
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

uint64_t tcp_cookie(int fd)
{
    uint64_t cookie = 0;
    socklen_t size = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size) == 0 ? cookie : 0;
}

bool tcp_received_bytes(int fd, uint64_t *bytes_out)
{
    struct tcp_info known = {0};
    socklen_t size = sizeof(known);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &known, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(known.tcpi_bytes_received))
        return false;
    *bytes_out = known.tcpi_bytes_received;
    return true;
}

void tcp_peer_address(int fd, char out[TCP_ADDRESS_BYTES])
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    socklen_t size = sizeof(address);

    out[0] = '\0';
    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0)
        return;
    memcpy(&v4, &address, sizeof(v4));
    memcpy(&v6, &address, sizeof(v6));
    if (address.ss_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &v6.sin6_addr, out, TCP_ADDRESS_BYTES);
    else
        (void)inet_ntop(AF_INET, &v4.sin_addr, out, TCP_ADDRESS_BYTES);
}

void tcp_abort(int fd, uint64_t cookie)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    /* Not shutdown: the kernel would still take what comes in, and its reader with it. */
    if (cookie != 0 && tcp_cookie(fd) == cookie)
        (void)connect(fd, &nobody, sizeof(nobody));
}

void tcp_unblock(int listener)
{
    int flags = fcntl(listener, F_GETFL);

    if (flags >= 0)
        (void)fcntl(listener, F_SETFL, flags | O_NONBLOCK);
}

uint32_t tcp_close_door(int listener, int *spare_inout)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    uint32_t count = 0;

    if (setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0)
        return 0;
    if (*spare_inout >= 0)
        (void)close(*spare_inout);
    for (;; count++) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            break;
        (void)close(fd);
    }
    *spare_inout = fcntl(listener, F_DUPFD_CLOEXEC, 0);
    return count;
}

void tcp_open_door(int listener)
{
    int nothing = 0;

    (void)setsockopt(listener, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof(nothing));
}
