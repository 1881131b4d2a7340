#include <criterion/criterion.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "lib/link/dealer.h"
#include "lib/link/router.h"
#include "lib/link/sockets.h"

/* One broker socket, its key check and one site's socket, pumped until something happened. */
struct line {
    void *context;
    struct zap *zap;
    struct router *router;
    struct dealer *dealer;
    uint8_t broker_public[32], broker_secret[32], site_public[32], site_secret[32];
    bool admit;
};

static bool admits(void *context, const uint8_t key[32])
{
    const struct line *line = context;
    return line->admit && memcmp(key, line->site_public, 32) == 0;
}

static void line_open(struct line *line, bool admit)
{
    struct err_info info = {0};

    cr_assert_geq(sodium_init(), 0);
    cr_assert_eq(socket_context(&line->context, &info), ERR_OK, "%s", info.text);
    line->admit = admit;
    (void)crypto_box_keypair(line->broker_public, line->broker_secret);
    (void)crypto_box_keypair(line->site_public, line->site_secret);
    cr_assert_eq(zap_open(line->context, &line->zap, &info), ERR_OK, "%s", info.text);
    cr_assert_eq(router_open(line->context,
                             &(struct router_config){.address = "tcp://127.0.0.1:*",
                                                     .transport_secret = line->broker_secret},
                             &line->router, &info),
                 ERR_OK, "%s", info.text);
    cr_assert_eq(dealer_open(line->context,
                             &(struct dealer_config){.address = router_address(line->router),
                                                     .broker_public = line->broker_public,
                                                     .transport_public = line->site_public,
                                                     .transport_secret = line->site_secret},
                             &line->dealer, &info),
                 ERR_OK, "%s", info.text);
}

static void line_close(struct line *line)
{
    dealer_close(line->dealer);
    router_close(line->router);
    zap_close(line->zap);
    (void)zmq_ctx_term(line->context);
}

static void pump(struct line *line)
{
    zmq_pollitem_t items[] = {
        {.socket = dealer_monitor(line->dealer), .events = ZMQ_POLLIN},
        {.socket = dealer_socket(line->dealer), .events = ZMQ_POLLIN},
        {.socket = router_socket(line->router), .events = ZMQ_POLLIN},
        {.socket = zap_socket(line->zap), .events = ZMQ_POLLIN},
    };
    (void)zmq_poll(items, 4, 100);
    zap_serve(line->zap, admits, line);
}

static enum dealer_state settle(struct line *line)
{
    enum dealer_state state = DEALER_CONNECTING;
    for (int i = 0; i < 200 && state == DEALER_CONNECTING; i++) {
        pump(line);
        state = dealer_update(line->dealer);
    }
    return state;
}

Test(link, an_admitted_key_talks_and_is_named)
{
    struct line line = {0};
    struct router_frame frame = {0};
    struct bytes answer = {0};
    enum err err = ERR_NOT_FOUND;

    line_open(&line, true);
    cr_assert_eq(dealer_send(line.dealer, bytes_of_text("early")), ERR_BUSY,
                 "nothing is sent before the handshake");
    cr_assert_eq(settle(&line), DEALER_READY);
    cr_assert_eq(dealer_send(line.dealer, bytes_of_text("hello")), ERR_OK);
    for (int i = 0; i < 200 && err == ERR_NOT_FOUND; i++) {
        pump(&line);
        err = router_receive(line.router, 0, &frame);
    }
    cr_assert_eq(err, ERR_OK);
    cr_expect(bytes_equal(frame.payload, bytes_of_text("hello")));
    cr_expect_eq(memcmp(frame.key, line.site_public, 32), 0,
                 "the frame carries the key that was proven");
    cr_assert_eq(router_send(line.router, frame.peer, bytes_of_text("welcome")), ERR_OK);
    err = ERR_NOT_FOUND;
    for (int i = 0; i < 200 && err == ERR_NOT_FOUND; i++) {
        pump(&line);
        err = dealer_receive(line.dealer, &answer);
    }
    cr_assert_eq(err, ERR_OK);
    cr_expect(bytes_equal(answer, bytes_of_text("welcome")));
    cr_expect_eq(router_send(line.router, bytes_of_text("nobody"), bytes_of_text("x")),
                 ERR_UNREACHABLE);
    line_close(&line);
}

Test(link, an_unknown_key_is_refused)
{
    struct line line = {0};
    struct router_frame frame = {0};

    line_open(&line, false);
    cr_expect_eq(settle(&line), DEALER_REFUSED, "told at once that it was the key");
    cr_expect_eq(zap_counted(line.zap).refused, 1);
    cr_expect_eq(router_receive(line.router, 0, &frame), ERR_NOT_FOUND);
    line_close(&line);
}

