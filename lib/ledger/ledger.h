#pragma once

#include "lib/store/store.h"
#include "proto/cse/picture.h"
#include "proto/cse/rules.h"
#include "proto/record/chain.h"
#include "proto/record/merge.h"

/* The ledger: a log of operations and what follows from it (records, indexes, cells), over any
 * store.
 *
 * The log (NS_LOG, NS_ORIGIN, NS_SEAL, NS_ARRIVAL) is the truth. NS_RECORD, NS_INDEX and NS_CELL
 * are derived: ledger_rebuild makes the same bytes again from the log alone. Node and broker use
 * this same code; they differ in when they apply: a node applies its own change in the transaction
 * that logs it, a broker logs first and applies behind (ledger_apply). */

enum ledger_role { LEDGER_NODE = 1, LEDGER_BROKER = 2 };

enum { TOKEN_BYTES = 16, VERSION_TEXT_BYTES = 17 };

/* NS_ORIGIN row. */
struct origin_row {
    uint64_t stored_seq; /* the log here is 1..stored_seq; beyond it lie single batches, with gaps:
                            a node's foreign origins, and what a broker got back of the centre's */
    uint8_t head[HASH_BYTES]; /* chain head at stored_seq */
    uint64_t applied_seq;     /* broker: applied up to here */
    uint64_t acked_seq;       /* node, own origin: durable at the broker up to here */
    uint8_t acked_head[HASH_BYTES];
    uint8_t token[TOKEN_BYTES];          /* rolling session token, current */
    uint8_t token_previous[TOKEN_BYTES]; /* broker: still valid until the site has used the current
                                            one */
    bool previous_valid;
    uint64_t received_ms; /* Unix, last batch or change */
};

struct ledger; /* owns memory only; the store is borrowed and outlives it */

struct ledger_options {
    enum ledger_role role;
    /* Broker: told of every operation once it is applied, inside the applying transaction, to note
     * whom to feed. `before` and `after` are the record's views around it. May be NULL. */
    enum err (*applied)(void *context, struct store_txn *txn, const struct op *op,
                        const struct record_view *before, const struct record_view *after);
    /* Broker: told of an operation that was set aside (code from the error table). May be NULL. */
    enum err (*set_aside)(void *context, struct store_txn *txn, struct dot dot, enum err code);
    /* Broker: an origin whose operations are to be held (suspected clone)? May be NULL. */
    bool (*held)(void *context, struct store_txn *txn, struct origin origin);
    int32_t today; /* civil day; what a rebuild notes as the first day of its past */
    void *context;
};

/* Who writes here. Fixed at `cse init`; a node's epoch moves on when the broker grants another. */
struct identity {
    uint64_t site;
    uint32_t epoch;
};

/* Who writes for all: the centre, and before it those that were lost for good and succeeded by it.
 */
struct centres {
    uint64_t sites[CENTRES_MAX]; /* [0]: the one of today, 0 at a node that has not joined */
    uint32_t count;              /* at least 1 */
};
bool centres_has(const struct centres *centres, uint64_t site);
NODISCARD enum err ledger_centres(struct store_txn *txn, struct centres *centres_out);
/* `site` was the centre before. Again: nothing. Errors: ERR_LIMIT (CENTRES_MAX), store errors. */
NODISCARD enum err ledger_put_former_centre(struct store_txn *txn, uint64_t site);

/* Prepare an empty store: identity and schema. Errors: ERR_EXISTS, what the store says. */
NODISCARD enum err ledger_init(struct store *store, enum ledger_role role, uint64_t site,
                               struct err_info *info);

/* Open; rebuilds the derived part first when PICTURE_VERSION or the ledger's own version has
 * changed. sign_secret is copied. Errors: ERR_NOT_FOUND (not initialised), ERR_VERSION (newer
 * schema), ERR_CORRUPT, store errors. */
NODISCARD enum err ledger_open(struct store *store, const struct ledger_options *options,
                               const uint8_t sign_secret[SIGN_SECRET_BYTES],
                               struct ledger **ledger_out, struct err_info *info);
void ledger_close(struct ledger *ledger);
struct store *ledger_store(struct ledger *ledger);
struct identity ledger_identity(const struct ledger *ledger);

/* ---- writing here ---- */

struct change_write {
    uint16_t field;
    struct bytes member; /* sets: the member, MessagePack; else empty */
    struct bytes value;  /* MessagePack; sets: false removes */
};

