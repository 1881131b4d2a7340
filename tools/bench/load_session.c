#include <string.h>
#include <zmq.h>

#include "lib/sys/clock.h"
#include "tools/bench/load.h"

enum { POLL_SITES_MAX = 256, SETTLE_S = 1200, FLYING_BYTES_MAX = CREDIT_TOTAL_BYTES_MAX / 2 };

enum err load_attach(struct load *load, const struct daemon *daemon, bool anew,
                     struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct keys keys;
    enum err err = keys_load(daemon->data, &keys, info);
    if (err == ERR_OK)
        err = path_join(daemon->data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb_read(path, &load->broker, info);
    if (err != ERR_OK)
        return err;
    memcpy(load->broker_public, keys.transport_public, sizeof(load->broker_public));
    keys_wipe(&keys);
    memcpy(load->address, daemon->listen, sizeof(load->address));
    load->zmq = zmq_ctx_new();
    (void)zmq_ctx_set(load->zmq, ZMQ_MAX_SOCKETS, (int)load->count * 4 + 64);
    load->open_count = 0;
    load->flying_bytes = 0;
    for (uint32_t i = 0; i < load->count; i++) {
        struct load_site *site = &load->sites[i];
        site->greeted = site->open = site->lost = false;
        site->next = site->acked;
        if (anew) {
            site->next = site->acked = 0;
            memset(site->token, 0, sizeof(site->token));
            chain_start((struct origin){.site = site->id, .epoch = 1}, site->head);
        }
    }
    if (anew) {
        load->acked = load->sent = load->refused = load->lost = 0;
        load->mark_count = 0;
    }
    return ERR_OK;
}

void load_detach(struct load *load)
{
    for (uint32_t i = 0; i < load->count; i++) {
        dealer_close(load->sites[i].dealer);
        load->sites[i].dealer = NULL;
    }
    if (load->zmq != NULL)
        (void)zmq_ctx_term(load->zmq);
    load->zmq = NULL;
    store_close(load->broker);
    load->broker = NULL;
}

static bool say(struct load *load, struct load_site *site, const struct msg *msg)
{
    mp_buf_reset(&load->frame);
    msg_encode(&load->frame, msg);
    return mp_buf_err(&load->frame) == ERR_OK &&
           dealer_send(site->dealer, mp_buf_bytes(&load->frame)) == ERR_OK;
}

static void greet(struct load *load, struct load_site *site)
{
    uint64_t seq = site->frame_count > 0 ? site->frames[site->frame_count - 1].last : 0;
    struct msg hello = {.type = MSG_HELLO,
                        .hello = {.proto_min = PROTOCOL_MIN,
                                  .proto_max = PROTOCOL_NOW,
                                  .software = bytes_of_text("bench"),
                                  .site = site->id,
                                  .epoch = 1,
                                  .pending = seq,
                                  .unix_ms = clock_unix_ms()}};

    uint64_t acked = site->acked > 0 ? site->frames[site->acked - 1].last : 0;
    hello.hello.seq = hello.hello.acked_seq = acked; /* the rest it has not written yet */
    memcpy(hello.hello.head, site->head, HASH_BYTES);
    memcpy(hello.hello.token, site->token, MSG_TOKEN_BYTES);
    site->greeted = say(load, site, &hello);
}

static void take_ack(struct load *load, struct load_site *site, const struct msg_ack *ack)
{
    double now_s = bench_now_s();
    site->credit += ack->credit_bytes;
    while (site->acked < site->next && site->frames[site->acked].last <= ack->stored_seq) {
        struct load_frame *frame = &site->frames[site->acked++];
        load->acked += frame->ops;
        load->flying_bytes -= frame->len;
        load->latencies_s[load->mark_count] = now_s - frame->due_s;
        load->marks[load->mark_count++] =
            (struct load_mark){.operations = load->acked, .due_s = frame->due_s};
        load->last_ack_s = now_s;
        memcpy(site->head, ack->head, HASH_BYTES);
    }
    if (ack->code != ERR_OK) {
        while (site->next > site->acked)
            load->flying_bytes -= site->frames[--site->next].len;
        load->refused++;
    }
}

static void take(struct load *load, struct load_site *site, const struct msg *msg)
{
    if (msg->type == MSG_WELCOME && msg->welcome.mode == WELCOME_RESUME) {
        site->open = true;
        site->session = msg->welcome.session;
        site->credit = msg->welcome.credit_bytes;
        memcpy(site->token, msg->welcome.token, MSG_TOKEN_BYTES);
        load->open_count++;
    } else if (msg->type == MSG_ACK) {
        take_ack(load, site, &msg->ack);
    } else if (msg->type == MSG_FEED) {
        struct msg ack = {.type = MSG_FEED_ACK,
                          .feed_ack = {.session = site->session, .to = msg->feed.to}};
        (void)say(load, site, &ack);
    } else if (msg->type == MSG_PING) {
        struct msg pong = {.type = MSG_PONG,
                           .pong = {.nonce = msg->ping.nonce, .unix_ms = clock_unix_ms()}};
        (void)say(load, site, &pong);
    } else if (msg->type != MSG_PONG && !site->lost) {
        site->lost = true;
        load->lost++;
        load->open_count -= site->open;
        site->open = false;
    }
}

static bool hear(struct load *load, struct load_site *site)
{
    struct bytes frame;
    struct msg msg;
    bool heard = false;
    while (site->dealer != NULL && dealer_receive(site->dealer, &frame) == ERR_OK) {
        heard = true;
        if (msg_decode(frame, &msg) == ERR_OK)
            take(load, site, &msg);
    }
    return heard;
}

void load_turn(struct load *load)
{
    zmq_pollitem_t items[POLL_SITES_MAX];
    uint32_t count = load->count < POLL_SITES_MAX ? load->count : POLL_SITES_MAX;
    bool heard = false;
    for (uint32_t i = 0; i < load->count; i++)
        heard = hear(load, &load->sites[i]) || heard;
    if (heard)
        return;
    for (uint32_t i = 0; i < count; i++)
        items[i] =
            (zmq_pollitem_t){.socket = dealer_socket(load->sites[i].dealer), .events = ZMQ_POLLIN};
    (void)zmq_poll(items, (int)count, 1);
}

/* One step towards a session. */
static enum err approach(struct load *load, struct load_site *site, struct err_info *info)
{
    if (site->dealer == NULL) {
        site->greeted = false;
        return dealer_open(load->zmq,
                           &(struct dealer_config){.address = load->address,
                                                   .broker_public = load->broker_public,
                                                   .transport_public = site->keys.transport_public,
                                                   .transport_secret = site->keys.transport_secret},
                           &site->dealer, info);
    }
    enum dealer_state state = dealer_update(site->dealer);
    if (state == DEALER_READY && !site->greeted)
        greet(load, site);
    (void)hear(load, site);
    if (!site->open && (site->lost || state == DEALER_LOST || state == DEALER_REFUSED)) {
        dealer_close(site->dealer);
        site->dealer = NULL;
        site->lost = false;
        load->lost += state != DEALER_READY;
    }
    return ERR_OK;
}

enum err load_connect(struct load *load, double limit_s, struct err_info *info)
{
    double until_s = bench_now_s() + limit_s;
    while (load->open_count < load->count && bench_now_s() < until_s) {
        for (uint32_t i = 0; i < load->count; i++) {
            enum err err = load->sites[i].open ? ERR_OK : approach(load, &load->sites[i], info);
            if (err != ERR_OK)
                return err;
        }
        bench_pause(0.001);
    }
    return load->open_count == load->count ? ERR_OK : bench_fail(info, ERR_TIMEOUT, "connect");
}

bool load_send(struct load *load, struct load_site *site, double due_s)
{
    if (!site->open || site->next >= site->frame_count)
        return false;
    struct load_frame *frame = &site->frames[site->next];
    if (load->flying_bytes + frame->len > FLYING_BYTES_MAX)
        return false;
    if (site->credit < (int64_t)frame->len + 64 || site->next - site->acked >= UNACKED_FRAMES_MAX)
        return false;
    struct msg msg = {
        .type = MSG_TXNS,
        .txns = {.session = site->session,
                 .batches = {.items = bytes_of(frame->batch, frame->len), .count = 1}}};
    if (!say(load, site, &msg))
        return false;
    site->credit -= (int64_t)mp_buf_bytes(&load->frame).len;
    site->next++;
    load->flying_bytes += frame->len;
    frame->due_s = due_s;
    load->sent += frame->ops;
    return true;
}

enum err load_burst(struct load *load, uint32_t until, struct err_info *info)
{
    double limit_s = bench_now_s() + SETTLE_S;
    for (bool done = false; !done && bench_now_s() < limit_s;) {
        done = true;
        for (uint32_t i = 0; i < load->count; i++) {
            struct load_site *site = &load->sites[i];
            uint32_t end = until < site->frame_count ? until : site->frame_count;
            while (site->next < end && load_send(load, site, bench_now_s()))
                ;
            done = done && site->acked >= end;
        }
        if (load->open_count < load->count)
            return bench_fail(info, ERR_UNREACHABLE, "session");
        if (!done)
            load_turn(load);
    }
    return bench_now_s() < limit_s ? ERR_OK : bench_fail(info, ERR_TIMEOUT, "acknowledge");
}

uint64_t load_applied(struct load *load)
{
    struct store_txn *txn = NULL;
    struct bytes stored;
    uint64_t applied = 0;
    if (store_begin(load->broker, STORE_READ, &txn, NULL) != ERR_OK)
        return 0;
    if (store_get(txn, NS_META, bytes_of_text("applied"), &stored) == ERR_OK) {
        struct mp_reader reader = mp_reader_of(stored); /* [arrival, of the next, in all] */
        (void)mp_read_array(&reader);
        (void)mp_read_uint(&reader);
        (void)mp_read_uint(&reader);
        applied = mp_read_uint(&reader);
    }
    store_abort(txn);
    return applied;
}

enum err load_settle(struct load *load, struct err_info *info)
{
    double limit_s = bench_now_s() + SETTLE_S;
    while (load_applied(load) < load->acked) {
        if (bench_now_s() > limit_s)
            return bench_fail(info, ERR_TIMEOUT, "apply");
        for (uint32_t i = 0; i < load->count; i++)
            (void)hear(load, &load->sites[i]);
        bench_pause(0.001);
    }
    return ERR_OK;
}