Test(link, multipart_messages_are_dropped_and_counted)
{
    struct line line = {0};
    struct router_frame frame = {0};
    enum err err = ERR_NOT_FOUND;

    line_open(&line, true);
    cr_assert_eq(settle(&line), DEALER_READY);
    void *socket = dealer_socket(line.dealer);
    cr_assert_geq(zmq_send(socket, "a", 1, ZMQ_SNDMORE), 0);
    cr_assert_geq(zmq_send(socket, "b", 1, ZMQ_SNDMORE), 0);
    cr_assert_geq(zmq_send(socket, "c", 1, 0), 0);
    cr_assert_eq(dealer_send(line.dealer, bytes_of_text("whole")), ERR_OK);
    for (int i = 0; i < 200 && err == ERR_NOT_FOUND; i++) {
        pump(&line);
        err = router_receive(line.router, 0, &frame);
        if (err == ERR_OK && frame.multipart) {
            cr_expect_eq(frame.payload.len, 0, "nothing of it is handed on");
            cr_expect_arr_eq(frame.key, line.site_public, 32);
            err = ERR_NOT_FOUND;
        }
    }
    cr_assert_eq(err, ERR_OK);
    cr_expect(bytes_equal(frame.payload, bytes_of_text("whole")));
    cr_expect_eq(router_multipart_count(line.router), 1);
    line_close(&line);
}

/* The last of `frames` is the last word of a line that then ends. */
static struct lines_counts end_after(const struct bytes *frames, int count)
{
    struct line line = {0};
    struct router_frame frame;
    int heard = 0;

    line_open(&line, true);
    cr_assert_eq(settle(&line), DEALER_READY);
    for (int i = 0; i < count; i++)
        cr_assert_eq(dealer_send(line.dealer, frames[i]), ERR_OK);
    for (int i = 0; i < 200 && heard < count; i++) {
        pump(&line);
        while (router_receive(line.router, 0, &frame) == ERR_OK)
            heard++;
    }
    cr_assert_eq(heard, count);
    (void)router_tend(line.router, 0, NULL, NULL);
    cr_expect_eq(router_state(line.router).lines.open, 1);
    dealer_close(line.dealer);
    line.dealer = NULL;
    for (int i = 0; i < 200 && router_state(line.router).lines.open > 0; i++) {
        zmq_pollitem_t item = {.socket = router_monitor(line.router), .events = ZMQ_POLLIN};
        (void)zmq_poll(&item, 1, 100);
        (void)router_tend(line.router, 0, NULL, NULL);
    }
    struct lines_counts counts = router_state(line.router).lines;
    cr_expect_eq(counts.open, 0);
    cr_expect_eq(counts.unspoken + counts.handshake + counts.silent + counts.flood, 0);
    line_close(&line);
    return counts;
}

Test(link, a_line_that_ends_without_a_parting_word_is_counted)
{
    static const uint8_t bye_bytes[] = {1, 0x92, 18, 0};
    const struct bytes bye = bytes_of(bye_bytes, sizeof(bye_bytes));
    const struct bytes hello = bytes_of_text("hello"), good[] = {hello, bye}, cut[] = {bye, hello};

    cr_expect_eq(end_after(good, 2).broken_off, 0);
    cr_expect_eq(end_after(cut, 2).broken_off, 1, "what it said after it counts");
    cr_expect_eq(end_after(&hello, 1).broken_off, 1);
}

Test(link, nobody_listening_is_lost_at_once)
{
    struct line line = {0};
    struct err_info info = {0};

    line_open(&line, true);
    dealer_close(line.dealer);
    cr_assert_eq(dealer_open(line.context,
                             &(struct dealer_config){.address = "tcp://127.0.0.1:1",
                                                     .broker_public = line.broker_public,
                                                     .transport_public = line.site_public,
                                                     .transport_secret = line.site_secret},
                             &line.dealer, &info),
                 ERR_OK, "%s", info.text);
    cr_expect_eq(settle(&line), DEALER_LOST);
    cr_expect_eq(dealer_send(line.dealer, bytes_of_text("x")), ERR_UNREACHABLE);
    line_close(&line);
}

/* tcp_close_door takes connections in another thread than the one that is woken for them. */
Test(link, nobody_waits_in_accept)
{
    struct line line = {0};
    int listeners = 0;
    line_open(&line, true);
    for (int fd = 0; fd < 256; fd++) {
        int listens = 0;
        socklen_t size = sizeof(listens);
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || !listens)
            continue;
        listeners++;
        cr_expect(fcntl(fd, F_GETFL) & O_NONBLOCK);
    }
    cr_expect_eq(listeners, 1);
    line_close(&line);
}

Test(link, the_self_test_passes_and_leaves_nothing)
{
    struct err_info info = {0};
    cr_assert_geq(sodium_init(), 0);
    void *context = zmq_ctx_new();

    cr_expect_eq(router_self_test(context, &info), ERR_OK, "%s", info.text);
    cr_expect_eq(router_self_test(context, &info), ERR_OK, "again: %s", info.text);
    cr_expect_eq(zmq_ctx_term(context), 0);
}
