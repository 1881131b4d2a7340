#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

/* The network: every frame is a message that may be late, lost, doubled or overtaken. A connection
 * is a number; frames of a connection that is gone arrive nowhere. */

static bool frame_before(const struct sim_frame *a, const struct sim_frame *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void heap_up(struct sim *sim, uint32_t at)
{
    while (at > 0 && frame_before(&sim->frames[at], &sim->frames[(at - 1) / 2])) {
        struct sim_frame kept = sim->frames[at];
        sim->frames[at] = sim->frames[(at - 1) / 2];
        sim->frames[(at - 1) / 2] = kept;
        at = (at - 1) / 2;
    }
}

static void heap_down(struct sim *sim)
{
    uint32_t at = 0;
    for (;;) {
        uint32_t least = at, left = 2 * at + 1, right = 2 * at + 2;
        if (left < sim->frame_count && frame_before(&sim->frames[left], &sim->frames[least]))
            least = left;
        if (right < sim->frame_count && frame_before(&sim->frames[right], &sim->frames[least]))
            least = right;
        if (least == at)
            return;
        struct sim_frame kept = sim->frames[at];
        sim->frames[at] = sim->frames[least];
        sim->frames[least] = kept;
        at = least;
    }
}

static void enqueue(struct sim *sim, uint64_t connection, bool to_broker, struct bytes frame)
{
    uint64_t delay_ms = 1 + rng_below(&sim->rng, 30);

    if (sim->frame_count == SIM_FRAMES_MAX) {
        sim_fail(sim, "more than %d frames under way", SIM_FRAMES_MAX);
        return;
    }
    if (rng_chance(&sim->rng, sim->quiet ? 0 : sim->faults.delay))
        delay_ms += rng_below(&sim->rng, 20 * 1000);
    struct sim_frame item = {.at_ms = sim->now_ms + delay_ms,
                             .order = sim->frame_order++,
                             .connection = connection,
                             .to_broker = to_broker,
                             .data = malloc(frame.len),
                             .len = frame.len};
    /* Within a connection frames keep their order unless this seed lets them overtake each other.
     */
    bool overtake = rng_chance(&sim->rng, sim->quiet ? 0 : sim->faults.reorder);
    for (uint32_t i = 0; i < sim->frame_count && !overtake; i++) {
        const struct sim_frame *other = &sim->frames[i];
        if (other->connection == connection && other->to_broker == to_broker &&
            other->at_ms > item.at_ms)
            item.at_ms = other->at_ms;
    }
    memcpy(item.data, frame.data, frame.len);
    sim->frames[sim->frame_count++] = item;
    heap_up(sim, sim->frame_count - 1);
}

/* One file a frame, for the fuzzers to start from: the frame alone, and as fuzz_session reads it.
 */
static void dump(struct sim *sim, bool to_broker, struct bytes frame)
{
    static const char *const folders[] = {"msg", "session"};
    char path[1024];
    uint8_t head[3] = {to_broker ? 4 : 5};
    if (frame.len > UINT16_MAX || sim->frame_order > SIM_DUMPED_MAX)
        return;
    put_u16(head + 1, (uint16_t)frame.len);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s/sim-%llu-%llu", sim->frames_dir, folders[i],
                       (unsigned long long)sim->seed, (unsigned long long)sim->frame_order);
        FILE *file = fopen(path, "wbe");
        if (file == NULL) {
            sim_fail(sim, "cannot write %s", path);
            return;
        }
        (void)fwrite(head, 1, i == 0 ? 0 : sizeof(head), file);
        (void)fwrite(frame.data, 1, frame.len, file);
        (void)fclose(file);
    }
}

static void transmit(struct sim *sim, uint64_t connection, bool to_broker, struct bytes frame)
{
    if (sim->frames_dir != NULL)
        dump(sim, to_broker, frame);
    if (rng_chance(&sim->rng, sim->quiet ? 0 : sim->faults.drop))
        return;
    enqueue(sim, connection, to_broker, frame);
    if (rng_chance(&sim->rng, sim->quiet ? 0 : sim->faults.duplicate))
        enqueue(sim, connection, to_broker, frame);
}

