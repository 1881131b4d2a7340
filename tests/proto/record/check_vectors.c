/* The examples of docs/wire.md, "Vectors": made here byte by byte from fixed input, and compared
 * with the files that a second implementation reads. `check_vectors DIR write` writes the files;
 * what changes then has changed the format. */
#include "proto/record/chain.h"
#include "proto/record/merge.h"
#include "tests/proto/record/make.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 64 * 1024, ARENA_BYTES = 1 << 20 };

struct vector {
    const char *name;
    char text[FILE_BYTES_MAX];
    size_t len;
};

static const uint8_t salt[SALT_BYTES] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static struct origin home;
static struct origin away;

static void must(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "%s\n", what);
        exit(2);
    }
}

static void say(struct vector *vector, const char *key, struct bytes value)
{
    must(vector->len + strlen(key) + 2 * value.len + 3 < FILE_BYTES_MAX, "vector too long");
    int len = snprintf(vector->text + vector->len, FILE_BYTES_MAX - vector->len, "%s ", key);
    vector->len += (size_t)len;
    hex_encode(value, vector->text + vector->len);
    vector->len += 2 * value.len;
    vector->text[vector->len++] = '\n';
    vector->text[vector->len] = '\0';
}

static void say_number(struct vector *vector, const char *key, uint64_t number)
{
    int len = snprintf(vector->text + vector->len, FILE_BYTES_MAX - vector->len, "%s %" PRIu64 "\n",
                       key, number);
    must(len > 0 && vector->len + (size_t)len < FILE_BYTES_MAX, "vector too long");
    vector->len += (size_t)len;
}

static void say_origin(struct vector *vector, const char *site, const char *epoch,
                       struct origin origin)
{
    say_number(vector, site, origin.site);
    say_number(vector, epoch, origin.epoch);
}

static struct op_draft draft_of(const struct op_draft_write *writes, uint32_t count)
{
    struct op_draft draft = {
        .kind = 3, .author = RAW("alice"), .writes = writes, .write_count = count};
    make_rid(draft.rid);
    return draft;
}

static void encode(const struct op_draft *draft, struct dot dot, struct mp_buf *buf)
{
    uint64_t hlc = (UINT64_C(1790000000000) + dot.seq) << 16;
    mp_buf_init(buf, OP_BYTES_MAX);
    must(entry_encode(draft, dot, hlc, salt, buf) == ERR_OK, "entry_encode");
}

static void encode_plain(struct mp_buf *buf)
{
    const struct op_draft_write writes[] = {
        {.field = 1,
         .value = RAW("\xa5"
                      "Queue")},
        {.field = 2, .value = RAW("\xcd\x50\x00")},
        {.field = 7, .value = RAW("\xc3"), .member = RAW("\x08")},
    };
    struct op_draft draft = draft_of(writes, 3);
    encode(&draft, (struct dot){home, 1}, buf);
}

static void encode_personal(struct mp_buf *buf)
{
    const struct dot seen[] = {{home, 1}, {away, 4}};
    const struct op_draft_write writes[] = {
        {.field = 1,
         .value = RAW("\xa4"
                      "Desk"),
         .ctx = seen,
         .ctx_count = 2},
        {.field = 5,
         .personal = true,
         .value = RAW("\xa7"
                      "Ann Lee"),
         .ctx = seen,
         .ctx_count = 1},
    };
    struct op_draft draft = draft_of(writes, 2);
    draft.ext = RAW("\x81\x02\xc4\x10"
                    "0123456789abcdef");
    encode(&draft, (struct dot){home, 2}, buf);
}

static struct entry split(struct bytes bytes)
{
    struct entry entry;
    must(entry_decode(bytes, &entry) == ERR_OK, "entry_decode");
    return entry;
}

static void leaf_of(struct bytes bytes, uint8_t leaf_out[HASH_BYTES])
{
    struct entry entry = split(bytes);
    must(chain_leaf(&entry, leaf_out) == ERR_OK, "chain_leaf");
}

