/* Both ends of the join exchange: a frame as the broker's answer to a site, and a site's question
 * made of the input. An answer that is taken fills a membership that can be stored and read back.
 */
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

#include "lib/link/join_frames.h"
#include "proto/sync/msg.h"

static struct keys keys;

static const struct token token = {.address = "tcp://192.0.2.7:7790", .broker_public = {9, 8, 7}};

static void check_stored(const struct membership *membership)
{
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct membership again;
    struct err_info info = {0};
    enum err err = store_open_mem(&store);
    assert(err == ERR_OK);
    err = store_begin(store, STORE_WRITE, &txn, &info);
    assert(err == ERR_OK);
    err = membership_put(txn, membership);
    assert(err == ERR_OK);
    err = membership_get(txn, &again);
    assert(err == ERR_OK);
    assert(again.joined && strcmp(again.slug, membership->slug) == 0);
    assert(strcmp(again.organisation, membership->organisation) == 0);
    assert(strcmp(again.name, membership->name) == 0);
    assert(again.broker_site == membership->broker_site);
    store_abort(txn);
    store_close(store);
}

static void check_answer(struct bytes frame)
{
    struct membership membership = {0};
    struct err_info info = {0};
    struct takeover takeover;
    enum err err = join_answer(frame, &token, &membership, &takeover, &info);
    if (err == ERR_OK) {
        assert(membership.joined && membership.broker_site != 0);
        assert(strcmp(membership.address, token.address) == 0);
        check_stored(&membership);
    } else {
        assert(!membership.joined);
        assert(err == ERR_BUSY || info.code == err);
    }
}

/* The input: the invitation's key, the site, the name of the software. */
static void check_question(const uint8_t *data, size_t size)
{
    uint8_t invite_public[KEYS_PUBLIC_BYTES] = {0};
    char software[MSG_SOFTWARE_BYTES_MAX + 1] = "";
    struct join_site site = {.site = 1, .epoch = 1, .keys = &keys, .software = software};
    struct mp_buf frame;
    struct msg msg;
    if (size < sizeof(invite_public) + 8)
        return;
    memcpy(invite_public, data, sizeof(invite_public));
    site.site |= get_u64(data + sizeof(invite_public));
    data += sizeof(invite_public) + 8;
    size -= sizeof(invite_public) + 8;
    memcpy(software, data, size < MSG_SOFTWARE_BYTES_MAX ? size : MSG_SOFTWARE_BYTES_MAX);
    if (!utf8_valid(bytes_of_text(software)))
        return;
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    enum err err = join_request(&site, invite_public, &frame);
    assert(err == ERR_OK);
    err = msg_decode(mp_buf_bytes(&frame), &msg);
    assert(err == ERR_OK && msg.type == MSG_JOIN && msg.join.site == site.site);
    assert(msg_join_check(&msg.join, invite_public));
    invite_public[0] ^= 1;
    assert(!msg_join_check(&msg.join, invite_public));
    check_answer(mp_buf_bytes(&frame)); /* a question is no answer */
    mp_buf_deinit(&frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    if (!begun) {
        int sound = sodium_init();
        assert(sound >= 0);
        static const uint8_t seed[crypto_sign_SEEDBYTES] = {7};
        (void)crypto_sign_seed_keypair(keys.sign_public, keys.sign_secret, seed);
        begun = true;
    }
    check_answer(bytes_of(data, size));
    check_question(data, size);
    return 0;
}
