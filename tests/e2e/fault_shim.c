/* LD_PRELOAD: a machine that fails on demand. $FAULT_SWITCH names a file of FAULT_BYTES bytes that
 * is read anew at each call, so that a test can switch a fault on and off while a daemon runs:
 *   0..15   the fault: "" none, "nospace", "full", "writeio", "syncio", "metaio", "readonly",
 *           "nomem" (see the table below), filled up with spaces
 *   16..39  seconds by which CLOCK_REALTIME is wrong, decimal
 *   40..63  written here: how many calls were made to fail
 * Only files below $FAULT_ROOT fail. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, FAULT_BYTES = 64, WORD_BYTES = 16, CLOCK_BYTES = 24 };
/* Allocations of this size fail: what the store takes for each page it changes. */
enum { ALLOCATION_BYTES = 4096 };

enum call {
    CALL_WRITE = 1,
    CALL_SYNC = 2,
    CALL_META = 4 /* a write that waits for the disk: the store's last of each commit */,
    CALL_NAME = 8 /* making, renaming, removing */,
    CALL_OPEN = 16 /* opening for writing what is there */,
    CALL_SPACE = 32 /* asking how much is free */,
};

static const struct {
    const char *word;
    int number;
    unsigned calls;
} faults[] = {
    {"nospace", ENOSPC, CALL_WRITE | CALL_META | CALL_SYNC},
    {"full", ENOSPC, CALL_WRITE | CALL_META | CALL_SYNC | CALL_SPACE},
    {"writeio", EIO, CALL_WRITE | CALL_META},
    {"syncio", EIO, CALL_SYNC},
    {"metaio", EIO, CALL_META},
    {"readonly", EROFS, CALL_WRITE | CALL_META | CALL_NAME | CALL_OPEN},
};

static char *state; /* the switch; NULL: there is none */
static char root[PATH_BYTES];

