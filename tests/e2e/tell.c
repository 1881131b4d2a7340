#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/e2e/peer.h"

/* What hostile prints of what it hears: one line a finding. */

void tell(const char *what)
{
    (void)printf("%s\n", what);
    (void)fflush(stdout);
}

void tell_message(const struct msg *msg)
{
    if (msg->type == MSG_REJECT)
        (void)printf("reject %s\n", err_slug(msg->reject.code));
    else if (msg->type == MSG_ACK)
        (void)printf("ack %" PRIu64 " %s\n", msg->ack.stored_seq, err_slug(msg->ack.code));
    else if (msg->type == MSG_BUSY)
        (void)printf("busy %s\n", err_slug(msg->busy.code));
    else
        (void)printf("%s\n", msg_type_text(msg->type));
    (void)fflush(stdout);
}

bool tell_answer(struct peer *peer, uint32_t wait_ms)
{
    struct msg msg;

    if (!peer_hear(peer, wait_ms, &msg)) {
        tell(peer_lost(peer) ? "lost" : "silence");
        return false;
    }
    tell_message(&msg);
    return msg.type == MSG_ACK && msg.ack.code == ERR_OK;
}

const char *state_text(enum dealer_state state)
{
    switch (state) {
    case DEALER_CONNECTING:
        return "connecting";
    case DEALER_READY:
        return "ready";
    case DEALER_REFUSED:
        return "refused";
    case DEALER_LOST:
        return "lost";
    }
    return "";
}

void connect_or_end(struct peer *peer)
{
    enum dealer_state state = peer_connect(peer, NULL);

    if (state == DEALER_READY)
        return;
    tell(state_text(state));
    peer_close(peer);
    exit(0);
}

bool greet(struct peer *peer, uint64_t site)
{
    struct msg answer = {0};
    bool welcome = peer_hello(peer, site, &answer);

    if (answer.type == 0)
        tell(peer_lost(peer) ? "lost" : "silence");
    else
        tell_message(&answer);
    return welcome;
}

void open_session(struct peer *peer)
{
    connect_or_end(peer);
    if (greet(peer, peer->site))
        return;
    peer_close(peer);
    exit(0);
}
