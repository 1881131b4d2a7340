#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/sys/files.h"

enum { COPY_BYTES = 1 << 20 };

static enum err fail(struct err_info *info, const char *what, const char *path)
{
    int number = errno;
    return err_set(info, err_from_errno(number), "%s '%s': %s", what, path, strerror(number));
}

/* All of `in` to `out`; true when it is on the disk. */
static bool copy_all(int in, int out)
{
    for (;;) {
        ssize_t sent = sendfile(out, in, NULL, COPY_BYTES);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        if (sent == 0)
            return fsync(out) == 0;
    }
}

enum err file_copy(const char *from, const char *to, mode_t mode, struct err_info *info)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (in < 0)
        return fail(info, "read", from);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    enum err err = ERR_OK;
    if (out < 0)
        err = fail(info, "write", to);
    else if (!copy_all(in, out))
        err = fail(info, "copy to", to);
    (void)close(in);
    if (out >= 0 && close(out) != 0 && err == ERR_OK)
        err = fail(info, "write", to);
    if (out >= 0 && err != ERR_OK)
        (void)unlink(to);
    return err;
}
