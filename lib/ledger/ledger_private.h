#pragma once

#include "lib/ledger/ledger.h"
#include "proto/record/kinds.h"

/* What the files of lib/ledger share. Nothing outside this folder includes it. */

enum {
    LEDGER_SCHEMA = 2, /* the newest, of the rows that are kept */
    SCHEMA_FIRST = 1,
    SCHEMA_GAPS = 2,    /* logs with gaps at a broker, older keys, former centres */
    LEDGER_VERSION = 1, /* of the rows that are derived: another number is rebuilt from the log */
    RECORD_KEY_BYTES = 18,
    ORIGIN_KEY_BYTES = 12,
    ELEMENT_FIELDS_MAX = 8,
    KIND_FACTS_MAX = 32,
    CELLS_PENDING_MAX = 4096, /* cells that wait in memory before they are written */
    CELL_SLOTS = 4 * CELLS_PENDING_MAX,
    WORK_BYTES_MAX = 64 * 1024 * 1024,
    DIGEST_BYTES = 16,
};

/* What the ledger looks for in the records of a kind, read once from the kinds table. */
struct kind_facts {
    const struct kind *kind; /* NULL: unknown */
    uint16_t site_field;     /* 0: none */
    uint16_t element_fields[ELEMENT_FIELDS_MAX];
    uint32_t element_count;
};
struct kind_facts kind_facts_of(uint16_t kind);

/* ---- rows (ledger_rows.c) ---- */

struct self_row {
    uint64_t site;
    uint32_t epoch;
    enum ledger_role role;
    uint32_t schema;
};
struct seal_row {
    uint64_t first;
    uint8_t head[HASH_BYTES];
    bool sealed; /* false: a node's own mark */
    uint8_t seal[SEAL_BYTES];
    uint64_t received_ms;
    bool has_prev; /* where the log has gaps, the head before it is not to be found otherwise */
    uint8_t prev_head[HASH_BYTES];
};
struct arrival_row {
    struct origin origin;
    uint64_t first, last;
    uint64_t total; /* operations up to and with this arrival */
    uint64_t received_ms;
};
struct applied_row {
    uint64_t number; /* last arrival that is applied to its end */
    uint64_t seq;    /* applied of the next one; 0 none */
    uint64_t total;  /* operations in all */
};
struct aside_row {
    enum err code;
    char text[ERR_TEXT_BYTES];
    uint64_t at_ms;
    bool merged; /* only a note: the operation counts here all the same */
};

void record_key(uint16_t kind, const uint8_t rid[RID_BYTES], uint8_t key_out[RECORD_KEY_BYTES]);
void origin_key(struct origin origin, uint8_t key_out[ORIGIN_KEY_BYTES]);
/* The commit's outcome as an error: ERR_IO, ERR_FULL or ERR_NO_MEMORY (nothing happened), or
 * ERR_UNKNOWN_OUTCOME. */
NODISCARD enum err commit_txn(struct store_txn *txn, struct err_info *info);
NODISCARD enum err row_put(struct store_txn *txn, enum store_ns ns, struct bytes key,
                           struct mp_buf *row);
/* A text that must fit `size` with its end; otherwise the reader fails. */
void row_read_text(struct mp_reader *reader, char *out, size_t size);
NODISCARD enum err self_get(struct store_txn *txn, struct self_row *row_out);
NODISCARD enum err self_put(struct store_txn *txn, const struct self_row *row);
/* Something is written that programs of an older schema would take wrongly: they must refuse the
 * store from now on. */
NODISCARD enum err schema_need(struct store_txn *txn, uint32_t schema);
NODISCARD enum err seal_put(struct store_txn *txn, struct dot last, const struct seal_row *row);
/* The mark with the greatest last <= seq (back) or the least last >= seq (forward). Errors:
 * ERR_NOT_FOUND. */
NODISCARD enum err seal_near(struct store_txn *txn, struct dot at, enum store_direction direction,
                             uint64_t *last_out, struct seal_row *row_out);
NODISCARD enum err arrival_add(struct store_txn *txn,
                               const struct arrival_row *row); /* numbers it, fills in `total` */
NODISCARD enum err arrival_get(struct store_txn *txn, uint64_t number, struct arrival_row *row_out);
NODISCARD enum err arrival_last(struct store_txn *txn, uint64_t *number_out,
                                struct arrival_row *row_out);
NODISCARD enum err applied_get(struct store_txn *txn,
                               struct applied_row *row_out); /* zeroes before the first */
NODISCARD enum err applied_put(struct store_txn *txn, const struct applied_row *row);
NODISCARD enum err aside_get(struct store_txn *txn, struct dot dot, struct aside_row *row_out);
NODISCARD enum err aside_put(struct store_txn *txn, struct dot dot, const struct aside_row *row);
NODISCARD enum err meta_get_uint(struct store_txn *txn, const char *name,
                                 uint64_t *value_out); /* 0 when absent */
