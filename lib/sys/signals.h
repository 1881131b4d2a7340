#pragma once

#include "proto/base/err.h"

/* Signals as readable events of a poll loop. */

enum signal_event {
    SIGNAL_NONE,
    SIGNAL_STOP,   /* SIGTERM or SIGINT */
    SIGNAL_RELOAD, /* SIGHUP */
};

/* Block SIGTERM, SIGINT and SIGHUP, ignore SIGPIPE, and give a non-blocking fd that becomes
 * readable instead. Call before any thread is started. The caller closes the fd. Errors: ERR_IO. */
NODISCARD enum err signals_open(int *fd_out, struct err_info *info);

/* A page of a mapped file that cannot be read, because the file was cut short or the disk fails,
 * ends the process with ERR_CORRUPT: let `end` put in order and tell before. It is called in the
 * middle of the read, which holds nothing. */
void signals_on_unreadable(void (*end)(void));

/* The next pending one; a pending stop wins over a reload. Never waits. */
enum signal_event signals_take(int fd);