struct change {
    uint16_t kind;
    bool create; /* make a new record; else `rid` must exist */
    bool remove; /* write the deletion mark; no writes */
    uint8_t rid[RID_BYTES];
    const char *author; /* UTF-8, "" when unknown */
    const char
        *expect_version;  /* NULL, or the version seen: ERR_CONFLICT when the record has moved on */
    const uint8_t *batch; /* NULL, or the 16-byte id of the import it belongs to */
    const struct change_write *writes;
    uint32_t write_count;
};

struct written {
    uint8_t rid[RID_BYTES];
    struct dot dot;
};

/* Validate against the kinds table (values, required fields, the kind's rule over the resulting
 * record), append one operation, extend the chain; a node also applies it. Everything inside `txn`;
 * the caller commits, and only then answers. On an error the caller aborts `txn` and calls
 * ledger_forget. random48: 48 fresh random bytes (32 salt, the rest for ids). Errors: ERR_INVALID
 * (info says field and bound), ERR_NOT_FOUND, ERR_CONFLICT, ERR_TOO_BIG, ERR_NOT_YOURS (a node
 * writing to a record of another site), ERR_FULL, store errors. */
NODISCARD enum err ledger_write(struct ledger *ledger, struct store_txn *txn,
                                const struct change *change, uint64_t now_ms,
                                const uint8_t random48[48], struct written *written_out,
                                struct err_info *info);

/* Around many writes in one transaction: what they move in the picture's cells is summed, and
 * reaches the store with the end, which comes before the commit. On an error as above. Errors:
 * store errors. */
NODISCARD enum err ledger_write_begin(struct ledger *ledger, struct store_txn *txn,
                                      struct err_info *info);
NODISCARD enum err ledger_write_end(struct ledger *ledger, struct store_txn *txn,
                                    struct err_info *info);

/* After an aborted or failed transaction: read back what the ledger caches (own sequence, head,
 * clock, digest). */
NODISCARD enum err ledger_forget(struct ledger *ledger);

/* ---- batches ---- */

/* Take `count` own operations from `first` (fewer when `bytes_max` would be passed, at least one)
 * as a sealed batch. Entry bytes are copied to `arena`. Of another site's origin: the whole batch
 * that `first` came in, under its own seal (batch.first may be smaller, and neither `count` nor
 * `bytes_max` counts). Errors: ERR_NOT_FOUND (nothing there), store errors. */
NODISCARD enum err ledger_take_batch(struct ledger *ledger, struct store_txn *txn,
                                     struct origin origin, uint64_t first, uint32_t count,
                                     size_t bytes_max, struct arena *arena,
                                     struct batch *batch_out);

/* The operation at `dots[0]` as a batch of its own seal, everything else in it redacted (what a
 * feed carries). Others of `dots` that lie in the same batch stay readable too; the rest is left
 * for another call. Broker. Errors: ERR_NOT_FOUND. */
NODISCARD enum err ledger_take_redacted(struct ledger *ledger, struct store_txn *txn,
                                        const struct dot *dots, uint32_t count, struct arena *arena,
                                        struct batch *batch_out);

/* Chain head of `origin` after `seq` (0 = its start). Found from the nearest mark below. Errors:
 * ERR_NOT_FOUND, store errors. */
NODISCARD enum err ledger_head_at(struct store_txn *txn, struct origin origin, uint64_t seq,
                                  uint8_t head_out[HASH_BYTES]);

/* Log a verified batch whose first sequence is stored_seq + 1 and whose prev_head is the stored
 * head; adds its seal and its place in the order of arrival. Does not apply. Errors: ERR_GAP,
 * ERR_FORK, store errors. */
NODISCARD enum err ledger_store_batch(struct ledger *ledger, struct store_txn *txn,
                                      const struct batch *batch,
                                      const uint8_t head_after[HASH_BYTES], uint64_t received_ms);

/* A node: log and apply the (possibly redacted) operations of a verified foreign or own-lost batch.
 * Redacted ones are skipped; ones already logged are skipped when equal, ERR_FORK when not. */
NODISCARD enum err ledger_absorb_batch(struct ledger *ledger, struct store_txn *txn,
                                       const struct batch *batch,
                                       const uint8_t head_after[HASH_BYTES], uint64_t now_ms);

/* A broker: log and apply, with gaps, a verified batch of what the centre (or a former one) wrote
 * under another epoch, lost with a disk and gets back from a site. new_out: it was not here.
 * Errors: ERR_FORK (another operation stands there), store errors. */
NODISCARD enum err ledger_take_back(struct ledger *ledger, struct store_txn *txn,
                                    const struct batch *batch, const uint8_t head_after[HASH_BYTES],
                                    uint64_t now_ms, bool *new_out);