NODISCARD enum err meta_put_uint(struct store_txn *txn, const char *name, uint64_t value);
/* The row of an origin, or that of one which has written nothing. */
NODISCARD enum err origin_get_or_new(struct store_txn *txn, struct origin origin,
                                     struct origin_row *row_out);

/* ---- reading a record (ledger_view.c) ---- */

struct index_key {
    uint8_t len;
    uint8_t data[23];
};

/* A record's state read through to its values: how it is displayed, and the index rows that follow
 * from that. */
struct reading {
    struct record_view view;
    bool deletion_disputed;
    bool *disputed;       /* one a register */
    uint64_t value_bytes; /* of all siblings */
    struct index_key *keys;
    uint32_t key_count;
};

struct read_source {
    struct store_txn *log;    /* where operations are read */
    const struct op *current; /* one that is at hand, or NULL */
    struct op *scratch;       /* for the others */
    struct arena *arena;
    const struct kind_facts *facts;
    const struct centres *centres;
};
NODISCARD enum err reading_make(const struct read_source *source, uint16_t kind,
                                const uint8_t rid[RID_BYTES], const struct rec *rec,
                                struct reading *reading_out);
/* The bytes of every sibling's value, register by register. */
NODISCARD enum err reading_values(const struct read_source *source, const struct rec *rec,
                                  struct bytes **values_out);
/* A copy of the stored state and its decoded form. Errors: ERR_NOT_FOUND. */
NODISCARD enum err state_get(struct store_txn *txn, const uint8_t key[RECORD_KEY_BYTES],
                             struct arena *arena, struct bytes *stored_out, struct rec *rec_out);
void state_version(struct bytes stored, char version_out[VERSION_TEXT_BYTES]);
/* The operation at `dot`; its bytes are borrowed from the transaction. */
NODISCARD enum err log_op(struct store_txn *txn, struct dot dot, struct op *op_out);
/* Sibling order of display: greatest (hlc, dot). */
bool sibling_outranks(const struct sibling *a, const struct sibling *b);
/* What the deletions among the siblings of field 0 had seen, together. `values` are theirs. */
NODISCARD enum err deletion_seen(const struct reg *mark, const struct bytes *values,
                                 struct dot *seen_out, uint32_t *count_out);

/* ---- indexes (ledger_index.c) ---- */

enum { INDEX_ELEMENT = 'E', INDEX_BATCH = 'B', INDEX_HISTORY = 'H', INDEX_CONFLICT = 'C' };

NODISCARD enum err index_keys_of(const struct read_source *source, const struct rec *rec,
                                 struct reading *reading);
NODISCARD enum err index_move(struct store_txn *txn, const struct reading *before,
                              const struct reading *after);
/* Rows that follow from the operation itself; `only` is the dot of the record's first operation,
 * NULL for a new record. */
NODISCARD enum err index_op(struct store_txn *txn, const struct op *op, const struct dot *only);

/* ---- cells and digest (ledger_cells.c) ---- */

struct cell_delta {
    uint64_t hash;
    int32_t written; /* the earliest day on which what changes it was written */
    struct cell cell;
};
struct cell_sums {
    struct cell_delta *deltas; /* CELLS_PENDING_MAX */
    struct cell_delta **order; /* the same; of `deltas` when they are written */
    uint16_t *slots;           /* CELL_SLOTS; index + 1 */
    uint32_t count;
};
struct digest {
    uint64_t lanes[2];
};

/* ---- the ledger ---- */

/* Room for one change while it is made. */
struct draft {
    struct op_draft_write writes[OP_WRITES_MAX];
    struct dot seen[OP_WRITES_MAX + 1][VV_ENTRIES_MAX];
    struct mp_buf deletion; /* what a deletion had seen */
    struct mp_buf ext;
    struct mp_buf entry;
};

struct ledger {
    struct store *store;
    struct ledger_options options;
    struct rules *rules, *rules_next; /* in force; being made */
    uint64_t arrived_ms;  /* of the operation being merged, Unix; 0: again, from the log */
    int32_t written, day; /* civil days: the operation's own, and that of the pending sums */
    bool rules_unsure;    /* changed in a transaction that may not have been committed */
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    struct identity self;
    uint64_t rid_ms; /* of the newest record made here */
    uint16_t rid_counter;
    struct dot taken; /* end of the last batch taken, and the head there */
    uint8_t taken_head[HASH_BYTES];
    struct kind_facts facts[KIND_FACTS_MAX];
    bool rebuilding; /* nothing is judged again and nobody is told */
    /* of the transaction in hand */
    bool gathering; /* between ledger_write_begin and its end */
    struct centres centres;
    struct digest digest, digest_before;
    struct store_txn *
        log_txn; /* where operations are read, when not in the transaction itself (ledger_verify) */
    enum err emit_err;
    struct store_txn *emit_txn;
    int emit_sign;
    /* reused from operation to operation */
    struct cell_sums cells;
    struct arena arena;
    struct mp_buf state, row;
    struct op op, other;
    struct draft draft;
};

/* A ledger's memory, without its store being ready. */
NODISCARD enum err ledger_alloc(struct store *store, const struct ledger_options *options,
                                struct ledger **ledger_out);