static void make_entries(struct vector *vector)
{
    struct mp_buf plain;
    struct mp_buf personal;
    struct mp_buf changed;
    uint8_t hash[HASH_BYTES];
    encode_plain(&plain);
    encode_personal(&personal);
    mp_buf_init(&changed, OP_BYTES_MAX);
    say_origin(vector, "site", "epoch", home);
    say(vector, "plain_entry", mp_buf_bytes(&plain));
    leaf_of(mp_buf_bytes(&plain), hash);
    say(vector, "plain_leaf", bytes_of(hash, HASH_BYTES));
    struct entry parts = split(mp_buf_bytes(&personal));
    say(vector, "personal_entry", mp_buf_bytes(&personal));
    say(vector, "personal_public", parts.public_part);
    say(vector, "personal_salt", parts.salt);
    say(vector, "personal_part", parts.personal_part);
    chain_commitment(&parts, hash);
    say(vector, "personal_commitment", bytes_of(hash, HASH_BYTES));
    leaf_of(mp_buf_bytes(&personal), hash);
    say(vector, "personal_leaf", bytes_of(hash, HASH_BYTES));
    must(entry_erase(mp_buf_bytes(&personal), &changed) == ERR_OK, "entry_erase");
    say(vector, "erased_entry", mp_buf_bytes(&changed));
    must(entry_redact(mp_buf_bytes(&personal), &changed) == ERR_OK, "entry_redact");
    say(vector, "redacted_entry", mp_buf_bytes(&changed));
    mp_buf_deinit(&plain);
    mp_buf_deinit(&personal);
    mp_buf_deinit(&changed);
}

static void make_batch(struct vector *vector)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t sign_public[SIGN_PUBLIC_BYTES];
    uint8_t sign_secret[SIGN_SECRET_BYTES];
    for (size_t i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)i;
    must(crypto_sign_seed_keypair(sign_public, sign_secret, seed) == 0, "key");
    struct mp_buf entries[2];
    encode_plain(&entries[0]);
    encode_personal(&entries[1]);
    struct batch batch = {.origin = home, .first = 1, .count = 2};
    chain_start(home, batch.prev_head);
    say(vector, "sign_seed", bytes_of(seed, sizeof(seed)));
    say(vector, "sign_public", bytes_of(sign_public, sizeof(sign_public)));
    say_origin(vector, "site", "epoch", home);
    say(vector, "head_0", bytes_of(batch.prev_head, HASH_BYTES));
    uint8_t head[HASH_BYTES];
    memcpy(head, batch.prev_head, HASH_BYTES);
    for (uint32_t i = 0; i < 2; i++) {
        uint8_t leaf[HASH_BYTES];
        batch.entries[i] = mp_buf_bytes(&entries[i]);
        leaf_of(batch.entries[i], leaf);
        chain_extend(head, leaf);
        say(vector, i == 0 ? "head_1" : "head_2", bytes_of(head, HASH_BYTES));
    }
    seal_make(home, 1, 2, head, sign_secret, batch.seal);
    say(vector, "seal", bytes_of(batch.seal, SEAL_BYTES));
    struct mp_buf wire;
    mp_buf_init(&wire, BATCH_BYTES_MAX);
    batch_encode(&wire, &batch);
    say(vector, "batch", mp_buf_bytes(&wire));
    must(batch_verify(&batch, sign_public, false, head) == ERR_OK, "batch_verify");
    mp_buf_deinit(&wire);
    mp_buf_deinit(&entries[0]);
    mp_buf_deinit(&entries[1]);
}

static void make_reissue(struct vector *vector)
{
    const struct dot seen[] = {{home, 7}, {away, 4}};
    const struct op_draft_write writes[] = {
        {.field = 1,
         .value = RAW("\xa4"
                      "Desk"),
         .ctx = seen,
         .ctx_count = 2},
        {.field = 3, .value = RAW("\x2a")},
    };
    struct op_draft draft = draft_of(writes, 2);
    struct dot old = {home, 8};
    struct dot renewed = {{home.site, 3}, 3};
    struct mp_buf before;
    struct mp_buf after;
    encode(&draft, old, &before);
    mp_buf_init(&after, OP_BYTES_MAX);
    must(entry_reissue(mp_buf_bytes(&before), old, 5, renewed, &after) == ERR_OK, "entry_reissue");
    say_origin(vector, "old_site", "old_epoch", old.origin);
    say_number(vector, "old_seq", old.seq);
    say_number(vector, "kept_seq", 5);
    say_number(vector, "new_epoch", renewed.origin.epoch);
    say_number(vector, "new_seq", renewed.seq);
    say(vector, "old_entry", mp_buf_bytes(&before));
    say(vector, "new_entry", mp_buf_bytes(&after));
    mp_buf_deinit(&before);
    mp_buf_deinit(&after);
}

