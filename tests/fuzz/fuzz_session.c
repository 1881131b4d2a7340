/* Frames to running engines: a site with a good key sends what it likes to the broker, a broker
 * what it likes to a site. Neither stops, and an honest site's work still gets through. */
#include "tests/fuzz/fuzz.h"

#include <sodium.h>

#include "node/node_private.h"
#include "tests/broker/world.h"

enum { RUNS_A_WORLD = 400, RUNS_A_PROOF = 25, FRAMES_MAX = 12 };

static struct world *world;
static struct site *honest, *hostile;
static uint64_t session;    /* of the hostile site at the broker */
static uint32_t connection; /* … and its line */
static uint32_t runs;

/* The hostile site's own engine goes; its session stays. */
static void seize(void)
{
    world_settle(world);
    session = hostile->node->core.session;
    connection = hostile->connection;
    node_stop(hostile);
    hostile->connected = true;
}

static void renew(void)
{
    if (world != NULL)
        world_free(world);
    world = world_new();
    honest = world_add(world);
    hostile = world_add(world);
    (void)write_title(hostile, "mine");
    seize();
}

/* Nobody guesses a session's number, so the fuzzer is told it. */
static void tell_session(struct msg *msg, uint64_t number)
{
    uint64_t *const places[MSG_JOINED + 1] = {
        [MSG_TXNS] = &msg->txns.session,       [MSG_ACK] = &msg->ack.session,
        [MSG_FEED] = &msg->feed.session,       [MSG_FEED_ACK] = &msg->feed_ack.session,
        [MSG_OWN_GET] = &msg->own_get.session, [MSG_OWN_OPS] = &msg->own_ops.session,
        [MSG_RETURN] = &msg->back.session,     [MSG_RETURNED] = &msg->returned.session,
        [MSG_PING] = &msg->ping.nonce,         [MSG_PONG] = &msg->pong.nonce,
        [MSG_HELLO] = &msg->hello.site,
    };
    if (msg->type <= MSG_JOINED && places[msg->type] != NULL)
        *places[msg->type] = msg->type == MSG_HELLO ? hostile->id : number;
}

static void send(bool to_broker, bool told, struct bytes frame)
{
    static struct msg msg;
    struct mp_buf buf;
    mp_buf_init(&buf, FRAME_BYTES_MAX);
    if (told && msg_decode(frame, &msg) == ERR_OK) {
        tell_session(&msg, to_broker ? session : honest->node->core.session);
        msg_encode(&buf, &msg);
        if (mp_buf_err(&buf) == ERR_OK)
            frame = mp_buf_bytes(&buf);
    }
    uint8_t peer[8];
    put_u32(peer, hostile->number);
    put_u32(peer + 4, connection);
    if (to_broker)
        broker_on_frame(world->broker, bytes_of(peer, sizeof(peer)), hostile->transport_key, frame,
                        world->now);
    else
        node_on_frame(honest->node, frame, world->now);
    mp_buf_deinit(&buf);
}

/* An honest change arrives, whatever came before. */
static void prove(void)
{
    struct written made = write_title(honest, "still at work");
    world_settle(world);
    assert(strcmp(title_at_broker(world, KIND_EVIDENCE, made.rid), "still at work") == 0);
}

/* [flags, length in two bytes, frame]… */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (runs % RUNS_A_WORLD == 0)
        renew();
    for (int i = 0; i < FRAMES_MAX && size >= 3; i++) {
        size_t len = get_u16(data + 1);
        if (len > size - 3)
            len = size - 3;
        send((data[0] & 1) == 0, (data[0] & 2) == 0, bytes_of(data + 3, len));
        if ((data[0] & 4) != 0)
            world_run(world, WORLD_STEP_MS);
        data += 3 + len;
        size -= 3 + len;
    }
    world_run(world, 2 * WORLD_STEP_MS);
    if (++runs % RUNS_A_PROOF == 0)
        prove();
    return 0;
}
