#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/sys/log.h"
#include "proto/sync/msg.h"
#include "tests/alloc/api_centre.h"
#include "tests/alloc/api_place.h"
#include "tests/alloc/sweep.h"

/* Joining, short of memory in the broker's engine. Who is told that it is enrolled is let in; who
 * is not told asks again, is told then, and nobody has used its invitation up. */

enum { SHORT_FOR_CALLS = 300, ENROL_STEPS = 3 };

struct enrolment {
    const char *slug;
    bool in_place; /* of the machine that `slug` has */
    uint64_t site;
};

static const uint8_t invite_key[TRANSPORT_KEY_BYTES] = {1}, own_key[TRANSPORT_KEY_BYTES] = {2};
static uint8_t frame_bytes[1024];
static size_t frame_len;

static const struct times now = {.mono_ms = 1000};

static void make_frame(uint64_t site)
{
    uint8_t public_key[SIGN_PUBLIC_BYTES], secret[SIGN_SECRET_BYTES], seed[32] = {9};
    struct msg msg = {
        .type = MSG_JOIN,
        .join = {
            .proto = PROTOCOL_NOW, .site = site, .epoch = 1, .software = bytes_of_text("sweep")}};
    struct mp_buf frame;
    (void)crypto_sign_seed_keypair(public_key, secret, seed);
    memcpy(msg.join.transport_public, own_key, sizeof(own_key));
    memcpy(msg.join.sign_public, public_key, sizeof(public_key));
    msg_join_prove(&msg.join, invite_key, secret);
    mp_buf_init(&frame, sizeof(frame_bytes));
    msg_encode(&frame, &msg);
    must(mp_buf_err(&frame), "make a frame");
    frame_len = mp_buf_bytes(&frame).len;
    memcpy(frame_bytes, mp_buf_bytes(&frame).data, frame_len);
    mp_buf_deinit(&frame);
}

static void invite(const struct enrolment *enrolment)
{
    struct key_row row = {.use = KEY_INVITE, .expires_ms = UINT64_MAX / 2};
    struct err_info info = {0};
    (void)snprintf(row.slug, sizeof(row.slug), "%s", enrolment->slug);
    (void)snprintf(row.name, sizeof(row.name), "%s", enrolment->slug);
    must(enrolment->in_place ? broker_invite_in_place(centre_broker(), invite_key, &row, &info)
                             : broker_invite(centre_broker(), invite_key, &row, &info),
         "invite");
}

/* Ask; false: the engine has ended. */
static bool join(void)
{
    uint64_t wake_ms;
    bool goes_on = true;
    centre_forget_sent();
    broker_on_frame(centre_broker(), bytes_of_text("joiner"), invite_key,
                    bytes_of(frame_bytes, frame_len), now);
    for (int i = 0; i < ENROL_STEPS && goes_on; i++)
        goes_on = broker_pump(centre_broker(), now, &wake_ms) == ERR_OK;
    return goes_on;
}

static bool is_told(void)
{
    struct msg msg;
    return centre_sent().len > 0 && msg_decode(centre_sent(), &msg) == ERR_OK &&
           msg.type == MSG_JOINED;
}

static bool is_let_in(void)
{
    return broker_admits_key(centre_broker(), own_key, 0);
}

static bool is_enrolled(struct machine *place, uint64_t site)
{
    struct store_txn *txn;
    struct site_row row;
    struct err_info info = {0};
    must(store_begin(place->store, STORE_READ, &txn, &info), "begin");
    enum err err = roster_get(txn, site, &row);
    store_abort(txn);
    return err == ERR_OK && row.state == SITE_ACTIVE &&
           memcmp(row.transport_public, own_key, sizeof(own_key)) == 0;
}

static const char *judge(struct machine *place, uint64_t site)
{
    static const uint8_t old_key[TRANSPORT_KEY_BYTES] = {CENTRE_HOUSING_KEY};
    bool told = is_told(), let_in = is_let_in(), enrolled = is_enrolled(place, site);
    if (let_in != enrolled)
        return enrolled ? "enrolled, and not let in" : "let in without being enrolled";
    if (told && !enrolled)
        return "told, and not enrolled";
    bool old_let_in = broker_admits_key(centre_broker(), old_key, 0);
    return site == prepared[1].site && enrolled == old_let_in
               ? "both machines of a site, or none, are let in"
               : NULL;
}

static const char *enrol(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    const struct enrolment *enrolment = what;
    uint64_t site = enrolment->in_place ? prepared[1].site : enrolment->site;
    struct machine place;
    place_open(&place, LEDGER_BROKER);
    invite(enrolment);
    make_frame(site);
    alloc_fail_at(number, all_after ? SHORT_FOR_CALLS : 1);
    bool goes_on = join();
    *reached_out = alloc_stop();
    if (!goes_on) /* as a daemon does that cannot read its log back: it says so, and ends */
        place_start_again(&place);
    const char *why = judge(&place, site);
    if (why == NULL && !is_told()) {
        if (!join() || !is_told())
            why = "does not enrol who asks again";
        else
            why = judge(&place, site);
    }
    if (why == NULL && !verifies(&place))
        why = "does not verify";
    place_close(&place);
    return why;
}

int main(int argc, char **argv)
{
    static const struct enrolment fresh = {.slug = "north", .site = UINT64_C(0x8000000000000099)},
                                  again = {.slug = "housing", .in_place = true};
    static const struct scenario scenarios[] = {
        {"enrol/fresh", enrol, 1000, 1, &fresh},
        {"enrol/in-place", enrol, 1000, 1, &again},
    };
    if (sodium_init() < 0)
        return 1;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    log_set_level(LOG_ERROR);
    api_rows_prepare(prepared);
    centre_prepare_held(&prepared[1], &prepared[0]);
    return sweep_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
