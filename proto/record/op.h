#pragma once

#include "proto/base/bytes.h"
#include "proto/base/err.h"
#include "proto/base/limits.h"
#include "proto/record/mp.h"

/* An operation: one change of one record by one writer, as it is logged, sealed, sent and kept for
 * ever.
 *
 * A writer is an origin (site, epoch); its operations are numbered 1, 2, 3 … without a gap.
 * (origin, seq) is the operation's dot, and a dot maps to one operation for ever. The format is
 * docs/wire.md, "Operation". */

struct origin {
    uint64_t site;  /* never 0; top two bits are 10, so that it can stand at the end of a UUID */
    uint32_t epoch; /* from 1; the broker grants the next one after a restore or clone */
};

struct dot {
    struct origin origin;
    uint64_t seq; /* from 1 */
};

enum { RID_BYTES = 16, HASH_BYTES = 32, SALT_BYTES = 32, DOT_KEY_BYTES = 20, RID_TEXT_BYTES = 37 };

/* The version of the operation format we write, and how many parts its public part has. */
enum { OP_FORMAT = 1, OP_PARTS = 8 };

/* Field 0 of every record is its deletion mark; fields 1..999 belong to the kind. */
enum { FIELD_DELETED = 0, FIELD_MAX = 999 };

/* Keys of the ext map, all optional. */
enum {
    OP_EXT_WAS = 1 /* [site, epoch, seq] of the operation this one re-issues */,
    OP_EXT_BATCH = 2 /* bin16: the import */
};

bool origin_equal(struct origin a, struct origin b);
/* Is it one that a site can have: the site's top bits 10, the epoch not 0? */
bool origin_valid(struct origin origin);
/* By site, epoch, sequence. */
int dot_compare(struct dot a, struct dot b);
/* site8 epoch4 seq8, big-endian. */
void dot_put_key(struct dot dot, uint8_t key_out[DOT_KEY_BYTES]);
struct dot dot_get_key(const uint8_t key[DOT_KEY_BYTES]);

/* Make a site id of 8 random bytes (top bits forced to 10). */
uint64_t site_id_from_random(const uint8_t random[8]);

/* A record id is a UUID of version 8: 48 bits of milliseconds, 12 bits of counter, the site that
 * made it. It sorts by time and says whose record it is. */
void rid_make(uint64_t unix_ms, uint16_t counter12, uint64_t site, uint8_t rid_out[RID_BYTES]);
uint64_t rid_site(const uint8_t rid[RID_BYTES]);
uint64_t rid_unix_ms(const uint8_t rid[RID_BYTES]);
void rid_format(const uint8_t rid[RID_BYTES], char text_out[RID_TEXT_BYTES]);
/* A UUID of version 8 that ends in a site id? */
bool rid_valid(const uint8_t rid[RID_BYTES]);
bool rid_parse(const char *text, uint8_t rid_out[RID_BYTES]);

/* ---- reading ---- */

/* One field's change. All bytes are MessagePack inside the entry that was decoded. */
struct op_write {
    uint16_t field;
    bool personal;       /* the value stands in the erasable part */
    struct bytes member; /* set fields: which member; empty for a plain field */
    struct bytes
        value; /* empty when personal and erased. Sets: false = removed, anything else = present */
    struct bytes ctx; /* array of what the writer had seen of this field; nil when nothing */
};

struct op {
    struct dot dot;
    uint64_t hlc;
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    struct bytes author; /* UTF-8, may be empty */
    struct bytes ext;    /* MessagePack map or nil */
    uint16_t write_count;
    struct op_write writes[OP_WRITES_MAX];
};

/* The parts of a stored entry. Exactly one of the four shapes of docs/wire.md, "Entry". */
enum entry_shape { ENTRY_PLAIN, ENTRY_PERSONAL, ENTRY_ERASED, ENTRY_REDACTED };

