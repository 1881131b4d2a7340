#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <zmq.h>

#include "lib/api/api.h"
#include "lib/http/server.h"
#include "lib/sys/config.h"
#include "lib/sys/descriptors.h"
#include "lib/sys/keys.h"

/* What both daemons' mains have in common: a data directory opened and locked, one poll loop over
 * signals, HTTP and the daemon's own sockets, an orderly end. One thread; every turn of the loop
 * does a bounded amount of each kind of work. */

enum {
    SHELL_ITEMS_MAX = 4 /* the daemon's own poll items */,
    SHELL_EXIT_AGAIN = 75 /* systemd: start me again */
};

/* The settings both daemons have; embed it first in the daemon's own struct. */
struct shell_settings {
    char data[CONFIG_TEXT_BYTES];
    char config[CONFIG_TEXT_BYTES];
    char http[CONFIG_TEXT_BYTES];
    struct config_list http_hosts;
    char tls_certificate[CONFIG_TEXT_BYTES];
    char tls_key[CONFIG_TEXT_BYTES];
    char log_level[CONFIG_TEXT_BYTES];
    char language[CONFIG_TEXT_BYTES]; /* "": English, as programs write it */
    int64_t store_size_bytes;
    int64_t disk_floor_bytes; /* 0: 5 % of the disk, at least 1 GiB */
    int64_t fresh_current_ms, fresh_late_ms;
};

/* The rows of a daemon's configuration table for them. */
#define SHELL_CONFIG_KEYS \
    {.name = "data", \
     .type = CONFIG_TEXT, \
     .offset = offsetof(struct shell_settings, data), \
     .required = true, \
     .flag_only = true, \
     .argument = "DIR", \
     .help = N_("data directory made by cse init")}, \
        {.name = "http", \
         .type = CONFIG_TEXT, \
         .offset = offsetof(struct shell_settings, http), \
         .argument = "ADDRESS", \
         .help = N_("where people and programs connect; empty: only the Unix socket")}, \
        {.name = "http_hosts", \
         .type = CONFIG_LIST, \
         .offset = offsetof(struct shell_settings, http_hosts), \
         .argument = "NAME", \
         .help = N_("host names besides localhost that HTTP answers to")}, \
        {.name = "tls_certificate", \
         .type = CONFIG_TEXT, \
         .offset = offsetof(struct shell_settings, tls_certificate), \
         .argument = "FILE", \
         .help = N_("PEM certificate: HTTP then speaks TLS only")}, \
        {.name = "tls_key", \
         .type = CONFIG_TEXT, \
         .offset = offsetof(struct shell_settings, tls_key), \
         .argument = "FILE", \
         .help = N_("PEM key of the certificate, mode 0600")}, \
        {.name = "log_level", \
         .type = CONFIG_TEXT, \
         .offset = offsetof(struct shell_settings, log_level), \
         .argument = "LEVEL", \
         .help = N_("debug, info, warn or error")}, \
        {.name = "language", \
         .type = CONFIG_TEXT, \
         .offset = offsetof(struct shell_settings, language), \
         .argument = "CODE", \
         .help = N_("language of answers to whom asks for none: en, ro, ru, lt or pl")}, \
        {.name = "store_size", \
         .type = CONFIG_SIZE, \
         .offset = offsetof(struct shell_settings, store_size_bytes), \
         .min = 16 << 20, \
         .max = (int64_t)1 << 44, \
         .help = N_("upper bound of the store's file")}, \
        {.name = "disk_floor", \
         .type = CONFIG_SIZE, \
         .offset = offsetof(struct shell_settings, disk_floor_bytes), \
         .max = (int64_t)1 << 44, \
         .help = \
             N_("free disk space below which nothing new is taken; 0: a twentieth of the disk, " \
                "at least 1 GiB")}, \
        {.name = "fresh_current", \
         .type = CONFIG_DURATION, \
         .offset = offsetof(struct shell_settings, fresh_current_ms), \
         .min = 1000, \
         .max = INT64_MAX, \
         .help = N_("a site heard within this is current")}, \
    { \
        .name = "fresh_late", .type = CONFIG_DURATION, \
        .offset = offsetof(struct shell_settings, fresh_late_ms), .min = 1000, .max = INT64_MAX, \
        .help = N_("… within this late, beyond it silent") \
    }

struct shell_settings shell_defaults(const char *http, int64_t store_size_bytes);

/* HTTP's share of the descriptors, and what it and open files need: sites' connections leave that
 * free. */
unsigned shell_http_connections(void);
int shell_spare_descriptors(void);

/* The language of the settings; LANGUAGE_PLAIN when they name none. */
enum language shell_language(const struct shell_settings *settings);

/* config_read, with DIR/cse.yaml as the file when no --config is given and it is there. */
NODISCARD enum err shell_configure(const struct config_spec *spec, struct config_args args,
                                   void *values, enum config_outcome *outcome_out,
                                   struct err_info *info);

struct shell {
    struct shell_settings settings;
    struct keys keys;
    struct store *store;
    struct blobs *blobs;
    struct http_server *http;
    void *zmq;
    int signal_fd;
    struct descriptors_reserve reserve;
    uint64_t reserve_at_ms; /* when to try to have it back */
    int64_t clock_base_ms;  /* Unix time less steady time, as of the last turn; 0: no turn yet */
    bool stopping;
    struct err_info fatal; /* code other than ERR_OK: end at once */
};

/* Signals, keys, store, blobs and the ZeroMQ context. On an error the caller still calls
 * shell_close. */
NODISCARD enum err shell_open(struct shell *shell, const struct shell_settings *settings,
                              struct err_info *info);
/* The HTTP server, once the api is there. */
NODISCARD enum err shell_serve(struct shell *shell, struct api *api, struct err_info *info);
/* Everything shell_open and shell_serve made; sockets on the context must be closed before. */
void shell_close(struct shell *shell);

/* What a daemon adds to the loop. */
struct shell_work {
    void *context;
    struct api *api;
    /* Fill in poll items; how many (<= SHELL_ITEMS_MAX). */
    int (*items)(void *context, zmq_pollitem_t *items_out);
    /* Take in a bounded number of frames, do what is due. wake_ms_out: steady time to be called
     * again by. Errors end the program. */
    enum err (*turn)(void *context, uint64_t *wake_ms_out);
    /* SIGHUP. May be NULL. */
    void (*reload)(void *context);
};

/* Until SIGTERM, SIGINT or a fatal error; the process's exit status. */
int shell_run(struct shell *shell, const struct shell_work *work);

/* SIGHUP: take over what can change while running, the log level and the disk floor; the rest waits
 * for a restart. `err` is how reading `fresh` ended: a configuration that cannot be read changes
 * nothing. Logs what happened. */
void shell_reload(struct shell *shell, enum err err, const struct shell_settings *fresh,
                  const struct err_info *info);

/* For the api's `unready`: why nobody new may be served, or NULL. */
const char *shell_unready(const struct shell *shell);

/* For the api's `fatal`. */
void shell_fail(struct shell *shell, const struct err_info *info);
