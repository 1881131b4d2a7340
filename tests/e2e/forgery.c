#include <sodium.h>

#include "lib/sys/clock.h"
#include "proto/record/fields.h"
#include "proto/record/hlc.h"
#include "proto/record/kinds.h"
#include "tests/e2e/peer.h"

/* Batches that are in order but for one thing. */

enum { WRITES_MAX = 3, RECEIVED_ON = 20500 /* 2026-02-16 */ };

static struct dot next_dot(const struct peer *peer)
{
    return (struct dot){.origin = peer->origin, .seq = peer->seq + 1};
}

static struct mp_buf encode(const struct peer *peer, const struct op_draft *draft)
{
    static const uint8_t salt[SALT_BYTES];
    struct mp_buf entry;

    mp_buf_init(&entry, OP_BYTES_MAX);
    if (entry_encode(draft, next_dot(peer), hlc_pack(clock_unix_ms(), 0), salt, &entry) != ERR_OK)
        die("encode an operation");
    return entry;
}

struct mp_buf entry_complaint(const struct peer *peer, int64_t acknowledged_after_days)
{
    struct mp_buf received, acknowledged;
    struct op_draft_write writes[WRITES_MAX] = {{.field = COMPLAINT_RECEIVED_ON},
                                                {.field = COMPLAINT_ACKNOWLEDGED_ON}};
    struct op_draft draft = {.kind = KIND_COMPLAINT, .writes = writes, .write_count = 2};

    mp_buf_init(&received, MEMBER_BYTES_MAX);
    mp_buf_init(&acknowledged, MEMBER_BYTES_MAX);
    mp_put_int(&received, RECEIVED_ON);
    mp_put_int(&acknowledged, RECEIVED_ON + acknowledged_after_days);
    writes[0].value = mp_buf_bytes(&received);
    writes[1].value = mp_buf_bytes(&acknowledged);
    rid_make(clock_unix_ms(), (uint16_t)(next_dot(peer).seq & 0xFFF), peer->site, draft.rid);
    struct mp_buf entry = encode(peer, &draft);
    mp_buf_deinit(&received);
    mp_buf_deinit(&acknowledged);
    return entry;
}

struct mp_buf entry_change(const struct peer *peer, const char *rid_text)
{
    struct mp_buf value;
    struct op_draft_write write = {.field = COMPLAINT_CATEGORY};
    struct op_draft draft = {.kind = KIND_COMPLAINT, .writes = &write, .write_count = 1};

    if (!rid_parse(rid_text, draft.rid))
        die("'%s' is no record id", rid_text);
    mp_buf_init(&value, MEMBER_BYTES_MAX);
    mp_put_str(&value, bytes_of_text("written by somebody else"));
    write.value = mp_buf_bytes(&value);
    struct mp_buf entry = encode(peer, &draft);
    mp_buf_deinit(&value);
    return entry;
}

struct mp_buf entry_newer(const struct peer *peer)
{
    struct mp_buf public, entry;

    mp_buf_init(&public, OP_BYTES_MAX);
    mp_put_array(&public, 3);
    mp_put_uint(&public, OP_FORMAT + 1);
    mp_put_uint(&public, next_dot(peer).seq);
    mp_put_str(&public, bytes_of_text("something new"));
    mp_buf_init(&entry, OP_BYTES_MAX);
    mp_put_array(&entry, 1);
    mp_put_bin(&entry, mp_buf_bytes(&public));
    mp_buf_deinit(&public);
    return entry;
}

struct forgery forgery_of(const struct peer *peer, struct mp_buf entry)
{
    struct forgery forgery = {.origin = peer->origin, .first = peer->seq + 1, .entry = entry};
    struct entry parts;
    uint8_t leaf[HASH_BYTES];

    memcpy(forgery.prev_head, peer->head, HASH_BYTES);
    memcpy(forgery.head, peer->head, HASH_BYTES);
    if (entry_decode(mp_buf_bytes(&forgery.entry), &parts) != ERR_OK ||
        chain_leaf(&parts, leaf) != ERR_OK)
        die("the forgery's entry is none");
    chain_extend(forgery.head, leaf);
    return forgery;
}

void forgery_send(struct peer *peer, struct forgery *forgery, bool sealed, uint64_t session)
{
    struct batch batch = {.origin = forgery->origin, .first = forgery->first, .count = 1};
    struct mp_buf items;

    memcpy(batch.prev_head, forgery->prev_head, HASH_BYTES);
    batch.entries[0] = mp_buf_bytes(&forgery->entry);
    if (sealed)
        seal_make(batch.origin, batch.first, batch.first, forgery->head, peer->keys.sign_secret,
                  batch.seal);
    else
        randombytes_buf(batch.seal, sizeof(batch.seal));
    mp_buf_init(&items, FRAME_BYTES_MAX);
    batch_encode(&items, &batch);
    struct msg msg = {
        .type = MSG_TXNS,
        .txns = {.session = session, .batches = {.items = mp_buf_bytes(&items), .count = 1}}};
    peer_say(peer, &msg);
    mp_buf_deinit(&items);
}

void forgery_keep(struct peer *peer, const struct forgery *forgery)
{
    peer->seq = forgery->first;
    memcpy(peer->head, forgery->head, HASH_BYTES);
    peer_save(peer);
}
