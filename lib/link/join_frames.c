#include "lib/link/join_frames.h"

#include <stdio.h>
#include <string.h>

#include "proto/sync/msg.h"

enum err join_request(const struct join_site *site, const uint8_t invite_public[KEYS_PUBLIC_BYTES],
                      struct mp_buf *frame)
{
    struct msg msg = {.type = MSG_JOIN,
                      .join = {.proto = PROTOCOL_NOW,
                               .site = site->site,
                               .epoch = site->epoch,
                               .software = bytes_of_text(site->software)}};

    memcpy(msg.join.transport_public, site->keys->transport_public,
           sizeof(msg.join.transport_public));
    memcpy(msg.join.sign_public, site->keys->sign_public, sizeof(msg.join.sign_public));
    msg_join_prove(&msg.join, invite_public, site->keys->sign_secret);
    msg_encode(frame, &msg);
    return mp_buf_err(frame);
}

static void copy_text(char *to, size_t size, struct bytes from)
{
    size_t len = from.len < size ? from.len : size - 1;

    if (len > 0)
        memcpy(to, from.data, len);
    to[len] = '\0';
}

static void fill_membership(const struct token *token, const struct msg_joined *joined,
                            struct membership *membership_out)
{
    struct membership membership = {
        .joined = true, .partner = joined->partner, .broker_site = joined->broker_site};

    copy_text(membership.organisation, sizeof(membership.organisation), joined->organisation);
    copy_text(membership.slug, sizeof(membership.slug), joined->slug);
    copy_text(membership.name, sizeof(membership.name), joined->name);
    (void)snprintf(membership.address, sizeof(membership.address), "%s", token->address);
    memcpy(membership.broker_transport, token->broker_public, sizeof(membership.broker_transport));
    memcpy(membership.broker_sign, joined->broker_sign_public, sizeof(membership.broker_sign));
    *membership_out = membership;
}

static void fill_takeover(const struct msg_joined *joined, struct takeover *takeover_out)
{
    struct takeover takeover = {.epoch = joined->epoch, .key_count = joined->old_key_count};
    struct mp_reader reader = mp_reader_of(joined->old_keys);

    for (uint32_t i = 0; i < takeover.key_count; i++)
        takeover.keys[i] = msg_read_old_key(&reader);
    *takeover_out = takeover;
}

enum err join_answer(struct bytes frame, const struct token *token,
                     struct membership *membership_out, struct takeover *takeover_out,
                     struct err_info *info)
{
    struct msg msg;

    enum err err = msg_decode(frame, &msg);
    if (err == ERR_UNSUPPORTED)
        return ERR_BUSY;
    if (err != ERR_OK)
        return err_set(info, err, "the broker's answer could not be read");
    if (msg.type == MSG_JOINED) {
        if ((token->site != 0) != (msg.joined.epoch != 0))
            return err_set(info, ERR_CORRUPT, "the broker's answer is not for this invitation");
        fill_membership(token, &msg.joined, membership_out);
        fill_takeover(&msg.joined, takeover_out);
        return ERR_OK;
    }
    if (msg.type == MSG_REJECT && msg.reject.code == ERR_OK)
        return err_set(info, ERR_CORRUPT, "the broker's answer could not be read");
    if (msg.type == MSG_REJECT)
        return err_set(info, msg.reject.code, "the broker refused: %.*s", (int)msg.reject.text.len,
                       (const char *)msg.reject.text.data);
    if (msg.type == MSG_BUSY)
        return err_set(info, ERR_BUSY, "the broker is busy, try again in %u s",
                       msg.busy.retry_after_ms / 1000 + 1);
    return ERR_BUSY;
}
