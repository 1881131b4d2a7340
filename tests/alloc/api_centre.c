#include "tests/alloc/api_centre.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "broker/broker_private.h"
#include "lib/sys/random.h"
#include "tests/alloc/api_place.h"

static struct broker_feed *feed;
static struct broker *broker;

static uint8_t sent[64 * 1024];
static size_t sent_len;

static enum err on_send(void *context, struct bytes peer, struct bytes frame)
{
    (void)context;
    (void)peer;
    assert(frame.len <= sizeof(sent));
    memcpy(sent, frame.data, frame.len);
    sent_len = frame.len;
    return ERR_OK;
}

struct bytes centre_sent(void)
{
    return bytes_of(sent, sent_len);
}

void centre_forget_sent(void)
{
    sent_len = 0;
}

struct broker *centre_broker(void)
{
    return broker;
}

static void on_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    random_bytes(out, len);
}

struct ledger_options centre_ledger_options(void)
{
    must(broker_feed_new(&feed), "make a feed");
    return broker_ledger_options(feed);
}

void centre_open(struct machine *place)
{
    struct err_info info = {0};
    struct broker_setup setup = {
        .ledger = place->ledger,
        .feed = feed,
        .blobs = place->blobs,
        .hooks = {.send = on_send, .random = on_random},
        .config = {.software = "sweep", .organisation = "Northmoor Council"},
    };
    memset(setup.config.sign_secret, 7, sizeof(setup.config.sign_secret));
    must(broker_new(&setup, (struct times){.unix_ms = machine_now_ms()}, &broker, &info),
         "start the engine");
}

void centre_close(void)
{
    broker_free(broker);
    broker = NULL;
}

void centre_forget_options(void)
{
    broker_feed_free(feed);
    feed = NULL;
}

/* ---- what the interface asks for ---- */

static void on_committed(void *context)
{
    (void)context;
    broker_on_local_commit(broker);
}

static enum err on_invite(void *context, const struct api_invite *invite, char *token_out,
                          uint64_t *expires_ms_out, struct err_info *info)
{
    uint8_t key[TRANSPORT_KEY_BYTES];
    struct key_row row = {.use = KEY_INVITE, .partner = invite->partner};
    (void)context;
    random_bytes(key, sizeof(key));
    (void)snprintf(row.slug, sizeof(row.slug), "%s", invite->slug);
    (void)snprintf(row.name, sizeof(row.name), "%s", invite->name);
    row.expires_ms = machine_now_ms() + 1000;
    (void)snprintf(token_out, API_TOKEN_TEXT_BYTES, "token-of-%s", invite->slug);
    *expires_ms_out = row.expires_ms;
    return invite->replace ? broker_invite_in_place(broker, key, &row, info)
                           : broker_invite(broker, key, &row, info);
}

static enum err on_revoke(void *context, const char *slug, struct err_info *info)
{
    (void)context;
    return broker_revoke(broker, slug, info);
}

static enum err on_release(void *context, const char *slug, uint32_t epoch, uint64_t *released_out,
                           struct err_info *info)
{
    (void)context;
    return broker_release(broker, slug, epoch, released_out, info);
}

struct api_daemon centre_daemon(void)
{
    return (struct api_daemon){
        .committed = on_committed, .invite = on_invite, .revoke = on_revoke, .release = on_release};
}

/* ---- something that is held ---- */

static void hold(struct machine *machine, struct origin origin)
{
    struct store_txn *txn;
    struct err_info info = {0};
    struct site_row row;
    must(store_begin(machine->store, STORE_WRITE, &txn, &info), "begin");
    must(broker_put_lineage(txn, origin, LINEAGE_HELD), "hold an epoch");
    must(roster_get(txn, origin.site, &row), "find a site");
    row.state = SITE_SUSPECT;
    row.suspect_ms = machine_now_ms();
    row.transport_public[0] = CENTRE_HOUSING_KEY;
    must(roster_put_key(txn, row.transport_public,
                        &(struct key_row){.use = KEY_SITE, .site = row.site}),
         "know its key");
    must(roster_put(txn, &row), "suspect a site");
    assert(store_commit(txn, &info) == STORE_DURABLE);
}

void centre_prepare_held(struct machine *node, struct machine *at)
{
    struct machine place;
    struct origin_row row;
    struct store_txn *txn;
    struct err_info info = {0};
    struct origin origin = {.site = node->site, .epoch = ledger_identity(node->ledger).epoch};
    must(store_begin(at->store, STORE_READ, &txn, &info), "begin");
    must(ledger_get_origin(txn, origin, &row), "find a log");
    store_abort(txn);
    hold(at, origin);
    struct reply *reply = ask(node, HTTP_POST, "/api/v1/records/evidence",
                              "{\"fields\":{\"title\":\"Held\",\"date\":\"2026-11-01\"}}", NULL);
    assert(reply->status == 201);
    place_open(&place, LEDGER_BROKER);
    machine_push(node, &place, &row.stored_seq);
    store_close(at->store);
    must(store_mem_copy(place.store, &at->store), "keep what is held");
    place_close(&place);
}
