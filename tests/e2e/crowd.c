#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "lib/link/dealer.h"
#include "lib/link/join.h"
#include "lib/sys/clock.h"
#include "lib/sys/random.h"
#include "node/node.h"

/* Hundreds of sites in one process against a real broker: every one enrols with its own invitation
 * (a line of standard input each), holds its own CURVE connection, and records while all the others
 * do. It ends well when everything every site recorded is acknowledged.
 *   crowd RECORDS_A_SITE <tokens */

enum { SITES_MAX = 512, JOIN_MS = 20 * 1000, LIMIT_MS = 240 * 1000, FRAMES_A_TURN = 8 };

struct site {
    struct keys keys;
    uint64_t id;
    struct store *store;
    struct blobs *blobs;
    struct ledger *ledger;
    struct node *node;
    struct dealer *dealer;
    bool announced;
    uint32_t written;
    uint64_t wake_ms;
};

static struct site sites[SITES_MAX];
static uint32_t site_count;
static void *zmq;

static void die(const char *what, const struct err_info *info)
{
    (void)printf("not ok - %s: %s\n", what, info != NULL ? info->text : "");
    exit(1);
}

static struct times now(void)
{
    return (struct times){.mono_ms = clock_mono_ms(), .unix_ms = clock_unix_ms()};
}

static void link_close(void *context)
{
    struct site *site = context;
    dealer_close(site->dealer);
    site->dealer = NULL;
}

static enum err link_open(void *context, const struct membership *membership)
{
    struct site *site = context;
    struct err_info info;

    link_close(site);
    site->announced = false;
    return dealer_open(zmq,
                       &(struct dealer_config){.address = membership->address,
                                               .broker_public = membership->broker_transport,
                                               .transport_public = site->keys.transport_public,
                                               .transport_secret = site->keys.transport_secret},
                       &site->dealer, &info);
}

static enum err link_send(void *context, struct bytes frame)
{
    struct site *site = context;
    return site->dealer != NULL ? dealer_send(site->dealer, frame) : ERR_UNREACHABLE;
}

static void fill_random(void *context, uint8_t *out, size_t len)
{
    (void)context;
    random_bytes(out, len);
}

static void make_site(struct site *site)
{
    struct err_info info = {0};
    uint8_t seed[8];

    (void)crypto_box_keypair(site->keys.transport_public, site->keys.transport_secret);
    (void)crypto_sign_keypair(site->keys.sign_public, site->keys.sign_secret);
    random_bytes(seed, sizeof(seed));
    site->id = site_id_from_random(seed);
    if (store_open_mem(&site->store) != ERR_OK || blobs_open_mem(&site->blobs) != ERR_OK ||
        ledger_init(site->store, LEDGER_NODE, site->id, &info) != ERR_OK)
        die("make a site", &info);
}

static void join(struct site *site, const char *line)
{
    struct token token;
    struct membership membership;
    struct takeover takeover;
    struct store_txn *txn = NULL;
    struct err_info info = {0};
    const struct join_site who = {
        .site = site->id, .epoch = 1, .keys = &site->keys, .software = "crowd"};

    if (token_parse(line, &token, &info) != ERR_OK ||
        join_exchange(&token, &who, JOIN_MS, &membership, &takeover, &info) != ERR_OK ||
        store_begin(site->store, STORE_WRITE, &txn, &info) != ERR_OK ||
        membership_enter(txn, &membership, site->id, &info) != ERR_OK ||
        store_commit(txn, &info) != STORE_DURABLE)
        die("join", &info);
}

static void open_site(struct site *site)
{
    struct err_info info = {0};
    struct ledger_options options = {.role = LEDGER_NODE};

    if (ledger_open(site->store, &options, site->keys.sign_secret, &site->ledger, &info) != ERR_OK)
        die("open a ledger", &info);
    struct node_setup setup = {
        .ledger = site->ledger,
        .blobs = site->blobs,
        .hooks = {.context = site,
                  .link_open = link_open,
                  .link_close = link_close,
                  .link_send = link_send,
                  .random = fill_random},
        .config = {.software = "crowd"},
    };
    memcpy(setup.config.sign_secret, site->keys.sign_secret, sizeof(setup.config.sign_secret));
    if (node_new(&setup, now(), &site->node, &info) != ERR_OK)
        die("open a node", &info);
}

