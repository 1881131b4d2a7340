#pragma once

#include "lib/link/dealer.h"
#include "lib/shell/shell.h"
#include "node/node.h"

/* The running site: engine, socket and interface in one place, on one thread. */

struct node_settings {
    struct shell_settings shell;    /* first */
    char broker[CONFIG_TEXT_BYTES]; /* overrides the address the site joined with */
};

struct daemon {
    struct node_settings settings;
    struct shell shell;
    struct config_args args; /* as the process was started */
    struct ledger *ledger;
    struct node *node;
    struct api *api;
    struct dealer *dealer; /* NULL: no connection under way */
    bool announced;        /* the engine knows that the dealer is ready */
};

/* The hooks the engine calls (link.c). */
struct node_hooks daemon_hooks(struct daemon *daemon);
/* Tell the engine what the socket has for it: readiness, loss, a bounded number of frames. */
void daemon_pump_link(struct daemon *daemon);

/* What the HTTP interface asks of this daemon (service.c). */
struct api_daemon daemon_service(struct daemon *daemon);

struct times daemon_now(void);
