#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http/http.h"
#include "lib/ledger/ledger.h"
#include "lib/ledger/roster.h"
#include "lib/store/blobs.h"

/* The HTTP interface of both daemons (docs/http.md): what is the same at a site and at the centre
 * is done here, what only a running daemon knows comes through struct api_daemon. Everything runs
 * on the loop's thread and expects that no write transaction is open when a handler or api_tick is
 * called. */

struct api;

/* How a node's connection to its broker stands. */
struct api_link {
    const char *state;        /* "closed" "opening" "greeting" "recover" "steady"; static text */
    uint64_t retry_in_ms;     /* 0: not waiting */
    uint64_t last_success_ms; /* Unix, last acknowledgement; 0 = never */
    enum err last_error;      /* ERR_OK: none */
    char last_error_text[ERR_TEXT_BYTES];
    uint64_t sent_seq;       /* own operations up to here are on the wire in this session */
    uint64_t files_pending;  /* attachments the broker does not have yet */
    int64_t clock_offset_ms; /* this machine minus the broker */
};

/* One number for /metrics, besides those the interface knows itself. Names start with "cse_";
 * counters end in "_total". */
struct api_counter {
    const char *name, *help;
    const char *label, *label_value; /* both NULL: no label */
    uint64_t value;
    bool gauge;
};

/* Frames or connections a broker refused, by reason. */
struct api_refused {
    const char *reason; /* "unknown-key" */
    uint64_t count;
};

struct api_invite {
    const char *slug, *name;
    bool partner;
    bool replace;        /* a machine in the place of the joined site's */
    uint32_t valid_days; /* 1..INVITE_DAYS_MAX */
};

enum { API_TOKEN_TEXT_BYTES = 512 };

/* What the session of a connected site knows; the roster's row is written less often. */
struct api_live {
    uint64_t last_heard_ms; /* Unix */
    uint64_t pending;
    int64_t clock_offset_ms;
};

/* What a daemon does for the interface. `context` is handed to each; a NULL function means: not
 * here (501, or left out). Memory that a function hands out is borrowed until the next call into
 * the daemon. */
struct api_daemon {
    void *context;

    /* A change was committed here (record, import slice, membership): send it, feed it, tell
     * listeners. */
    void (*committed)(void *context);
    /* The outcome of a commit is unknown: the process must end without answering anyone, and open
     * the store afresh. */
    void (*fatal)(void *context, const struct err_info *info);
    /* An export has let others have their turn: call http_server_wake once the current
     * http_server_run has returned. NULL: it takes its time in one go. */
    void (*wake)(void *context);
    /* NULL, or why the daemon cannot save although the store could (disk floor, stopping). Static
     * text. */
    const char *(*unready)(void *context);
    /* Further numbers for /metrics; count_out of them. */
    const struct api_counter *(*counters)(void *context, size_t *count_out);

    /* node */
    void (*link)(void *context, struct api_link *link_out);
    NODISCARD enum err (*sync_now)(void *context, struct err_info *info);
    /* `membership` has just been stored. */
    NODISCARD enum err (*joined)(void *context, const struct membership *membership,
                                 struct err_info *info);

    /* broker */
    /* Is the site connected now? Then live_out says what its session knows better than the roster's
     * row. */
    bool (*connected)(void *context, uint64_t site, struct api_live *live_out);
    /* Seconds for which the site is not listened to, because of what it sent; 0: it is. */
    uint32_t (*put_off_s)(void *context, uint64_t site);
    const struct api_refused *(*refused)(void *context, size_t *count_out);
    /* token_out holds API_TOKEN_TEXT_BYTES. Errors: ERR_EXISTS, ERR_INVALID, store errors. */
    NODISCARD enum err (*invite)(void *context, const struct api_invite *invite, char *token_out,
                                 uint64_t *expires_ms_out, struct err_info *info);
    NODISCARD enum err (*revoke)(void *context, const char *slug, struct err_info *info);
    NODISCARD enum err (*release)(void *context, const char *slug, uint32_t epoch,
                                  uint64_t *released_out, struct err_info *info);
};

struct api_config {
    enum ledger_role role;
    struct ledger *ledger;    /* borrowed, outlives the api; so does its store */
    struct blobs *blobs;      /* borrowed */
    const char *data_dir;     /* used by api_open only; imports are staged in DIR/imports */
    int64_t fresh_current_ms; /* heard within: "current"; 0 = 24 h */
    int64_t fresh_late_ms;    /* heard within: "late", else "silent"; 0 = 7 days */
    enum language language;   /* of records that the daemon writes itself */
    uint64_t (*clock)(void);  /* Unix ms; NULL: clock_unix_ms */
    int32_t (*today)(void);   /* civil day; NULL: clock_today_day */
    struct api_daemon daemon; /* copied */
};

/* Make ready and find imports that a stop interrupted: api_tick goes on with them; files of imports
 * that were never accepted are removed. Errors: ERR_IO, ERR_NO_MEMORY, store errors. */
NODISCARD enum err api_open(const struct api_config *config, struct api **api_out,
                            struct err_info *info);
void api_close(struct api *api); /* NULL is fine */

/* The routes, for struct http_app with `context` = the api; a daemon puts its own (pages) behind
 * them in one table. */
const struct http_route *api_routes(size_t *count_out);
/* What the daemon gave as its context, for handlers of its own routes. */
void *api_daemon_context(struct api *api);

/* Move at most JOB_ROWS_PER_COMMIT rows of imports and undos on, in one transaction. True: more is
 * waiting, call again soon (false also when the store is full: then a later call tries again). */
bool api_tick(struct api *api, uint64_t unix_ms);

/* The freshness of a site last heard at that time. */
enum freshness api_freshness(const struct api *api, uint64_t last_heard_ms, uint64_t now_ms);
