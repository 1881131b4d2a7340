#include "proto/sync/msg.h"

#include <assert.h>
#include <sodium.h>

const char *msg_type_text(enum msg_type type)
{
    static const char *const names[] = {
        [MSG_HELLO] = "hello",
        [MSG_WELCOME] = "welcome",
        [MSG_TXNS] = "txns",
        [MSG_ACK] = "ack",
        [MSG_BLOB_OFFER] = "blob-offer",
        [MSG_BLOB_WANT] = "blob-want",
        [MSG_BLOB_CHUNK] = "blob-chunk",
        [MSG_BLOB_HAVE] = "blob-have",
        [MSG_FEED] = "feed",
        [MSG_FEED_ACK] = "feed-ack",
        [MSG_OWN_GET] = "own-get",
        [MSG_OWN_OPS] = "own-ops",
        [MSG_RETURN] = "return",
        [MSG_PING] = "ping",
        [MSG_PONG] = "pong",
        [MSG_BUSY] = "busy",
        [MSG_REJECT] = "reject",
        [MSG_BYE] = "bye",
        [MSG_RETURNED] = "returned",
        [MSG_JOIN] = "join",
        [MSG_JOINED] = "joined",
    };
    size_t at = (size_t)type;
    return at < sizeof(names) / sizeof(names[0]) && names[at] != NULL ? names[at] : "unknown";
}

bool msg_is_parting(struct bytes frame)
{
    if (frame.len < 2 || frame.data[0] != MSG_FRAME_VERSION)
        return false;
    struct mp_reader reader = mp_reader_of(bytes_of(frame.data + 1, frame.len - 1));
    uint32_t count = mp_read_array(&reader);
    uint64_t type = count > 0 ? mp_read_uint(&reader) : 0;
    return reader.err == ERR_OK && (type == MSG_BYE || type == MSG_JOIN);
}

static const char JOIN_DOMAIN[] = "cse-join-1";
enum {
    JOIN_DOMAIN_BYTES = sizeof(JOIN_DOMAIN) - 1,
    JOIN_SIGNED_BYTES = JOIN_DOMAIN_BYTES + 32 + 8 + 32
};

_Static_assert(MSG_PROOF_BYTES == crypto_sign_BYTES, "a proof is one Ed25519 signature");

static void join_signed_bytes(const struct msg_join *join,
                              const uint8_t invite_public[MSG_KEY_BYTES],
                              uint8_t out[JOIN_SIGNED_BYTES])
{
    uint8_t *at = out;
    memcpy(at, JOIN_DOMAIN, JOIN_DOMAIN_BYTES);
    at += JOIN_DOMAIN_BYTES;
    memcpy(at, invite_public, MSG_KEY_BYTES);
    at += MSG_KEY_BYTES;
    put_u64(at, join->site);
    at += sizeof(uint64_t);
    memcpy(at, join->transport_public, MSG_KEY_BYTES);
}

void msg_join_prove(struct msg_join *join, const uint8_t invite_public[MSG_KEY_BYTES],
                    const uint8_t sign_secret[SIGN_SECRET_BYTES])
{
    uint8_t text[JOIN_SIGNED_BYTES];
    join_signed_bytes(join, invite_public, text);
    int rc = crypto_sign_detached(join->proof, NULL, text, sizeof(text), sign_secret);
    assert(rc == 0);
    (void)rc;
}

bool msg_join_check(const struct msg_join *join, const uint8_t invite_public[MSG_KEY_BYTES])
{
    uint8_t text[JOIN_SIGNED_BYTES];
    join_signed_bytes(join, invite_public, text);
    return crypto_sign_verify_detached(join->proof, text, sizeof(text), join->sign_public) == 0;
}