static void apply(struct rec *rec, struct arena *arena, const struct mp_buf *buf,
                  struct origin origin)
{
    struct entry entry = split(mp_buf_bytes(buf));
    struct op op;
    enum merge_result result;
    must(op_decode(origin, &entry, &op) == ERR_OK, "op_decode");
    must(rec_apply(rec, arena, &op, &result) == ERR_OK, "rec_apply");
}

static void say_state(struct vector *vector, const char *key, const struct rec *rec)
{
    struct mp_buf state;
    mp_buf_init(&state, ARENA_BYTES);
    rec_encode(rec, &state);
    say(vector, key, mp_buf_bytes(&state));
    mp_buf_deinit(&state);
}

/* The plain entry, then the personal one that has seen it, then a third that has seen nothing. */
static void make_state(struct vector *vector)
{
    const struct op_draft_write write = {.field = 1,
                                         .value = RAW("\xa5"
                                                      "Phone")};
    struct op_draft draft = draft_of(&write, 1);
    struct mp_buf entries[3];
    encode_plain(&entries[0]);
    encode_personal(&entries[1]);
    encode(&draft, (struct dot){away, 5}, &entries[2]);
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct rec rec = {.regs = NULL};
    apply(&rec, &arena, &entries[0], home);
    say_origin(vector, "site_1", "epoch_1", home);
    say(vector, "entry_1", mp_buf_bytes(&entries[0]));
    say_state(vector, "state_1", &rec);
    apply(&rec, &arena, &entries[1], home);
    say(vector, "entry_2", mp_buf_bytes(&entries[1]));
    say_state(vector, "state_2", &rec);
    apply(&rec, &arena, &entries[2], away);
    say_origin(vector, "site_3", "epoch_3", away);
    say(vector, "entry_3", mp_buf_bytes(&entries[2]));
    say_state(vector, "state_3", &rec);
    arena_deinit(&arena);
    for (uint32_t i = 0; i < 3; i++)
        mp_buf_deinit(&entries[i]);
}

static int settle(const char *folder, const struct vector *vector, bool write)
{
    char path[4096];
    must(snprintf(path, sizeof(path), "%s/%s.txt", folder, vector->name) < (int)sizeof(path),
         "path too long");
    FILE *file = fopen(path, write ? "w" : "r");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    static char stored[FILE_BYTES_MAX];
    bool same = true;
    if (write) {
        same = fwrite(vector->text, 1, vector->len, file) == vector->len;
    } else {
        size_t len = fread(stored, 1, sizeof(stored), file);
        same = len == vector->len && memcmp(stored, vector->text, len) == 0;
    }
    same = fclose(file) == 0 && same;
    if (!same)
        (void)fprintf(stderr, "%s differs; it should be:\n%s", path, vector->text);
    return same ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct {
        struct vector vector;
        void (*make)(struct vector *vector);
    } vectors[] = {
        {{.name = "entries"}, make_entries},
        {{.name = "batch"}, make_batch},
        {{.name = "reissue"}, make_reissue},
        {{.name = "state"}, make_state},
    };
    must(argc >= 2, "usage: check_vectors FOLDER [write]");
    must(sodium_init() >= 0, "sodium_init");
    home = make_origin(SITE_LOW, 1);
    away = make_origin(300, 1);
    int status = 0;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        vectors[i].make(&vectors[i].vector);
        status |= settle(argv[1], &vectors[i].vector, argc > 2 && strcmp(argv[2], "write") == 0);
    }
    return status;
}