/* A node whose epoch is superseded: own operations after `kept_seq` of the old epoch are written
 * again under `new_epoch` (ext.was = old dot), taken out of the old log, and the derived part is
 * rebuilt; the identity moves to `new_epoch`. All is moved in one transaction; the rebuild behind
 * it goes on at the next ledger_open if it is cut short. moved_out: how many. Errors: ERR_INVALID
 * (the epoch does not come after the old one), ERR_GAP (kept_seq is not in the log), ERR_EXISTS
 * (new_epoch has operations), ERR_LIMIT (REISSUE_OPS_MAX), store errors. */
NODISCARD enum err ledger_reissue(struct ledger *ledger, uint64_t kept_seq, uint32_t new_epoch,
                                  uint64_t *moved_out, struct err_info *info);

/* A node: the broker has said that its own log is durable there up to `acked`, with chain head
 * `head`. Leaves a mark, so that the head there need not be computed again. Errors: ERR_GAP (beyond
 * the log), ERR_FORK (another head), store errors. */
NODISCARD enum err ledger_mark_acked(struct store_txn *txn, struct dot acked,
                                     const uint8_t head[HASH_BYTES], uint64_t now_ms);
/* Own operations, of every epoch, that the broker has not acknowledged. */
NODISCARD enum err ledger_count_pending(struct ledger *ledger, struct store_txn *txn,
                                        uint64_t *pending_out);

/* A small row of numbers in NS_META, under a name that nothing else has. */
NODISCARD enum err ledger_put_numbers(struct store_txn *txn, const char *name,
                                      const uint64_t *numbers, uint32_t count);
NODISCARD enum err ledger_get_origin(struct store_txn *txn, struct origin origin,
                                     struct origin_row *row_out); /* ERR_NOT_FOUND */
NODISCARD enum err ledger_put_origin(struct store_txn *txn, struct origin origin,
                                     const struct origin_row *row);

/* ---- applying (broker) ---- */

/* Apply up to `ops_max` operations in order of arrival, in one transaction of its own.
 * caught_up_out: nothing is left. An operation that breaks a rule goes to NS_QUARANTINE with its
 * reason; the rest goes on. Errors: store errors only (ERR_FULL, ERR_IO, ERR_UNKNOWN_OUTCOME);
 * nothing was applied then. */
NODISCARD enum err ledger_apply(struct ledger *ledger, uint32_t ops_max, uint32_t *applied_out,
                                bool *caught_up_out, struct err_info *info);
/* Operations stored and not yet applied, and the number of the last applied arrival (the picture's
 * `position`). */
NODISCARD enum err ledger_backlog(struct ledger *ledger, struct store_txn *txn,
                                  uint64_t *waiting_out, uint64_t *position_out);
/* Unix time of the newest change written here; 0: none. Later than the clock says: the clock was
 * set back, or had been ahead. */
NODISCARD enum err ledger_newest_ms(struct store_txn *txn, uint64_t *unix_ms_out);
/* Apply what was held of `origin` after an administrator decided for it. */
NODISCARD enum err ledger_release(struct ledger *ledger, struct origin origin,
                                  uint64_t *released_out, struct err_info *info);

/* Why an operation was set aside. text_out holds ERR_TEXT_BYTES. Errors: ERR_NOT_FOUND. */
NODISCARD enum err ledger_set_aside_reason(struct store_txn *txn, struct dot dot,
                                           enum err *code_out, char *text_out);
/* A node: remember that the broker set `dot` aside. */
NODISCARD enum err ledger_note_set_aside(struct store_txn *txn, struct dot dot, enum err code,
                                         const char *text, uint64_t now_ms);

/* ---- reading ---- */

/* The record as displayed, in memory of `arena`; version_out (VERSION_TEXT_BYTES, may be NULL) is
 * what expect_version compares. Errors: ERR_NOT_FOUND (never existed; a deleted one is found with
 * `deleted` set), store errors. */
NODISCARD enum err ledger_view(struct store_txn *txn, uint16_t kind, const uint8_t rid[RID_BYTES],
                               struct arena *arena, struct record_view *view_out,
                               char *version_out);
/* Of which kind is the record? Tries every kind that has records. Errors: ERR_NOT_FOUND. */
NODISCARD enum err ledger_find_kind(struct store_txn *txn, const uint8_t rid[RID_BYTES],
                                    uint16_t *kind_out);

/* Walk the records of a kind in order of their ids (= time), from after `after` (NULL: the start;
 * with STORE_BACK: the end). `each` returns false to stop. */