static void record(struct site *site)
{
    const struct kind *kind = kind_by_number(KIND_RESPONSE);
    struct mp_buf values[2];
    struct change_write writes[2];
    const char *const names[] = {"wave", "overall"}, *const texts[] = {"crowd", "4"};
    struct change change = {
        .kind = KIND_RESPONSE, .create = true, .author = "", .writes = writes, .write_count = 2};
    struct store_txn *txn = NULL;
    struct written written;
    struct err_info info = {0};
    uint8_t random[48];

    for (int i = 0; i < 2; i++) {
        const struct field *field = field_by_name(kind, names[i]);
        mp_buf_init(&values[i], 64);
        if (field_from_text(field, texts[i], &values[i], &info) != ERR_OK)
            die("a value", &info);
        writes[i] =
            (struct change_write){.field = field->number, .value = mp_buf_bytes(&values[i])};
    }
    random_bytes(random, sizeof(random));
    if (store_begin(site->store, STORE_WRITE, &txn, &info) != ERR_OK ||
        ledger_write(site->ledger, txn, &change, clock_unix_ms(), random, &written, &info) !=
            ERR_OK ||
        store_commit(txn, &info) != STORE_DURABLE)
        die("record", &info);
    mp_buf_deinit(&values[0]);
    mp_buf_deinit(&values[1]);
    site->written++;
    node_on_local_commit(site->node, now());
}

static void turn(struct site *site, uint32_t records)
{
    if (site->dealer != NULL) {
        enum dealer_state state = dealer_update(site->dealer);
        if (state == DEALER_READY && !site->announced) {
            site->announced = true;
            node_on_link_ready(site->node, now());
        }
        for (int i = 0; i < FRAMES_A_TURN && site->dealer != NULL; i++) {
            struct bytes frame;
            if (dealer_receive(site->dealer, &frame) != ERR_OK)
                break;
            node_on_frame(site->node, frame, now());
        }
        if (site->dealer != NULL && (state == DEALER_REFUSED || state == DEALER_LOST)) {
            link_close(site);
            node_on_link_lost(site->node, state == DEALER_REFUSED ? ERR_DENIED : ERR_UNREACHABLE,
                              now());
        }
    }
    if (site->written < records)
        record(site);
    if (node_tick(site->node, now(), &site->wake_ms) != ERR_OK)
        die("tick", NULL);
}

static bool settled(const struct site *site, uint32_t records)
{
    struct node_status status;

    node_status(site->node, &status);
    return site->written == records && status.pending == 0;
}

int main(int argc, char **argv)
{
    static char line[TOKEN_LINE_BYTES + 2];
    struct err_info info = {0};
    uint32_t records = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    uint32_t done = 0;

    if (records == 0 || sys_init(&info) != ERR_OK || (zmq = zmq_ctx_new()) == NULL)
        die("usage: crowd RECORDS_A_SITE <tokens", &info);
    (void)zmq_ctx_set(zmq, ZMQ_MAX_SOCKETS, 4 * SITES_MAX);
    while (site_count < SITES_MAX && fgets(line, sizeof(line), stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        make_site(&sites[site_count]);
        join(&sites[site_count], line);
        open_site(&sites[site_count++]);
    }
    (void)printf("ok - %u sites have enrolled\n", site_count);
    for (uint64_t until_ms = clock_mono_ms() + LIMIT_MS;
         done < site_count && clock_mono_ms() < until_ms;) {
        done = 0;
        for (uint32_t i = 0; i < site_count; i++) {
            turn(&sites[i], records);
            done += settled(&sites[i], records);
        }
        (void)zmq_poll(NULL, 0, 2);
    }
    (void)printf("%s - %u of %u sites have everything acknowledged\n",
                 done == site_count ? "ok" : "not ok", done, site_count);
    for (uint32_t i = 0; i < site_count; i++) {
        link_close(&sites[i]);
        node_free(sites[i].node);
        ledger_close(sites[i].ledger);
        blobs_close(sites[i].blobs);
        store_close(sites[i].store);
    }
    (void)zmq_ctx_term(zmq);
    return done == site_count ? 0 : 1;
}
