#include "lib/link/join.h"

#include <sodium.h>
#include <zmq.h>

#include "lib/link/dealer.h"
#include "lib/link/join_frames.h"
#include "lib/link/sockets.h"
#include "lib/sys/clock.h"

enum { POLL_MS = 100 };

struct exchange {
    struct dealer *dealer;
    const struct token *token;
    uint8_t invite_public[KEYS_PUBLIC_BYTES];
    struct membership *membership;
    struct takeover *takeover;
    bool sent;
};

static enum err send_join(struct exchange *exchange, const struct join_site *site,
                          struct err_info *info)
{
    struct mp_buf frame;

    mp_buf_init(&frame, FRAME_BYTES_MAX);
    enum err err = join_request(site, exchange->invite_public, &frame);
    if (err == ERR_OK)
        err = dealer_send(exchange->dealer, mp_buf_bytes(&frame));
    mp_buf_deinit(&frame);
    if (err != ERR_OK)
        return err_set(info, err, "ask %s to enrol this site", exchange->token->address);
    exchange->sent = true;
    return ERR_OK;
}

static enum err take_answer(struct exchange *exchange, struct err_info *info)
{
    struct bytes frame;

    if (dealer_receive(exchange->dealer, &frame) != ERR_OK)
        return ERR_BUSY;
    return join_answer(frame, exchange->token, exchange->membership, exchange->takeover, info);
}

static enum err converse(struct exchange *exchange, const struct join_site *site, uint32_t wait_ms,
                         struct err_info *info)
{
    uint64_t until_ms = clock_mono_ms() + wait_ms;

    while (clock_mono_ms() < until_ms) {
        zmq_pollitem_t items[] = {
            {.socket = dealer_socket(exchange->dealer), .events = ZMQ_POLLIN},
            {.socket = dealer_monitor(exchange->dealer), .events = ZMQ_POLLIN}};
        (void)zmq_poll(items, 2, POLL_MS);
        enum dealer_state state = dealer_update(exchange->dealer);
        if (exchange->sent) {
            struct err_info said = {0};
            enum err err = take_answer(exchange, &said);
            if (err != ERR_BUSY || said.code != ERR_OK) {
                if (err != ERR_OK && info != NULL)
                    *info = said;
                return err;
            }
        }
        if (state == DEALER_REFUSED)
            return err_set(info, ERR_DENIED,
                           "the broker does not know this invitation: it was used, has expired or "
                           "was withdrawn");
        if (state == DEALER_LOST)
            return err_set(info, ERR_UNREACHABLE, "nobody answers at %s", exchange->token->address);
        if (state == DEALER_READY && !exchange->sent) {
            enum err err = send_join(exchange, site, info);
            if (err != ERR_OK)
                return err;
        }
    }
    return err_set(info, ERR_TIMEOUT, "no answer from %s within %u s", exchange->token->address,
                   wait_ms / 1000);
}

enum err join_exchange(const struct token *token, const struct join_site *site, uint32_t wait_ms,
                       struct membership *membership_out, struct takeover *takeover_out,
                       struct err_info *info)
{
    struct exchange exchange = {
        .token = token, .membership = membership_out, .takeover = takeover_out};
    void *context = NULL;

    enum err err = socket_context(&context, info);
    if (err != ERR_OK)
        return err;
    (void)crypto_scalarmult_base(exchange.invite_public, token->secret);
    err = dealer_open(context,
                      &(struct dealer_config){.address = token->address,
                                              .broker_public = token->broker_public,
                                              .transport_public = exchange.invite_public,
                                              .transport_secret = token->secret},
                      &exchange.dealer, info);
    if (err == ERR_OK)
        err = converse(&exchange, site, wait_ms, info);
    dealer_close(exchange.dealer);
    (void)zmq_ctx_term(context);
    return err;
}
