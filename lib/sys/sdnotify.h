#pragma once

#include <stdint.h>

#include "proto/base/err.h"

/* Tell systemd how we are, when it asked to know (NOTIFY_SOCKET); otherwise nothing happens. Never
 * fails the caller. */
void sdnotify_ready(void);
void sdnotify_reloading(void); /* follow with sdnotify_ready when done */
void sdnotify_stopping(void);
void sdnotify_watchdog(void);

/* One line for `systemctl status`. */
PRINTF_LIKE(1, 2)
void sdnotify_status(const char *format, ...);

/* How often to call sdnotify_watchdog: half of what systemd allows; 0 when it does not watch. */
uint64_t sdnotify_watchdog_ms(void);
