#include "lib/sys/sdnotify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* systemd's protocol is one datagram of lines to a Unix socket whose path may be abstract (a
 * leading @). */

static void send_state(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || (path[0] != '/' && path[0] != '@'))
        return;
    size_t len = strlen(path);
    if (len >= sizeof(address.sun_path))
        return;
    memcpy(address.sun_path, path, len);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    close(fd);
}

void sdnotify_ready(void)
{
    send_state("READY=1");
}

void sdnotify_reloading(void)
{
    struct timespec now;
    char state[64];
    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)now.tv_sec * 1000000 + (long long)now.tv_nsec / 1000);
    send_state(state);
}

void sdnotify_stopping(void)
{
    send_state("STOPPING=1");
}

void sdnotify_watchdog(void)
{
    send_state("WATCHDOG=1");
}

void sdnotify_status(const char *format, ...)
{
    char state[256] = "STATUS=";
    size_t len = strlen(state);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(state + len, sizeof(state) - len, format, args);
    va_end(args);
    state[strcspn(state, "\n")] = '\0';
    send_state(state);
}

uint64_t sdnotify_watchdog_ms(void)
{
    const char *limit = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    if (limit == NULL)
        return 0;
    if (pid != NULL && strtoull(pid, NULL, 10) != (unsigned long long)getpid())
        return 0;
    return strtoull(limit, NULL, 10) / 1000 / 2;
}
