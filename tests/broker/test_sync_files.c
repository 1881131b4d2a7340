#include "lib/ledger/copy.h"
#include "world.h"

#include <stdlib.h>

/* Attachments: up, down, resumed, damaged. */

static uint8_t *make_bytes(size_t len, uint8_t seed)
{
    uint8_t *data = malloc(len);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(seed + i * 31 + i / 251);
    return data;
}

Test(sync_files, a_file_follows_its_record_and_resumes_after_a_cut)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    size_t len = 40 * (size_t)BLOB_CHUNK_BYTES + 17;
    uint8_t *data = make_bytes(len, 3), hash[HASH_BYTES];
    cr_assert_eq(blobs_add_bytes(site->blobs, bytes_of(data, len), hash, NULL), ERR_OK);
    (void)write_with_file(site, "scan", hash, len);
    world_settle(world);
    uint64_t size = 0;
    cr_expect(blobs_have(world->blobs, hash, &size));
    cr_expect_eq(size, len);
    free(data);

    data = make_bytes(len, 4);
    cr_assert_eq(blobs_add_bytes(site->blobs, bytes_of(data, len), hash, NULL), ERR_OK);
    (void)write_with_file(site, "another", hash, len);
    world_run(world, 50);
    uint32_t part = blobs_partial_chunks(world->blobs, hash);
    cr_expect_gt(part, 0);
    cr_expect(!blobs_have(world->blobs, hash, NULL));
    node_stop(site);
    node_start(site);
    world_run(world, 20);
    cr_expect_geq(blobs_partial_chunks(world->blobs, hash), part, "nothing is begun again");
    cr_expect_eq(status_of(site).pending, 0);
    world_settle(world);
    cr_expect(blobs_have(world->blobs, hash, NULL));
    cr_expect_eq(status_of(site).blobs_pending, 0);
    free(data);
    world_free(world);
}

static struct bytes damage_chunk(struct world *world, struct site *site, struct bytes frame)
{
    (void)site;
    struct msg msg;
    static uint8_t copy[FRAME_BYTES_MAX];
    if (msg_decode(frame, &msg) != ERR_OK || msg.type != MSG_BLOB_CHUNK)
        return frame;
    memcpy(copy, frame.data, frame.len);
    copy[frame.len - 1] ^= 1;
    world->tamper = NULL; /* once */
    return bytes_of(copy, frame.len);
}

Test(sync_files, a_damaged_file_is_begun_again)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    size_t len = 5 * (size_t)BLOB_CHUNK_BYTES;
    uint8_t *data = make_bytes(len, 9), hash[HASH_BYTES];
    cr_assert_eq(blobs_add_bytes(site->blobs, bytes_of(data, len), hash, NULL), ERR_OK);
    (void)write_with_file(site, "scan", hash, len);
    world->tamper = damage_chunk;
    world_settle(world);
    cr_expect(blobs_have(world->blobs, hash, NULL));
    struct broker_counters counters;
    broker_counters(world->broker, &counters);
    cr_expect_eq(counters.refused_bad_blob, 1);
    free(data);
    world_free(world);
}

Test(sync_files, an_empty_file_and_one_chunk_arrive)
{
    static const size_t lens[] = {0, 1, BLOB_CHUNK_BYTES, BLOB_CHUNK_BYTES + 1};
    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        struct world *world = world_new();
        struct site *site = world_add(world);
        uint8_t *data = make_bytes(lens[i] + 1, 7), hash[HASH_BYTES];
        cr_assert_eq(blobs_add_bytes(site->blobs, bytes_of(data, lens[i]), hash, NULL), ERR_OK);
        (void)write_with_file(site, "scan", hash, lens[i]);
        world_settle(world);
        cr_expect(blobs_have(world->blobs, hash, NULL), "%zu bytes", lens[i]);
        free(data);
        world_free(world);
    }
}

Test(sync_files, a_broker_from_an_old_copy_gets_its_files_again)
{
    struct world *world = world_new();
    struct site *site = world_add(world);
    size_t len = 3 * (size_t)BLOB_CHUNK_BYTES + 5;
    uint8_t *data = make_bytes(len, 7), hash[HASH_BYTES];
    struct store *old;
    cr_assert_eq(store_mem_copy(world->store, &old), ERR_OK);
    cr_assert_eq(blobs_add_bytes(site->blobs, bytes_of(data, len), hash, NULL), ERR_OK);
    (void)write_with_file(site, "scan", hash, len);
    world_settle(world);
    cr_expect(blobs_have(world->blobs, hash, NULL));
    broker_stop(world);
    store_close(world->store);
    world->store = old;
    cr_assert_eq(blobs_remove(world->blobs, hash, NULL), ERR_OK);
    cr_assert_eq(copy_adopt(old, (const uint8_t *)"another broker..", NULL), ERR_OK);
    broker_start(world);
    world_settle(world);
    cr_expect(blobs_have(world->blobs, hash, NULL), "the site had it confirmed by the lost broker");
    cr_expect_eq(status_of(site).blobs_pending, 0);
    free(data);
    world_free(world);
}