const struct kind_facts *ledger_facts(struct ledger *ledger, uint16_t kind,
                                      struct kind_facts *space);

/* Around everything that merges: read the digest and the centre; write cells and digest. */
NODISCARD enum err work_begin(struct ledger *ledger, struct store_txn *txn);
NODISCARD enum err work_end(struct ledger *ledger, struct store_txn *txn);
/* ---- the past (ledger_past.c) ---- */

/* Before a cell changes on `day`: keep what it was, once a day. `stored` empty: no cell yet. */
NODISCARD enum err past_keep(struct store_txn *txn, struct bytes key, struct bytes stored,
                             int32_t day, int32_t written);
/* Something is counted on `day`: the first such day is where the past begins. */
NODISCARD enum err past_begin(struct store_txn *txn, int32_t day);
/* The derived part was made again: what is kept of the past no longer fits. */
NODISCARD enum err past_restart(struct store_txn *txn, int32_t day);
/* One cell's numbers out of its row. Errors: ERR_CORRUPT. */
NODISCARD enum err numbers_read(struct bytes stored, int64_t numbers_out[CELL_NUMBERS_MAX],
                                uint32_t *count_out);

/* Read the rules from the records that make them. */
NODISCARD enum err rules_load(struct ledger *ledger, struct store_txn *txn);
/* A record that makes the rules has changed: when they come out different, everything that depends
 * on them is counted anew. */
NODISCARD enum err rules_follow(struct ledger *ledger, struct store_txn *txn);

/* Take away what the record gives by the rules in force. */
NODISCARD enum err cells_take(struct ledger *ledger, struct store_txn *txn,
                              const struct record_view *view);
/* ledger_view with the values read from another store's log, and without a version. */
NODISCARD enum err view_of(struct store_txn *log, struct store_txn *txn, uint16_t kind,
                           const uint8_t rid[RID_BYTES], struct arena *arena,
                           struct record_view *view_out);
enum err cells_move(struct ledger *ledger, struct store_txn *txn, const struct record_view *before,
                    const struct record_view *after);
NODISCARD enum err digest_row(struct ledger *ledger, enum store_ns ns, struct bytes key,
                              struct bytes value, bool add);
struct digest digest_get(struct bytes stored);

/* Merge one operation whose bytes outlive the call. judge: a broker's rules decide whether it may.
 * verdict_out: ERR_OK, or why it was not merged (`why` says it in words). */
NODISCARD enum err merge_op(struct ledger *ledger, struct store_txn *txn, const struct op *op,
                            bool judge, struct err_info *verdict_out);
/* Decode and merge a logged entry; one that cannot be merged is set aside. */
NODISCARD enum err merge_entry(struct ledger *ledger, struct store_txn *txn, struct dot dot,
                               struct bytes entry, uint64_t now_ms);
NODISCARD enum err set_aside(struct ledger *ledger, struct store_txn *txn, struct dot dot,
                             const struct err_info *why, uint64_t now_ms);

/* Rules of one operation by itself, and of its place (ledger_check.c). The answer is a verdict, not
 * a failure. */
NODISCARD enum err check_alone(const struct kind *kind, const struct op *op, struct err_info *why);
NODISCARD enum err check_placed(const struct ledger *ledger, const struct kind *kind,
                                const struct op *op, bool fresh, const struct record_view *before,
                                struct err_info *why);
NODISCARD enum err check_set_value(const struct field *field, struct bytes value,
                                   struct err_info *why);
bool value_is_true(struct bytes value);
bool value_is_nil(struct bytes value);

/* Validate a change and make its draft over the record's state (ledger_draft.c). */
struct drafting {
    struct store_txn *txn;
    const struct change *change;
    const struct kind *kind;
    const uint8_t *rid;
    const struct rec *rec;
    const struct record_view *before; /* NULL: a new record */
    struct origin self;
    uint64_t unapplied_seq; /* own operations up to here are not in the state yet; 0: all are */
};
NODISCARD enum err draft_check(struct ledger *ledger, const struct drafting *drafting,
                               struct err_info *info);
NODISCARD enum err draft_make(struct ledger *ledger, const struct drafting *drafting,
                              struct op_draft *draft_out);

/* Rebuild: delete and apply again, under the flag that makes ledger_open begin anew. */
NODISCARD enum err rebuild_flag_put(struct store_txn *txn);
/* May a logged operation count for the derived part? Not before a broker has applied it, and not
 * when it was set aside. What lies beyond the log's end came with gaps and was applied at once. */
struct counted {
    struct origin origin; /* of the row that is kept here */
    uint64_t applied_seq, stored_seq;
};
NODISCARD enum err log_counts(const struct ledger *ledger, struct store_txn *txn, struct dot dot,
                              struct counted *counted, bool *counts_out);
NODISCARD enum err rebuild_needed(struct store_txn *txn, bool *needed_out);

/* The roster's row (roster_rows.c). */
struct site_row;
NODISCARD enum err roster_row_read(struct bytes stored, struct site_row *row_out);
