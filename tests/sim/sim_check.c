#include <string.h>

#include "proto/sync/msg.h"
#include "tests/sim/sim.h"

/* The oracle while a run goes on. It believes nobody: it reads what is committed and what is said,
 * and compares. Names are those of ARCHITECTURE.md. */

static struct sim_acked *acked_of(struct sim *sim, struct origin origin)
{
    for (uint32_t i = 0; i < sim->acked_count; i++)
        if (origin_equal(sim->acked[i].origin, origin))
            return &sim->acked[i];
    if (sim->acked_count == sizeof(sim->acked) / sizeof(sim->acked[0])) {
        sim_fail(sim, "more origins than a run can have");
        return &sim->acked[0];
    }
    sim->acked[sim->acked_count] = (struct sim_acked){.origin = origin};
    return &sim->acked[sim->acked_count++];
}

/* I5: a dot maps to one operation for ever. */
static void see_leaf(struct sim *sim, struct dot dot, const uint8_t leaf[HASH_BYTES])
{
    uint64_t at = (dot.origin.site * 0x9e3779b97f4a7c15u) ^
                  (dot.origin.epoch * 0xbf58476d1ce4e5b9u) ^ (dot.seq * 0x94d049bb133111ebu);

    for (uint32_t probe = 0; probe < SIM_LEAVES_MAX; probe++) {
        struct sim_leaf *slot = &sim->leaves[(at + probe) % SIM_LEAVES_MAX];
        if (!slot->used) {
            *slot = (struct sim_leaf){.dot = dot, .used = true};
            memcpy(slot->leaf, leaf, HASH_BYTES);
            sim->leaf_count++;
            return;
        }
        if (dot_compare(slot->dot, dot) == 0) {
            if (memcmp(slot->leaf, leaf, HASH_BYTES) != 0)
                sim_fail(sim, "I5: two operations under epoch %u number %llu", dot.origin.epoch,
                         (unsigned long long)dot.seq);
            return;
        }
    }
}

/* What a site sends under a number stays what it is, unless the machine was copied: then the broker
 * decides which of two is true. */
void check_sent_by_node(struct sim *sim, struct bytes frame)
{
    static struct batch batch;
    struct msg msg;

    if (sim->cloned || sim->faults.restore > 0)
        return;
    if (msg_decode(frame, &msg) != ERR_OK) {
        sim_fail(sim, "a site sends a frame that cannot be read");
        return;
    }
    if (msg.type != MSG_TXNS)
        return;
    struct mp_reader reader = mp_reader_of(msg.txns.batches.items);
    for (uint32_t i = 0; i < msg.txns.batches.count; i++) {
        if (batch_read(&reader, &batch) != ERR_OK) {
            sim_fail(sim, "a site sends a batch that cannot be read");
            return;
        }
        for (uint32_t e = 0; e < batch.count; e++) {
            struct entry entry;
            uint8_t leaf[HASH_BYTES];
            if (entry_decode(batch.entries[e], &entry) != ERR_OK ||
                chain_leaf(&entry, leaf) != ERR_OK) {
                sim_fail(sim, "a site sends an operation that cannot be read");
                return;
            }
            see_leaf(sim, (struct dot){.origin = batch.origin, .seq = batch.first + e}, leaf);
        }
    }
}

