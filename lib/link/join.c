#include "lib/link/join.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "lib/link/dealer.h"
#include "lib/sys/clock.h"
#include "proto/sync/msg.h"

enum { POLL_MS = 100 };

struct exchange {
    struct dealer *dealer;
    const struct token *token;
    uint8_t invite_public[KEYS_PUBLIC_BYTES];
    struct membership *membership;
    bool sent;
};

static enum err send_join(struct exchange *exchange, const struct join_site *site,
                          struct err_info *info)
{
    struct msg msg = {.type = MSG_JOIN,
                      .join = {.proto = PROTOCOL_NOW,
                               .site = site->site,
                               .software = bytes_of_text(site->software)}};
    struct mp_buf frame;

    memcpy(msg.join.transport_public, site->keys->transport_public,
           sizeof(msg.join.transport_public));
    memcpy(msg.join.sign_public, site->keys->sign_public, sizeof(msg.join.sign_public));
    msg_join_prove(&msg.join, exchange->invite_public, site->keys->sign_secret);
    mp_buf_init(&frame, FRAME_BYTES_MAX);
    msg_encode(&frame, &msg);
    enum err err =
        frame.failed ? ERR_NO_MEMORY : dealer_send(exchange->dealer, mp_buf_bytes(&frame));
    mp_buf_deinit(&frame);
    if (err != ERR_OK)
        return err_set(info, err, "ask %s to enrol this site", exchange->token->address);
    exchange->sent = true;
    return ERR_OK;
}

static void copy_text(char *to, size_t size, struct bytes from)
{
    size_t len = from.len < size ? from.len : size - 1;

    memcpy(to, from.data, len);
    to[len] = '\0';
}

static void fill_membership(struct exchange *exchange, const struct msg_joined *joined)
{
    struct membership membership = {
        .joined = true, .partner = joined->partner, .broker_site = joined->broker_site};

    copy_text(membership.organisation, sizeof(membership.organisation), joined->organisation);
    copy_text(membership.slug, sizeof(membership.slug), joined->slug);
    copy_text(membership.name, sizeof(membership.name), joined->name);
    (void)snprintf(membership.address, sizeof(membership.address), "%s", exchange->token->address);
    memcpy(membership.broker_transport, exchange->token->broker_public,
           sizeof(membership.broker_transport));
    memcpy(membership.broker_sign, joined->broker_sign_public, sizeof(membership.broker_sign));
    *exchange->membership = membership;
}

/* ERR_BUSY: no answer yet. */
static enum err take_answer(struct exchange *exchange, struct err_info *info)
{
    struct bytes frame;
    struct msg msg;

    if (dealer_receive(exchange->dealer, &frame) != ERR_OK)
        return ERR_BUSY;
    enum err err = msg_decode(frame, &msg);
    if (err == ERR_UNSUPPORTED)
        return ERR_BUSY;
    if (err != ERR_OK)
        return err_set(info, err, "the broker's answer could not be read");
    if (msg.type == MSG_JOINED) {
        fill_membership(exchange, &msg.joined);
        return ERR_OK;
    }
    if (msg.type == MSG_REJECT)
        return err_set(info, msg.reject.code, "the broker refused: %.*s", (int)msg.reject.text.len,
                       (const char *)msg.reject.text.data);
    if (msg.type == MSG_BUSY)
        return err_set(info, ERR_BUSY, "the broker is busy, try again in %u s",
                       msg.busy.retry_after_ms / 1000 + 1);
    return ERR_BUSY;
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
                       struct membership *membership_out, struct err_info *info)
{
    struct exchange exchange = {.token = token, .membership = membership_out};
    void *context = zmq_ctx_new();

    if (context == NULL)
        return err_set(info, ERR_NO_MEMORY, "start ZeroMQ");
    (void)crypto_scalarmult_base(exchange.invite_public, token->secret);
    enum err err = dealer_open(context,
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
