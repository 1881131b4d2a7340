#include "node/node_private.h"

#include <assert.h>

/* Small frames keep their order and wait for a full link in a bounded outbox; large ones are made
 * again later instead. */

static void lost(struct node *node, enum err code)
{
    node_drop_outbox(node);
    struct node_event event = {.type = NODE_LINK_LOST, .code = code};
    if (node->running)
        node_follow(node, event);
    else
        node_run(node, event);
}

void node_drop_outbox(struct node *node)
{
    node->outbox_first = 0;
    node->outbox_count = 0;
}

void node_flush(struct node *node)
{
    while (node->outbox_count > 0) {
        struct mp_buf *first = &node->outbox[node->outbox_first];
        enum err err = node->hooks.link_send(node->hooks.context, mp_buf_bytes(first));
        if (err == ERR_BUSY)
            return;
        if (err != ERR_OK) {
            lost(node, err);
            return;
        }
        node->outbox_first = (node->outbox_first + 1) % NODE_OUTBOX_MAX;
        node->outbox_count--;
    }
}

void node_send_small(struct node *node, const struct msg *msg)
{
    node_flush(node);
    if (node->outbox_count == NODE_OUTBOX_MAX) { /* nothing has left for long: the line is dead */
        lost(node, ERR_UNREACHABLE);
        return;
    }
    struct mp_buf *slot =
        &node->outbox[(node->outbox_first + node->outbox_count) % NODE_OUTBOX_MAX];
    mp_buf_reset(slot);
    msg_encode(slot, msg);
    if (mp_buf_err(slot) != ERR_OK) {
        lost(node, mp_buf_err(slot));
        return;
    }
    node->outbox_count++;
    node_flush(node);
}

void node_say_bye(struct node *node)
{
    const struct msg bye = {.type = MSG_BYE, .bye = {.code = ERR_OK}};
    if (node->fatal == ERR_OK && node->core.phase == NODE_STEADY)
        node_send_small(node, &bye);
}

enum err node_send_large(struct node *node, const struct msg *msg)
{
    node_flush(node);
    if (node->outbox_count > 0)
        return ERR_BUSY;
    mp_buf_reset(&node->frame);
    msg_encode(&node->frame, msg);
    enum err err = mp_buf_err(&node->frame);
    if (err != ERR_OK)
        return err;
    err = node->hooks.link_send(node->hooks.context, mp_buf_bytes(&node->frame));
    if (err != ERR_OK && err != ERR_BUSY)
        lost(node, err);
    return err;
}