struct entry {
    enum entry_shape shape;
    struct bytes public_part;   /* empty when redacted */
    struct bytes salt;          /* personal: 32 bytes */
    struct bytes personal_part; /* personal: a MessagePack map field number -> value */
    struct bytes hash;          /* erased: the 32-byte commitment; redacted: the leaf */
};

/* Split one entry. `input` must be one whole value.  Errors: ERR_CORRUPT, ERR_TOO_BIG (over
 * OP_BYTES_MAX). */
NODISCARD enum err entry_decode(struct bytes input, struct entry *entry_out);
/* The sequence an entry says it has, read without checking the rest; every format version has it in
 * the same place. Errors: ERR_CORRUPT (also for a redacted entry). */
NODISCARD enum err entry_seq(const struct entry *entry, uint64_t *seq_out);
/* The kind of record it is about, likewise. Errors: ERR_CORRUPT. */
NODISCARD enum err entry_kind(const struct entry *entry, uint16_t *kind_out);
/* Read the entry's operation. `origin` is what the batch or key around it says; seq comes from the
 * bytes. Errors: ERR_CORRUPT (also for a redacted entry), ERR_TOO_BIG, ERR_VERSION (operation
 * format newer than ours). */
NODISCARD enum err op_decode(struct origin origin, const struct entry *entry, struct op *op_out);

/* The order of writes in an operation: by field, then member bytes. */
int op_write_compare(const struct op_write *a, const struct op_write *b);

/* One context: what a writer had seen. Decodes `ctx` of a write; 0 origins in it stand for `self`.
 * dots_out holds VV_ENTRIES_MAX; sorted by origin, one entry an origin. Errors: ERR_CORRUPT,
 * ERR_LIMIT. */
NODISCARD enum err ctx_decode(struct bytes ctx, struct origin self, struct dot *dots_out,
                              uint32_t *count_out);
void ctx_encode(struct mp_buf *buf, struct origin self, const struct dot *dots, uint32_t count);

/* ---- writing ---- */

struct op_draft_write {
    uint16_t field;
    bool personal;
    struct bytes member;   /* MessagePack or empty */
    struct bytes value;    /* MessagePack, never empty */
    const struct dot *ctx; /* borrowed; sorted by origin */
    uint32_t ctx_count;
};

struct op_draft {
    uint16_t kind;
    uint8_t rid[RID_BYTES];
    struct bytes author;
    struct bytes ext; /* MessagePack map, or empty for none */
    const struct op_draft_write *writes;
    uint32_t write_count;
};

/* The functions below put one entry in place of whatever `entry_out` held; after an error it
 * is as before or empty. The input must not lie in it. */

/* Encode a whole entry. The writes may come in any order. `salt` is 32 fresh random bytes; used
 * only when a write is personal. Errors: ERR_TOO_BIG, ERR_NO_MEMORY, ERR_INVALID (a field or member
 * written twice). Asserts that writes are 1..OP_WRITES_MAX and contexts sorted. */
NODISCARD enum err entry_encode(const struct op_draft *draft, struct dot dot, uint64_t hlc,
                                const uint8_t salt[SALT_BYTES], struct mp_buf *entry_out);
/* The same operation with its personal part replaced by its commitment (plain entries come out as
 * they are). */
NODISCARD enum err entry_erase(struct bytes entry, struct mp_buf *entry_out);
/* Only the leaf: what a receiver gets in place of an operation that is not for it. */
NODISCARD enum err entry_redact(struct bytes entry, struct mp_buf *entry_out);
/* Write a local operation again under a new dot (docs/wire.md, "Re-issue"): context entries of
 * `old.origin` beyond `kept_seq` are moved to the new origin, counted from its sequence 0 at
 * `kept_seq`; ext.was becomes `old`. */
NODISCARD enum err entry_reissue(struct bytes entry, struct dot old, uint64_t kept_seq,
                                 struct dot new_dot, struct mp_buf *entry_out);
