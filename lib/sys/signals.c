#include "lib/sys/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum err signals_open(int *fd_out, struct err_info *info)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return err_set(info, ERR_IO, "block signals: %s", strerror(errno));
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return err_set(info, ERR_IO, "open signalfd: %s", strerror(errno));
    *fd_out = fd;
    return ERR_OK;
}

static void (*end_unreadable)(void);

static void on_unreadable(int number)
{
    (void)number;
    end_unreadable();
    _exit(ERR_CORRUPT);
}

void signals_on_unreadable(void (*end)(void))
{
    const struct sigaction action = {.sa_handler = on_unreadable, .sa_flags = (int)SA_RESETHAND};
    end_unreadable = end;
    (void)sigaction(SIGBUS, &action, NULL);
}

enum signal_event signals_take(int fd)
{
    enum signal_event event = SIGNAL_NONE;
    struct signalfd_siginfo taken;
    while (read(fd, &taken, sizeof(taken)) == (ssize_t)sizeof(taken)) {
        if (taken.ssi_signo != SIGHUP)
            return SIGNAL_STOP;
        event = SIGNAL_RELOAD;
    }
    return event;
}
