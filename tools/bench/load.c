#include "tools/bench/load.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "lib/ledger/roster.h"
#include "tools/bench/payload.h"

static const uint64_t start_ms = 1767225600000; /* 2026-01-01 */
static const size_t store_bytes = (size_t)64 << 30;

static enum err fill_frame(struct payload *payload, struct load_site *site, uint32_t ops,
                           uint8_t head[HASH_BYTES], struct load_frame *frame_out)
{
    static struct batch batch;
    static struct mp_buf entries[BATCH_OPS_MAX];
    struct mp_buf wire;
    struct entry entry;
    uint8_t leaf[HASH_BYTES];
    enum err err = ERR_OK;

    batch.origin = payload->origin;
    batch.first = payload->seq + 1;
    batch.count = ops;
    memcpy(batch.prev_head, head, HASH_BYTES);
    for (uint32_t i = 0; i < ops && err == ERR_OK; i++) {
        mp_buf_init(&entries[i], OP_BYTES_MAX);
        err = payload_next(payload, &entries[i]);
        batch.entries[i] = mp_buf_bytes(&entries[i]);
        if (err == ERR_OK)
            err = entry_decode(batch.entries[i], &entry);
        if (err == ERR_OK)
            err = chain_leaf(&entry, leaf);
        if (err == ERR_OK)
            chain_extend(head, leaf);
    }
    mp_buf_init(&wire, FRAME_BYTES_MAX);
    if (err == ERR_OK) {
        seal_make(batch.origin, batch.first, payload->seq, head, site->keys.sign_secret,
                  batch.seal);
        batch_encode(&wire, &batch);
        err = mp_buf_err(&wire);
    }
    struct bytes made = mp_buf_bytes(&wire);
    *frame_out = (struct load_frame){.len = made.len, .ops = ops, .last = payload->seq};
    frame_out->batch = malloc(made.len + 1);
    if (err == ERR_OK && frame_out->batch != NULL)
        memcpy(frame_out->batch, made.data, made.len);
    mp_buf_deinit(&wire);
    for (uint32_t i = 0; i < ops; i++)
        mp_buf_deinit(&entries[i]);
    return err;
}

static void make_keys(struct load_site *site, uint64_t seed, uint32_t place)
{
    uint8_t secret[32];
    payload_secret(seed, place, "site", secret);
    site->id = site_id_from_random(secret);
    payload_secret(seed, place, "transport", site->keys.transport_secret);
    (void)crypto_scalarmult_base(site->keys.transport_public, site->keys.transport_secret);
    payload_secret(seed, place, "sign", secret);
    (void)crypto_sign_seed_keypair(site->keys.sign_public, site->keys.sign_secret, secret);
}

static enum err fill_site(struct load *load, struct load_site *site, uint64_t operations,
                          uint32_t batch, uint64_t seed)
{
    struct payload payload;
    uint8_t head[HASH_BYTES];
    enum err err = ERR_OK;

    payload_begin(&payload, (struct origin){.site = site->id, .epoch = 1}, seed, start_ms);
    chain_start(payload.origin, head);
    site->frames = calloc(operations / batch + 1, sizeof(*site->frames));
    if (site->frames == NULL)
        err = ERR_NO_MEMORY;
    while (err == ERR_OK && payload.seq < operations) {
        uint64_t left = operations - payload.seq;
        struct load_frame *frame = &site->frames[site->frame_count];
        err = fill_frame(&payload, site, left < batch ? (uint32_t)left : batch, head, frame);
        if (err == ERR_OK && frame->batch == NULL)
            err = ERR_NO_MEMORY;
        if (err == ERR_OK) {
            site->frame_count++;
            load->operations += frame->ops;
            load->bytes += frame->len;
            load->mark_max++;
        }
    }
    payload_end(&payload);
    return err;
}

enum err load_make(struct load *load, uint32_t count, uint64_t operations, uint32_t batch,
                   uint64_t seed, struct err_info *info)
{
    *load = (struct load){.sites = calloc(count, sizeof(*load->sites))};
    mp_buf_init(&load->frame, FRAME_BYTES_MAX);
    enum err err = load->sites != NULL ? ERR_OK : ERR_NO_MEMORY;
    for (; err == ERR_OK && load->count < count; load->count++) {
        make_keys(&load->sites[load->count], seed, load->count);
        err = fill_site(load, &load->sites[load->count], operations / count, batch, seed);
    }
    load->marks = calloc(load->mark_max + 1, sizeof(*load->marks));
    load->latencies_s = calloc(load->mark_max + 1, sizeof(*load->latencies_s));
    if (err == ERR_OK && (load->marks == NULL || load->latencies_s == NULL))
        err = ERR_NO_MEMORY;
    return err == ERR_OK ? ERR_OK : bench_fail(info, err, "payload");
}

void load_free(struct load *load)
{
    for (uint32_t i = 0; i < load->count; i++) {
        for (uint32_t k = 0; k < load->sites[i].frame_count; k++)
            free(load->sites[i].frames[k].batch);
        free(load->sites[i].frames);
    }
    free(load->sites);
    free(load->marks);
    free(load->latencies_s);
    mp_buf_deinit(&load->frame);
    *load = (struct load){.count = 0};
}

static enum err enrol_site(struct store_txn *txn, const struct load_site *site, uint32_t place)
{
    struct site_row row = {
        .site = site->id, .state = SITE_ACTIVE, .epoch = 1, .joined_ms = start_ms};
    struct key_row key = {.use = KEY_SITE, .site = site->id};

    (void)snprintf(row.slug, sizeof(row.slug), "site-%u", place + 1);
    (void)snprintf(row.name, sizeof(row.name), "Site %u", place + 1);
    memcpy(row.transport_public, site->keys.transport_public, sizeof(row.transport_public));
    memcpy(row.sign_public, site->keys.sign_public, sizeof(row.sign_public));
    enum err err = roster_put(txn, &row);
    return err == ERR_OK ? roster_put_key(txn, site->keys.transport_public, &key) : err;
}

enum err load_enrol(struct load *load, const char *data, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    enum err err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb(path, store_bytes, &store, info);
    if (err == ERR_OK)
        err = store_begin(store, STORE_WRITE, &txn, info);
    for (uint32_t i = 0; err == ERR_OK && i < load->count; i++)
        err = enrol_site(txn, &load->sites[i], i);
    if (err == ERR_OK)
        err = store_commit(txn, info) == STORE_DURABLE ? ERR_OK : ERR_IO;
    else
        store_abort(txn);
    store_close(store);
    return err == ERR_OK ? ERR_OK : bench_fail(info, err, "roster");
}
