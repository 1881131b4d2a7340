/* LD_PRELOAD: what a program writes below $CRASH_ROOT, and when it is told that something is on the
 * disk, into $CRASH_TRACE. The program does what it always does; the record is made after each call
 * that succeeded. With $CRASH_PLANT the program, or what it is told, is spoilt on purpose. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/crash/trace.h"

enum { PATH_BYTES = 4096 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char root[PATH_BYTES];
static int trace_fd = -2; /* -2: not looked yet; -1: off */

/* The function of that name behind this one. */
#define REAL(name) \
    (__extension__({ \
        __typeof__(&(name)) function; \
        void *found = dlsym(RTLD_NEXT, #name); \
        memcpy(&function, &found, sizeof(function)); \
        function; \
    }))

static bool planted(const char *name)
{
    const char *plant = getenv("CRASH_PLANT");
    return plant != NULL && strcmp(plant, name) == 0;
}

static bool on(void)
{
    if (trace_fd == -2) {
        const char *dir = getenv("CRASH_ROOT"), *file = getenv("CRASH_TRACE");
        trace_fd = -1;
        if (dir != NULL && file != NULL) {
            (void)snprintf(root, sizeof(root), "%s", dir);
            trace_fd = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        }
    }
    return trace_fd >= 0;
}

static void put(struct trace_head head, const char *path, const void *data)
{
    int kept = errno;
    head.path_len = (uint16_t)strlen(path);
    struct iovec parts[3] = {{&head, sizeof(head)},
                             {(void *)(uintptr_t)path, head.path_len},
                             {(void *)(uintptr_t)data, data != NULL ? head.len : 0}};
    (void)pthread_mutex_lock(&lock);
    if (REAL(writev)(trace_fd, parts, 3) < 0)
        abort();
    (void)pthread_mutex_unlock(&lock);
    errno = kept;
}

/* The path of `name` below the root, or NULL: not ours. */
static const char *below(int dir_fd, const char *name, char out[PATH_BYTES])
{
    char full[2 * PATH_BYTES], link[64], base[PATH_BYTES];
    if (name[0] == '/') {
        (void)snprintf(full, sizeof(full), "%s", name);
    } else {
        (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir_fd);
        ssize_t len = dir_fd == AT_FDCWD
                          ? (getcwd(base, sizeof(base)) != NULL ? (ssize_t)strlen(base) : -1)
                          : readlink(link, base, sizeof(base) - 1);
        if (len < 0)
            return NULL;
        base[len] = '\0';
        (void)snprintf(full, sizeof(full), "%s/%s", base, name);
    }
    size_t len = strlen(root);
    if (strncmp(full, root, len) != 0 || (full[len] != '/' && full[len] != '\0'))
        return NULL;
    (void)snprintf(out, PATH_BYTES, "%s", full[len] == '/' ? full + len + 1 : "");
    return out;
}

/* Is the open file below the root? inode_out is its number. */
static bool ours(int fd, uint64_t *inode_out, bool *dir_out)
{
    char link[64], path[PATH_BYTES], unused[PATH_BYTES];
    struct stat status;
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    ssize_t len = readlink(link, path, sizeof(path) - 1);
    if (len < 0 || fstat(fd, &status) != 0)
        return false;
    path[len] = '\0';
    *inode_out = status.st_ino;
    *dir_out = S_ISDIR(status.st_mode);
    return below(AT_FDCWD, path, unused) != NULL && (*dir_out || S_ISREG(status.st_mode));
}

static void made(int dir_fd, const char *name, enum trace_type type)
{
    char path[PATH_BYTES];
    struct stat status;
    if (below(dir_fd, name, path) != NULL &&
        fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        put((struct trace_head){.type = (uint8_t)type, .inode = status.st_ino}, path, NULL);
}

static bool there(int dir_fd, const char *name)
{
    struct stat status;
    return fstatat(dir_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static int opened(int dir_fd, const char *name, int flags, mode_t mode)
{
    bool fresh = on() && (flags & O_CREAT) != 0 && !there(dir_fd, name);
    int fd = REAL(openat)(dir_fd, name, flags, mode);
    if (fd >= 0 && fresh)
        made(dir_fd, name, TRACE_CREATE);
    if (fd >= 0 && on() && (flags & O_TRUNC) != 0) {
        uint64_t inode;
        bool dir;
        if (ours(fd, &inode, &dir))
            put((struct trace_head){.type = TRACE_TRUNCATE, .inode = inode}, "", NULL);
    }
    return fd;
}

#define MODE_OF(flags, last) \
    mode_t mode = 0; \
    if (((flags)&O_CREAT) != 0) { \
        va_list args; \
        va_start(args, last); \
        mode = va_arg(args, mode_t); \
        va_end(args); \
    }

int open(const char *name, int flags, ...)
{
    MODE_OF(flags, flags)
    return opened(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    MODE_OF(flags, flags)
    return opened(AT_FDCWD, name, flags, mode);
}

int openat(int dir_fd, const char *name, int flags, ...)
{
    MODE_OF(flags, flags)
    return opened(dir_fd, name, flags, mode);
}

static void wrote(int fd, uint64_t offset, const void *data, ssize_t len)
{
    uint64_t inode;
    bool dir;
    if (len <= 0 || !on() || !ours(fd, &inode, &dir))
        return;
    int flags = fcntl(fd, F_GETFL);
    put((struct trace_head){.type = TRACE_WRITE,
                            .durable = (flags & O_DSYNC) != 0 && !planted("nosync"),
                            .inode = inode,
                            .offset = offset,
                            .len = (uint32_t)len},
        "", data);
}

static void wrote_parts(int fd, uint64_t offset, const struct iovec *parts, int count, ssize_t len)
{
    for (int i = 0; i < count && len > 0; i++) {
        ssize_t part = (ssize_t)parts[i].iov_len < len ? (ssize_t)parts[i].iov_len : len;
        wrote(fd, offset, parts[i].iov_base, part);
        offset += (uint64_t)part;
        len -= part;
    }
}

/* Where a write without an offset will go. */
static uint64_t place(int fd)
{
    off_t at = (fcntl(fd, F_GETFL) & O_APPEND) != 0 ? -1 : lseek(fd, 0, SEEK_CUR);
    struct stat status;
    if (at < 0 && fstat(fd, &status) == 0)
        at = status.st_size;
    return at < 0 ? 0 : (uint64_t)at;
}

ssize_t write(int fd, const void *data, size_t len)
{
    uint64_t at = on() ? place(fd) : 0;
    ssize_t done = REAL(write)(fd, data, len);
    wrote(fd, at, data, done);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    uint64_t at = on() ? place(fd) : 0;
    ssize_t done = REAL(writev)(fd, parts, count);
    if (on())
        wrote_parts(fd, at, parts, count, done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    ssize_t done = REAL(pwrite)(fd, data, len, offset);
    wrote(fd, (uint64_t)offset, data, done);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t len, off64_t offset)
{
    return pwrite(fd, data, len, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t done = REAL(pwritev)(fd, parts, count, offset);
    if (on())
        wrote_parts(fd, (uint64_t)offset, parts, count, done);
    return done;
}

int ftruncate(int fd, off_t size)
{
    uint64_t inode;
    bool dir;
    int rc = REAL(ftruncate)(fd, size);
    if (rc == 0 && on() && ours(fd, &inode, &dir))
        put((struct trace_head){.type = TRACE_TRUNCATE, .inode = inode, .offset = (uint64_t)size},
            "", NULL);
    return rc;
}

static int synced(int fd, int rc)
{
    uint64_t inode;
    bool dir;
    if (rc == 0 && on() && ours(fd, &inode, &dir) && !(dir && planted("nodirsync")) &&
        !(!dir && planted("nofilesync")))
        put((struct trace_head){.type = TRACE_SYNC, .inode = inode}, "", NULL);
    return rc;
}

int fsync(int fd)
{
    return synced(fd, REAL(fsync)(fd));
}

int fdatasync(int fd)
{
    return synced(fd, REAL(fdatasync)(fd));
}

static void moved(enum trace_type type, const char *from, const char *to)
{
    put((struct trace_head){.type = (uint8_t)type, .len = (uint32_t)strlen(to)}, from, to);
}

int renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    char old[PATH_BYTES], fresh[PATH_BYTES];
    bool both = on() && below(from_fd, from, old) != NULL && below(to_fd, to, fresh) != NULL;
    int rc = REAL(renameat)(from_fd, from, to_fd, to);
    if (rc == 0 && both)
        moved(TRACE_RENAME, old, fresh);
    return rc;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int link(const char *from, const char *to)
{
    char old[PATH_BYTES], fresh[PATH_BYTES];
    bool both = on() && below(AT_FDCWD, from, old) != NULL && below(AT_FDCWD, to, fresh) != NULL;
    int rc = REAL(link)(from, to);
    if (rc == 0 && both)
        moved(TRACE_LINK, old, fresh);
    return rc;
}

static int removed(int dir_fd, const char *name, int rc, bool was)
{
    char path[PATH_BYTES];
    if (rc == 0 && was && below(dir_fd, name, path) != NULL)
        put((struct trace_head){.type = TRACE_REMOVE}, path, NULL);
    return rc;
}

int unlink(const char *name)
{
    return removed(AT_FDCWD, name, REAL(unlink)(name), on());
}

int unlinkat(int dir_fd, const char *name, int flags)
{
    return removed(dir_fd, name, REAL(unlinkat)(dir_fd, name, flags), on());
}

int rmdir(const char *name)
{
    return removed(AT_FDCWD, name, REAL(rmdir)(name), on());
}

int remove(const char *name)
{
    return removed(AT_FDCWD, name, REAL(remove)(name), on());
}

int mkdirat(int dir_fd, const char *name, mode_t mode)
{
    int rc = REAL(mkdirat)(dir_fd, name, mode);
    if (rc == 0 && on())
        made(dir_fd, name, TRACE_MKDIR);
    return rc;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

char *mkdtemp(char *name)
{
    char *made_name = REAL(mkdtemp)(name);
    if (made_name != NULL && on())
        made(AT_FDCWD, made_name, TRACE_MKDIR);
    return made_name;
}

int mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
    if (planted("nosync"))
        flags |= MDB_NOSYNC;
    if (planted("nometasync"))
        flags |= MDB_NOMETASYNC;
    return REAL(mdb_env_open)(env, path, flags, mode);
}