/* I6: at the moment an acknowledgement leaves, a power cut would leave what it says. */
static void check_ack(struct sim *sim, struct origin origin, uint64_t seq,
                      const uint8_t head[HASH_BYTES])
{
    struct store_txn *txn = NULL;
    struct err_info info;
    struct origin_row row = {0};
    uint8_t committed[HASH_BYTES];

    sim->acks++;
    if (store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
        return;
    enum err err = ledger_get_origin(txn, origin, &row);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        sim_fail(sim, "read an origin: %s", err_text(err));
    if (row.stored_seq < seq)
        sim_fail(sim, "I6: %llu acknowledged, %llu committed", (unsigned long long)seq,
                 (unsigned long long)row.stored_seq);
    else if (seq > 0 && (ledger_head_at(txn, origin, seq, committed) != ERR_OK ||
                         memcmp(committed, head, HASH_BYTES) != 0))
        sim_fail(sim, "I6: the head acknowledged at %llu is not the one committed",
                 (unsigned long long)seq);
    store_abort(txn);
    struct sim_acked *acked = acked_of(sim, origin);
    if (seq > acked->seq)
        acked->seq = seq;
}

void check_sent_by_broker(struct sim *sim, const struct sim_place *to, struct bytes frame)
{
    struct msg msg;

    if (msg_decode(frame, &msg) != ERR_OK) {
        sim_fail(sim, "the broker sends a frame that cannot be read");
        return;
    }
    if (msg.type == MSG_ACK)
        check_ack(sim, (struct origin){.site = to->site, .epoch = msg.ack.epoch},
                  msg.ack.stored_seq, msg.ack.head);
    else if (msg.type == MSG_WELCOME && msg.welcome.mode != WELCOME_NEW_EPOCH)
        check_ack(sim, (struct origin){.site = to->site, .epoch = msg.welcome.epoch},
                  msg.welcome.stored_seq, msg.welcome.head);
    else if (msg.type == MSG_WELCOME && !sim->cloned && sim->faults.restore == 0)
        sim_fail(sim, "I1: a site that was neither copied nor restored is to start epoch %u",
                 msg.welcome.epoch);
    else if (msg.type == MSG_BLOB_HAVE && !blobs_have(sim->broker.blobs, msg.blob_have.hash, NULL))
        sim_fail(sim, "I6: a file is confirmed that is not there");
}

/* I1, I2, I5 for one origin of the broker's log. */
static void check_origin(struct sim *sim, struct store_txn *txn, struct origin origin)
{
    struct origin_row row;
    struct sim_acked *acked = acked_of(sim, origin);
    uint8_t key[DOT_KEY_BYTES], leaf[HASH_BYTES];
    struct bytes value;
    struct entry entry;

    if (ledger_get_origin(txn, origin, &row) != ERR_OK) {
        if (acked->seq > 0)
            sim_fail(sim, "I1: an acknowledged origin is gone");
        return;
    }
    if (row.stored_seq < acked->seq)
        sim_fail(sim, "I1: %llu acknowledged, the log ends at %llu", (unsigned long long)acked->seq,
                 (unsigned long long)row.stored_seq);
    if (acked->checked_seq == 0)
        chain_start(origin, acked->checked_head);
    while (acked->checked_seq < row.stored_seq) {
        struct dot dot = {.origin = origin, .seq = acked->checked_seq + 1};
        dot_put_key(dot, key);
        if (store_get(txn, NS_LOG, bytes_of(key, sizeof(key)), &value) != ERR_OK ||
            entry_decode(value, &entry) != ERR_OK || chain_leaf(&entry, leaf) != ERR_OK) {
            sim_fail(sim, "I2: number %llu of epoch %u is missing", (unsigned long long)dot.seq,
                     origin.epoch);
            return;
        }
        see_leaf(sim, dot, leaf);
        chain_extend(acked->checked_head, leaf);
        acked->checked_seq++;
    }
    if (memcmp(acked->checked_head, row.head, HASH_BYTES) != 0)
        sim_fail(sim, "I2: the chain of epoch %u does not lead to its head", origin.epoch);
}

void check_step(struct sim *sim)
{
    struct store_txn *txn = NULL;
    struct store_iter *iter = NULL;
    struct err_info info;
    struct bytes key, value;
    enum err err = ERR_OK;

    if (store_begin(sim->broker.store, STORE_READ, &txn, &info) != ERR_OK)
        return;
    if (store_iter_open(txn, NS_ORIGIN, (struct bytes){0}, (struct bytes){0}, STORE_FORWARD,
                        &iter) == ERR_OK) {
        while (store_iter_next(iter, &key, &value, &err)) {
            struct origin origin = {.site = get_u64(key.data), .epoch = get_u32(key.data + 8)};
            (void)acked_of(sim, origin);
        }
        store_iter_close(iter);
    }
    for (uint32_t i = 0; i < sim->acked_count && sim->failure[0] == '\0'; i++)
        check_origin(sim, txn, sim->acked[i].origin);
    store_abort(txn);
    machine_check(sim);
}
