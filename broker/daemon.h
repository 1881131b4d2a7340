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

/* Connections of sites: what is cut, put off and told (lines.c). */
struct daemon_lines {
    bool closed;      /* as last logged */
    uint64_t told_ms; /* steady: the last line about one that was cut */
    uint64_t untold;  /* cut since without a line */
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
    struct daemon_lines lines;
};

/* What the HTTP interface asks of this daemon (service.c). */
struct api_daemon daemon_service(struct daemon *daemon);

struct times daemon_now(void);

/* lines.c: after every wait; the steady time to call again by. */
uint64_t daemon_tend_lines(struct daemon *daemon);
/* End every connection of a key: the engine's hook. */
void daemon_cut_key(void *context, const uint8_t key[TRANSPORT_KEY_BYTES]);
