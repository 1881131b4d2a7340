#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What passes between the simulator and engines of another revision of this program.
 *
 * The engines are a shared object (other.sh builds it) that exports `other_software` and nothing
 * else. Numbers, bytes and functions pass, never a struct of the programs themselves: each side is
 * compiled with its own headers, and what they say may differ. Error codes and the numbers of
 * namespaces do not: the former are wire codes, the latter are checked when it is loaded.
 *
 * The disk stays the simulator's. The other revision's ledger runs over an engine for its own
 * struct store (disk.c) whose every call comes out here, so a place may be stopped, and started
 * with the other software over what is there. */

/* Anything here changed: count on. Both sides refuse another number. */
enum { OTHER_VERSION = 1, OTHER_NS_COUNT = 15, OTHER_TEXT_BYTES = 256 };

#define OTHER_SYMBOL "other_software"

struct other_bytes {
    const uint8_t *data;
    size_t len;
};

struct other_times {
    uint64_t mono_ms, unix_ms;
};

/* ---- what the simulator gives a place ---- */

struct other_usage {
    uint64_t used_bytes, reserved_bytes, entries;
    bool nearly_full;
};

/* As struct store_engine (lib/store/engine.h); codes are those of proto/base/err.h. */
struct other_disk {
    int (*begin)(void *place, bool write, void **txn_out);
    int (*get)(void *txn, int ns, struct other_bytes key, struct other_bytes *value_out);
    int (*put)(void *txn, int ns, struct other_bytes key, struct other_bytes value);
    int (*del)(void *txn, int ns, struct other_bytes key);
    int (*commit)(void *txn); /* enum store_outcome */
    void (*abort)(void *txn);
    int (*seek)(void *txn, int ns, struct other_bytes from, bool back, void **iter_out);
    int (*next)(void *iter, struct other_bytes *key_out, struct other_bytes *value_out);
    void (*close_iter)(void *iter);
    void (*usage)(void *place, struct other_usage *usage_out);
};

/* As struct blobs_engine (lib/store/blobs_engine.h). */
struct other_files {
    bool (*size)(void *place, const uint8_t *hash, bool whole, uint64_t *size_out);
    int (*append)(void *place, const uint8_t *hash, uint64_t offset, struct other_bytes chunk);
    int (*read)(void *place, const uint8_t *hash, bool whole, uint64_t offset, uint8_t *buffer,
                size_t *len_out);
    int (*publish)(void *place, const uint8_t *hash);
    int (*drop)(void *place, const uint8_t *hash, bool whole);
    int (*each)(void *place, void (*visit)(void *context, const uint8_t *hash), void *context);
    int (*sweep)(void *place, int64_t now_s, uint32_t *removed_out);
};

/* As struct node_hooks and struct broker_hooks. `send` is a broker's, the link a site's. */
struct other_hooks {
    int (*link_open)(void *place);
    void (*link_close)(void *place);
    int (*link_send)(void *place, struct other_bytes frame);
    int (*send)(void *place, struct other_bytes peer, struct other_bytes frame);
    void (*random)(void *place, uint8_t *out, size_t len);
    void (*log)(void *place, const char *event, const char *pairs);
};

struct other_world {
    void *place; /* handed back in every call */
    struct other_disk disk;
    struct other_files files;
    struct other_hooks hooks;
};

struct other_setup {
    const struct other_world *world; /* outlives the engine */
    bool broker;
    const uint8_t *sign_secret; /* 64 bytes */
    uint32_t apply_ops;
    struct other_times now;
};

/* ---- what a place can be told and asked ---- */

struct other_status {
    char phase[16];
    uint64_t pending, feed_cursor, files_pending;
    uint32_t epoch;
    int last_error;
};

struct other_write {
    uint16_t field;
    struct other_bytes member, value;
};

struct other_change {
    uint16_t kind;
    bool create, remove;
    const uint8_t *rid; /* 16 bytes */
    const struct other_write *writes;
    uint32_t write_count;
    uint64_t now_ms;
    const uint8_t *random48;
};

struct other_written {
    uint8_t rid[16];
    uint64_t site, seq;
    uint32_t epoch;
    int outcome; /* of the commit: enum store_outcome */
};

struct other_report {
    uint64_t bad_chains, bad_seals, bad_entries, bad_records, bad_cells, bad_indexes;
    bool digest_matches;
};

typedef bool other_key_of(void *context, uint64_t site, uint8_t *key_out);

struct other_engine; /* a ledger with a node or a broker over it */

/* Everything that returns an int returns an error code. `text` holds OTHER_TEXT_BYTES. */
struct other_software {
    uint32_t version;   /* first, for ever: OTHER_VERSION */
    uint32_t bytes;     /* sizeof(struct other_software) */
    const char *called; /* its revision */
    int namespaces[OTHER_NS_COUNT];
    int (*start)(const struct other_setup *setup, struct other_engine **engine_out, char *text);
    void (*stop)(struct other_engine *engine); /* as a crash does: tells nobody. NULL is fine */
    int (*tick)(struct other_engine *engine, struct other_times now, uint64_t *wake_ms_out);
    void (*on_local_commit)(struct other_engine *engine, struct other_times now);
    /* A write in a transaction of its own. After an error nothing was written and the ledger has
     * gone back (ledger_forget); `forgot_out` says whether it could. */
    int (*write)(struct other_engine *engine, const struct other_change *change,
                 struct other_written *written_out, int *forgot_out, char *text);
    int (*verify)(struct other_engine *engine, other_key_of *key_of, void *context,
                  struct other_report *report_out, char *text);
    /* sites */
    void (*on_link_ready)(struct other_engine *engine, struct other_times now);
    void (*on_link_lost)(struct other_engine *engine, int code, struct other_times now);
    void (*on_frame)(struct other_engine *engine, struct other_bytes frame, struct other_times now);
    void (*status)(struct other_engine *engine, struct other_status *status_out);
    /* brokers */
    void (*on_peer_frame)(struct other_engine *engine, struct other_bytes peer, const uint8_t *key,
                          struct other_bytes frame, struct other_times now);
    int (*revoke)(struct other_engine *engine, const char *slug, char *text);
    int (*release)(struct other_engine *engine, const char *slug, uint32_t epoch, char *text);
    int (*waiting)(struct other_engine *engine, uint64_t *waiting_out);
    /* What `cse restore` does to a broker's store. It is not running. */
    int (*adopt)(const struct other_world *world, const uint8_t *incarnation16, char *text);
};
