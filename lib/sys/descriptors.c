#include "lib/sys/descriptors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include "proto/base/limits.h"

int descriptors_max(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT32_MAX)
        return INT32_MAX;
    return (int)limit.rlim_cur;
}

int descriptors_raise(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MAX) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_MAX ? limit.rlim_max : DESCRIPTORS_MAX;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    return descriptors_max();
}

int descriptors_open(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = -3; /* ".", "..", and the folder itself */

    if (folder == NULL)
        return -1;
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

int descriptors_left(void)
{
    int lowest = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

    if (lowest < 0)
        return 0;
    (void)close(lowest);
    return descriptors_max() - lowest;
}

void descriptors_hold(struct descriptors_reserve *reserve)
{
    while (reserve->count < DESCRIPTORS_RESERVE) {
        int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
        if (fd < 0)
            return;
        reserve->fds[reserve->count++] = fd;
    }
}

void descriptors_free(struct descriptors_reserve *reserve)
{
    while (reserve->count > 0)
        (void)close(reserve->fds[--reserve->count]);
}

bool descriptors_tend(struct descriptors_reserve *reserve)
{
    struct descriptors_reserve more = {.count = 0};

    if (!reserve->lent) {
        int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
        if (fd >= 0) {
            (void)close(fd);
            return false;
        }
        if (errno != EMFILE && errno != ENFILE)
            return false; /* there is no standard error to make them of */
        descriptors_free(reserve);
        reserve->lent = true;
        return true;
    }
    descriptors_hold(reserve);
    descriptors_hold(&more);
    bool enough = more.count == DESCRIPTORS_RESERVE;
    descriptors_free(&more);
    if (!enough)
        descriptors_free(reserve);
    reserve->lent = !enough;
    return enough;
}
