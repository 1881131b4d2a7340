#include <string.h>
#include <sys/socket.h>

#include "tests/e2e/siege.h"

/* Attacks with an admitted key, their messages by hand. */

enum { PART_BYTES = 256 * 1024, CROWD_BYTES = 60 * 1024, CROWD_PARTS = 1700, TWIN_MESSAGES = 32 };

/* One message whose parts never end. */
static void flood(struct siege *siege, bool named, size_t part_bytes)
{
    static uint8_t part[PART_BYTES];
    struct zmtp zmtp;
    struct zmtp_keys keys = siege_keys(siege);
    uint8_t hello[512];
    size_t hello_len = siege_hello(siege, hello);

    while (siege_goes_on(siege)) {
        if (!zmtp_open(&zmtp, &keys, siege->port)) {
            siege->refused++;
            siege_pause(SIEGE_BEAT_MS);
            continue;
        }
        siege->sent++;
        if (named)
            (void)zmtp_send(&zmtp, bytes_of(hello, hello_len), false);
        while (siege_goes_on(siege) && zmtp_send(&zmtp, bytes_of(part, part_bytes), true))
            siege->bytes += part_bytes;
        siege->ended += zmtp.fd < 0;
        zmtp_close(&zmtp);
    }
}

void attack_flood(struct siege *siege)
{
    flood(siege, true, PART_BYTES);
}

void attack_flood_unnamed(struct siege *siege)
{
    flood(siege, false, PART_BYTES);
}

void attack_flood_small(struct siege *siege)
{
    flood(siege, false, 1);
}

/* Each holds less than one may, all together more than all may. */
static bool make_crowded(struct siege *siege, struct zmtp *zmtp)
{
    static uint8_t part[CROWD_BYTES];

    if (!siege_admitted(siege, zmtp) || !zmtp_send(zmtp, bytes_of(part, sizeof(part)), true))
        return false;
    siege->bytes += sizeof(part);
    return true;
}

void attack_crowd(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_crowded), false);
}

static bool make_crowded_small(struct siege *siege, struct zmtp *zmtp)
{
    static const uint8_t byte = 0;

    if (!siege_admitted(siege, zmtp))
        return false;
    for (int i = 0; i < CROWD_PARTS; i++) {
        if (!zmtp_send(zmtp, bytes_of(&byte, 1), true))
            return false;
    }
    siege->bytes += CROWD_PARTS;
    return true;
}

/* … in parts of one byte, of each of which libzmq makes 140. */
void attack_crowd_small(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_crowded_small), false);
}

/* Routing ids of every length, such as libzmq gives itself, and each twice. */
static bool make_identity(struct siege *siege, struct zmtp *zmtp)
{
    struct zmtp_keys keys = siege_keys(siege);
    uint8_t metadata[512], id[255] = {0}, hello[512];
    size_t len = siege->sent % 4 == 0 ? 5 : siege_random(siege) % 256;

    if (len == 5)
        put_u32(id + 1, (uint32_t)(siege_random(siege) % 1000));
    else
        memset(id, 'a' + (int)(siege->sent / 2 % 26), sizeof(id));
    size_t at = zmtp_property(metadata, 0, "Socket-Type", bytes_of_text("DEALER"));
    at = zmtp_property(metadata, at, "User-Id", bytes_of_text("somebody else"));
    at = zmtp_property(metadata, at, "Identity", bytes_of(id, len));
    if (zmtp_connect(zmtp, siege->port, SIEGE_CONNECT_MS) && zmtp_greet(zmtp) &&
        zmtp_hello(zmtp, &keys) && zmtp_initiate(zmtp, &keys, bytes_of(metadata, at)) &&
        zmtp_send(zmtp, bytes_of(hello, siege_hello(siege, hello)), false))
        return true;
    zmtp_close(zmtp);
    return false;
}

void attack_identity(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_identity), false);
}

/* One routing id for all: the second and later are never read, and send more than libzmq used to
 * take of who is not read; in the end they are reset. */
static bool make_twin(struct siege *siege, struct zmtp *zmtp)
{
    const struct linger reset = {.l_onoff = 1};
    struct zmtp_keys keys = siege_keys(siege);
    uint8_t metadata[128], hello[512];
    size_t len = siege_hello(siege, hello);
    size_t at = zmtp_property(metadata, 0, "Socket-Type", bytes_of_text("DEALER"));

    at = zmtp_property(metadata, at, "Identity", bytes_of_text("twin"));
    bool good = zmtp_connect(zmtp, siege->port, SIEGE_CONNECT_MS) &&
                setsockopt(zmtp->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) == 0 &&
                zmtp_greet(zmtp) && zmtp_hello(zmtp, &keys) &&
                zmtp_initiate(zmtp, &keys, bytes_of(metadata, at));
    for (int i = 0; good && i < TWIN_MESSAGES; i++)
        good = zmtp_send(zmtp, bytes_of(hello, len), false);
    if (!good)
        zmtp_close(zmtp);
    return good;
}

void attack_twins(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_twin), false);
}

/* PING in session 1, at 1 ms past 1970, nothing pending. */
static const uint8_t question[] = {MSG_FRAME_VERSION, 0x94, MSG_PING, 0x01, 0x01, 0x00};

/* Asks and asks, and never reads an answer. */
static bool make_half_open(struct siege *siege, struct zmtp *zmtp)
{
    uint8_t hello[512];
    int small = 4096;

    if (!siege_admitted(siege, zmtp))
        return false;
    (void)setsockopt(zmtp->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    (void)zmtp_send(zmtp, bytes_of(hello, siege_hello(siege, hello)), false);
    for (int i = 0; i < 2000 && zmtp_send(zmtp, bytes_of(question, sizeof(question)), false); i++)
        siege->bytes += sizeof(question);
    return zmtp->fd >= 0;
}

void attack_half_open(struct siege *siege)
{
    siege_wait_out(siege, siege_hold(siege, make_half_open), false);
}

/* Questions in order, as fast as they are answered. */
void attack_pings(struct siege *siege)
{
    struct zmtp zmtp;
    uint8_t hello[512], answers[64 * 1024];

    while (siege_goes_on(siege)) {
        if (!siege_admitted(siege, &zmtp)) {
            siege->refused++;
            siege_pause(SIEGE_BEAT_MS);
            continue;
        }
        (void)zmtp_send(&zmtp, bytes_of(hello, siege_hello(siege, hello)), false);
        siege_pause(SIEGE_BEAT_MS); /* for WELCOME */
        while (siege_goes_on(siege) &&
               zmtp_send(&zmtp, bytes_of(question, sizeof(question)), false)) {
            siege->sent++;
            (void)recv(zmtp.fd, answers, sizeof(answers), MSG_DONTWAIT);
        }
        siege->ended += zmtp.fd < 0;
        zmtp_close(&zmtp);
    }
}
