#include <sodium.h>
#include <string.h>
#include <zmq.h>

#include "lib/link/dealer.h"
#include "lib/link/router.h"
#include "lib/sys/keys.h"

/* A stranger with a fresh key knocks. It must never reach DEALER_READY, and its frame must never
 * arrive. */

enum { KNOCK_ROUNDS = 40, KNOCK_WAIT_MS = 25 };

static bool admit_nobody(void *context, const uint8_t key[32])
{
    (void)context;
    (void)key;
    return false;
}

static void make_pair(uint8_t public_out[32], uint8_t secret_out[32])
{
    (void)crypto_box_keypair(public_out, secret_out);
}

/* The stranger's state after it was refused, or after the time is up. */
static enum dealer_state knock(struct dealer *dealer, struct router *router, struct zap *zap,
                               bool *arrived_out)
{
    enum dealer_state state = DEALER_CONNECTING;

    *arrived_out = false;
    for (int round = 0; round < KNOCK_ROUNDS; round++) {
        zmq_pollitem_t items[] = {
            {.socket = dealer_monitor(dealer), .events = ZMQ_POLLIN},
            {.socket = router_socket(router), .events = ZMQ_POLLIN},
            {.socket = zap != NULL ? zap_socket(zap) : NULL, .fd = -1, .events = ZMQ_POLLIN},
        };
        (void)zmq_poll(items, zap != NULL ? 3 : 2, KNOCK_WAIT_MS);
        if (zap != NULL)
            zap_serve(zap, admit_nobody, NULL);
        state = dealer_update(dealer);
        struct router_frame frame;
        *arrived_out = *arrived_out || router_receive(router, 0, &frame) == ERR_OK ||
                       router_nameless_count(router) > 0;
        if (state != DEALER_CONNECTING)
            break;
    }
    return state;
}

static enum err knock_once(void *context, struct zap *zap, struct err_info *info)
{
    uint8_t server_public[32], server_secret[32], public[32], secret[32];
    struct router *router = NULL;
    struct dealer *dealer = NULL;
    bool arrived = false;

    make_pair(server_public, server_secret);
    make_pair(public, secret);
    enum err err = router_open(
        context,
        &(struct router_config){.address = "tcp://127.0.0.1:*", .transport_secret = server_secret},
        &router, info);
    if (err == ERR_OK)
        err = dealer_open(context,
                          &(struct dealer_config){.address = router_address(router),
                                                  .broker_public = server_public,
                                                  .transport_public = public,
                                                  .transport_secret = secret},
                          &dealer, info);
    if (err == ERR_OK && (knock(dealer, router, zap, &arrived) == DEALER_READY || arrived))
        err = err_set(info, ERR_DENIED, "a stranger's key was let in %s",
                      zap != NULL ? N_("by the key check") : N_("without a key check"));
    if (err == ERR_OK && zap != NULL && zap_counted(zap).refused == 0)
        err = err_set(info, ERR_DENIED, "the key check was never asked about a stranger");
    dealer_close(dealer);
    router_close(router);
    return err;
}

enum err router_self_test(void *context, struct err_info *info)
{
    struct zap *zap = NULL;
    enum err err = knock_once(context, NULL, info);

    if (err == ERR_OK)
        err = zap_open(context, &zap, info);
    if (err == ERR_OK)
        err = knock_once(context, zap, info);
    zap_close(zap);
    if (err != ERR_OK)
        return err_wrap(info, err, "self-test of who may connect");
    return ERR_OK;
}