/* The function of that name behind this one. */
#define REAL(name) \
    (__extension__({ \
        static __typeof__(&(name)) function; \
        if (function == NULL) { \
            void *found = dlsym(RTLD_NEXT, #name); \
            memcpy(&function, &found, sizeof(function)); \
        } \
        function; \
    }))

__attribute__((constructor)) static void look(void)
{
    const char *dir = getenv("FAULT_ROOT"), *file = getenv("FAULT_SWITCH");
    if (dir == NULL || file == NULL)
        return;
    (void)snprintf(root, sizeof(root), "%s", dir);
    int fd = REAL(open)(file, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0
                       ? MAP_FAILED
                       : REAL(mmap)(NULL, FAULT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (mapped != MAP_FAILED)
        state = mapped;
}

static bool active(const char *word)
{
    size_t len = strlen(word);
    return state != NULL && memcmp(state, word, len) == 0 && state[len] == ' ';
}

static void count(void)
{
    unsigned long number = strtoul(state + WORD_BYTES + CLOCK_BYTES, NULL, 10) + 1;
    char text[FAULT_BYTES - WORD_BYTES - CLOCK_BYTES];
    (void)snprintf(text, sizeof(text), "%lu ", number);
    memcpy(state + WORD_BYTES + CLOCK_BYTES, text, strlen(text));
}

/* The errno that such a call is to fail with, or 0. */
static int planned(enum call call)
{
    for (size_t i = 0; state != NULL && i < sizeof(faults) / sizeof(faults[0]); i++)
        if ((faults[i].calls & (unsigned)call) != 0 && active(faults[i].word))
            return faults[i].number;
    return 0;
}

static bool below(const char *path)
{
    size_t len = strlen(root);
    return strncmp(path, root, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static bool path_of(int fd, char *path_out)
{
    char link[64];
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path_out, PATH_BYTES - 1);
    path_out[len > 0 ? len : 0] = '\0';
    return len > 0;
}

static bool name_below(int dir_fd, const char *name)
{
    char dir[PATH_BYTES];
    return name[0] == '/' ? below(name) : dir_fd != AT_FDCWD && path_of(dir_fd, dir) && below(dir);
}

static bool fails(int number)
{
    if (number == 0)
        return false;
    count();
    errno = number;
    return true;
}

/* Is a call on this open file to fail? Sets errno. */
static bool fd_fails(int fd, enum call call)
{
    char path[PATH_BYTES];
    int number = planned(call);
    if (call == CALL_WRITE && state != NULL && (fcntl(fd, F_GETFL) & O_DSYNC) != 0)
        number = planned(CALL_META);
    return number != 0 && path_of(fd, path) && below(path) && fails(number);
}

static bool name_fails(int dir_fd, const char *name, enum call call)
{
    int number = planned(call);
    return number != 0 && name_below(dir_fd, name) && fails(number);
}

/* ---- files ---- */

static int opened(int dir_fd, const char *name, int flags, mode_t mode)
{
    bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT) != 0;
    if (writes && name_fails(dir_fd, name, CALL_OPEN))
        return -1;
    return REAL(openat)(dir_fd, name, flags, mode);
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if (((flags)&O_CREAT) != 0) { \
        va_list args; \
        va_start(args, flags); \
        mode = va_arg(args, mode_t); \
        va_end(args); \
    }

int open(const char *name, int flags, ...)
{
    MODE_OF(flags)
    return opened(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    MODE_OF(flags)
    return opened(AT_FDCWD, name, flags, mode);
}

int openat(int dir_fd, const char *name, int flags, ...)
{
    MODE_OF(flags)
    return opened(dir_fd, name, flags, mode);
}

int openat64(int dir_fd, const char *name, int flags, ...)
{
    MODE_OF(flags)
    return opened(dir_fd, name, flags, mode);
}

ssize_t write(int fd, const void *data, size_t len)
{
    return fd_fails(fd, CALL_WRITE) ? -1 : REAL(write)(fd, data, len);
}

ssize_t writev(int fd, const struct iovec *parts, int part_count)
{
    return fd_fails(fd, CALL_WRITE) ? -1 : REAL(writev)(fd, parts, part_count);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    return fd_fails(fd, CALL_WRITE) ? -1 : REAL(pwrite)(fd, data, len, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
    return pwrite(fd, data, len, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int part_count, off_t offset)
{
    return fd_fails(fd, CALL_WRITE) ? -1 : REAL(pwritev)(fd, parts, part_count, offset);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int part_count, off64_t offset)
{
    return pwritev(fd, parts, part_count, offset);
}

int ftruncate(int fd, off_t size)
{
    return fd_fails(fd, CALL_WRITE) ? -1 : REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t len)
{
    return fd_fails(fd, CALL_WRITE) ? -1 : REAL(fallocate)(fd, mode, offset, len);
}

int posix_fallocate(int fd, off_t offset, off_t len)
{
    return fd_fails(fd, CALL_WRITE) ? errno : REAL(posix_fallocate)(fd, offset, len);
}

int fsync(int fd)
{
    return fd_fails(fd, CALL_SYNC) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    return fd_fails(fd, CALL_SYNC) ? -1 : REAL(fdatasync)(fd);
}

int msync(void *start, size_t len, int flags)
{
    return fails(planned(CALL_SYNC)) ? -1 : REAL(msync)(start, len, flags);
}

int fstatvfs(int fd, struct statvfs *disk)
{
    int rc = REAL(fstatvfs)(fd, disk);
    if (rc == 0 && fd_fails(fd, CALL_SPACE))
        disk->f_bavail = disk->f_bfree = 0;
    return rc;
}

int statvfs(const char *path, struct statvfs *disk)
{
    int rc = REAL(statvfs)(path, disk);
    if (rc == 0 && name_fails(AT_FDCWD, path, CALL_SPACE))
        disk->f_bavail = disk->f_bfree = 0;
    return rc;
}

int mkdirat(int dir_fd, const char *name, mode_t mode)
{
    return name_fails(dir_fd, name, CALL_NAME) ? -1 : REAL(mkdirat)(dir_fd, name, mode);
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    return name_fails(to_fd, to, CALL_NAME) ? -1 : REAL(renameat)(from_fd, from, to_fd, to);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int unlinkat(int dir_fd, const char *name, int flags)
{
    return name_fails(dir_fd, name, CALL_NAME) ? -1 : REAL(unlinkat)(dir_fd, name, flags);
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

/* ---- memory: of the thread that works, not of the libraries' own, which end a process for it ----
 */

#ifndef FAULT_NO_MALLOC
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static bool memory_fails(size_t size)
{
    return size == ALLOCATION_BYTES && active("nomem") && syscall(SYS_gettid) == getpid() &&
           fails(ENOMEM);
}

void *malloc(size_t size)
{
    return memory_fails(size) ? NULL : __libc_malloc(size);
}

void *calloc(size_t each, size_t size)
{
    return memory_fails(each * size) ? NULL : __libc_calloc(each, size);
}

void *realloc(void *old, size_t size)
{
    return memory_fails(size) ? NULL : __libc_realloc(old, size);
}
#endif

/* ---- time ---- */

static long long clock_off_s(void)
{
    char text[CLOCK_BYTES + 1] = {0};
    if (state != NULL)
        memcpy(text, state + WORD_BYTES, CLOCK_BYTES);
    return strtoll(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int rc = REAL(clock_gettime)(clock, now);
    if (rc == 0 && clock == CLOCK_REALTIME)
        now->tv_sec += (time_t)clock_off_s();
    return rc;
}

int gettimeofday(struct timeval *now, void *zone)
{
    int rc = REAL(gettimeofday)(now, zone);
    if (rc == 0)
        now->tv_sec += (time_t)clock_off_s();
    return rc;
}

time_t time(time_t *now_out)
{
    time_t now = REAL(time)(NULL) + (time_t)clock_off_s();
    if (now_out != NULL)
        *now_out = now;
    return now;
}