static struct sim_place *place_of_connection(struct sim *sim, uint64_t connection)
{
    for (uint32_t i = 0; i <= sim->node_count && i <= SIM_NODES_MAX; i++)
        if (sim->nodes[i].active && sim->nodes[i].connection == connection)
            return &sim->nodes[i];
    return NULL;
}

void net_drop_connection(struct sim_place *place)
{
    place->connection = 0;
    place->connected = false;
    place->connect_at_ms = 0;
}

void net_deliver(struct sim *sim)
{
    struct sim_frame frame = sim->frames[0];

    sim->frames[0] = sim->frames[--sim->frame_count];
    heap_down(sim);
    struct sim_place *place = place_of_connection(sim, frame.connection);
    if (place != NULL && place->connected && place->up) {
        sim->deliveries++;
        sim->happened[SIM_MIXED] += place->other != sim->broker.other;
        struct bytes bytes = bytes_of(frame.data, frame.len);
        if (!frame.to_broker) {
            engine_frame(place, bytes);
            place->wake_ms = sim->now_ms;
        } else if (sim->broker.up) {
            uint8_t peer[8];
            put_u64(peer, frame.connection);
            engine_peer_frame(&sim->broker, bytes_of(peer, sizeof(peer)), place->transport_public,
                              bytes);
            sim->broker.wake_ms = sim->now_ms;
        }
    }
    free(frame.data);
}

uint64_t net_next_ms(const struct sim *sim)
{
    return sim->frame_count > 0 ? sim->frames[0].at_ms : UINT64_MAX;
}

void net_clear(struct sim *sim)
{
    for (uint32_t i = 0; i < sim->frame_count; i++)
        free(sim->frames[i].data);
    sim->frame_count = 0;
}

static enum err link_open(void *context, const struct membership *membership)
{
    struct sim_place *place = context;

    (void)membership;
    place->connection = ++place->sim->connection_last;
    place->connected = false;
    place->connect_at_ms = place->sim->now_ms + 1 + rng_below(&place->sim->rng, 200);
    return ERR_OK;
}

static void link_close(void *context)
{
    net_drop_connection(context);
}

static enum err link_send(void *context, struct bytes frame)
{
    struct sim_place *place = context;
    struct sim *sim = place->sim;

    if (!place->connected)
        return ERR_UNREACHABLE;
    if (rng_chance(&sim->rng, sim->quiet ? 0 : 10))
        return ERR_BUSY;
    check_sent_by_node(sim, frame);
    transmit(sim, place->connection, true, frame);
    return ERR_OK;
}

static void fill_random(void *context, uint8_t *out, size_t len)
{
    struct sim_place *place = context;
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)rng_next(&place->sim->rng);
}

static enum err broker_send(void *context, struct bytes peer, struct bytes frame)
{
    struct sim_place *broker = context;
    struct sim *sim = broker->sim;
    struct sim_place *place = place_of_connection(sim, get_u64(peer.data));

    if (place == NULL || !place->connected)
        return ERR_UNREACHABLE;
    if (rng_chance(&sim->rng, sim->quiet ? 0 : 10))
        return ERR_BUSY;
    check_sent_by_broker(sim, place, frame);
    transmit(sim, place->connection, false, frame);
    return ERR_OK;
}

static void say_node(void *context, enum node_log_level level, const char *event, const char *pairs)
{
    const struct sim_place *place = context;
    (void)level;
    sim_say(place->sim, "node %d: %s %s", place->index, event, pairs);
}

static void say_broker(void *context, enum broker_log_level level, const char *event,
                       const char *pairs)
{
    const struct sim_place *place = context;
    (void)level;
    sim_say(place->sim, "broker: %s %s", event, pairs);
}

struct node_hooks net_node_hooks(struct sim_place *place)
{
    return (struct node_hooks){.context = place,
                               .link_open = link_open,
                               .link_close = link_close,
                               .link_send = link_send,
                               .random = fill_random,
                               .log = say_node};
}

struct broker_hooks net_broker_hooks(struct sim_place *place)
{
    return (struct broker_hooks){
        .context = place, .send = broker_send, .random = fill_random, .log = say_broker};
}
