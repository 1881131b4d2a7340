#pragma once

#include "broker/broker.h"
#include "lib/link/router.h"
#include "lib/link/token.h"
#include "lib/shell/shell.h"

/* The running centre: engine, sockets and interface in one place, on one thread. */

struct broker_settings {
    struct shell_settings shell; /* first */
    char listen[CONFIG_TEXT_BYTES];
    char address[CONFIG_TEXT_BYTES]; /* what invitations say; empty: `listen` */
};

struct daemon {
    struct broker_settings settings;
    struct shell shell;
    struct config_args args; /* as the process was started */
    struct broker_feed *feed;
    struct ledger *ledger;
    struct broker *broker;
    struct api *api;
    struct zap *zap;
    struct router *router;
};

/* What the HTTP interface asks of this daemon (service.c). */
struct api_daemon daemon_service(struct daemon *daemon);

struct times daemon_now(void);