NODISCARD enum err ledger_each_record(struct store_txn *txn, uint16_t kind, const uint8_t *after,
                                      enum store_direction direction,
                                      bool (*each)(void *context, const uint8_t rid[RID_BYTES]),
                                      void *context);
/* Records of `kind` that concern an element, likewise. */
NODISCARD enum err ledger_each_of_element(struct store_txn *txn, uint8_t element, uint16_t kind,
                                          const uint8_t *after,
                                          bool (*each)(void *context, const uint8_t rid[RID_BYTES]),
                                          void *context);
/* Records of an import, by kind and id; from after the record `after` of it (NULL: the start). */
NODISCARD enum err
ledger_each_of_batch(struct store_txn *txn, const uint8_t batch[16], const uint8_t *after,
                     bool (*each)(void *context, uint16_t kind, const uint8_t rid[RID_BYTES]),
                     void *context);
/* Every operation of a record, in order of its hybrid clock. */
NODISCARD enum err ledger_history(struct store_txn *txn, uint16_t kind,
                                  const uint8_t rid[RID_BYTES], struct arena *arena,
                                  bool (*each)(void *context, const struct op *op), void *context);

/* Open conflicts: a field whose siblings differ, or an edit that a deletion had not seen (field
 * FIELD_DELETED). */
struct conflict {
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    uint16_t field;
    struct bytes member;
};
NODISCARD enum err
ledger_each_conflict(struct store_txn *txn,
                     bool (*each)(void *context, const struct conflict *conflict), void *context);
/* The values that stand against each other, the displayed one first; memory from `arena`. */
struct conflict_value {
    struct dot dot;
    uint64_t hlc;
    struct bytes author;
    struct bytes value; /* empty when erased */
};
NODISCARD enum err ledger_conflict_values(struct store_txn *txn, const struct conflict *conflict,
                                          struct arena *arena, struct conflict_value **values_out,
                                          uint32_t *count_out);

/* The organisation's rules, as its records have them. Valid until the next change is written or
 * applied. */
const struct rules *ledger_rules(const struct ledger *ledger);

/* Cells for picture_fold. `context` of the source is the transaction. */
struct cell_source ledger_cells(struct store_txn *txn);
/* Cells as they were at the end of a past day, by the day things arrived here. Reading goes through
 * what has changed since: bounded by PAST_CELLS_MAX. */
struct ledger_past;
NODISCARD enum err ledger_past_open(struct store_txn *txn, int32_t as_of,
                                    struct ledger_past **past_out);
void ledger_past_close(struct ledger_past *past); /* NULL is fine */
/* Errors of its scan: ERR_LIMIT, ERR_CORRUPT, store errors. */
struct cell_source ledger_past_cells(struct ledger_past *past);
/* After the scans: elements (bit 0 for place 1) and views (bit of enum cell_view) that changed
 * later by what had been written before: late arrivals. */
void ledger_past_restated(const struct ledger_past *past, uint64_t *elements_out,
                          uint32_t *views_out);
/* The first day whose past is kept: that of the first record or of the last rebuild; INT32_MAX
 * while there is none. */
NODISCARD enum err ledger_past_from(struct store_txn *txn, int32_t *day_out);
/* When an operation arrived here, Unix ms; its own time when that is not known. */
NODISCARD enum err ledger_arrived(struct store_txn *txn, const struct op *op, uint64_t *ms_out);

/* 16 bytes: order-independent digest of records and cells. */
NODISCARD enum err ledger_digest(struct store_txn *txn, uint8_t digest_out[16]);

/* ---- proving ---- */

struct verify_report {
    uint64_t origins, operations, records, cells;
    uint64_t bad_chains, bad_seals, bad_entries, bad_records, bad_cells, bad_indexes;
    bool digest_matches;
};
/* Walk every chain and check every seal whose keys are known (`sign_keys_of` answers how many, any
 * of which may have made it; 0: not known), then apply the log to an empty store in memory and
 * compare byte for byte. `progress` may be NULL. Errors: store errors; findings are in the report.
 */
NODISCARD enum err
ledger_verify(struct ledger *ledger,
              uint32_t (*sign_keys_of)(void *context, struct origin origin,
                                       uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES]),
              void (*progress)(void *context, uint64_t done, uint64_t all), void *context,
              struct verify_report *report_out, struct err_info *info);
/* Throw the derived part away and make it again from the log. */
NODISCARD enum err ledger_rebuild(struct ledger *ledger, struct err_info *info);
