#include "tests/e2e/zmtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sodium.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/sys/clock.h"
#include "tests/e2e/peer.h"

enum {
    GREETING_BYTES = 64,
    HELLO_BYTES = 200,
    WELCOME_BYTES = 168,
    PUT_MS = 5000,
    TAKE_MS = 15 * 1000,
    PART_BYTES_MAX = 300 * 1024,
    FLAG_COMMAND = 4,
    FLAG_LONG = 2,
};

bool zmtp_connect(struct zmtp *zmtp, uint16_t port, uint32_t wait_ms)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int number = 0;
    socklen_t size = sizeof(number);

    *zmtp = (struct zmtp){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    int on = 1;
    if (zmtp->fd < 0 || setsockopt(zmtp->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        die("socket: %s", strerror(errno));
    if (connect(zmtp->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        struct pollfd item = {.fd = zmtp->fd, .events = POLLOUT};
        if (errno != EINPROGRESS || poll(&item, 1, (int)wait_ms) != 1 ||
            getsockopt(zmtp->fd, SOL_SOCKET, SO_ERROR, &number, &size) != 0 || number != 0) {
            zmtp_close(zmtp);
            return false;
        }
    }
    return true;
}

void zmtp_close(struct zmtp *zmtp)
{
    if (zmtp->fd >= 0)
        (void)close(zmtp->fd);
    zmtp->fd = -1;
}

bool zmtp_put(struct zmtp *zmtp, struct bytes bytes)
{
    while (zmtp->fd >= 0 && bytes.len > 0) {
        ssize_t sent = send(zmtp->fd, bytes.data, bytes.len, MSG_NOSIGNAL);
        struct pollfd item = {.fd = zmtp->fd, .events = POLLOUT};
        if (sent > 0)
            bytes = bytes_of(bytes.data + sent, bytes.len - (size_t)sent);
        else if (errno != EAGAIN || poll(&item, 1, PUT_MS) != 1)
            zmtp_close(zmtp);
    }
    return zmtp->fd >= 0;
}

bool zmtp_take(struct zmtp *zmtp, uint8_t *out, size_t len, uint32_t wait_ms)
{
    uint64_t until_ms = clock_mono_ms() + wait_ms;

    while (zmtp->fd >= 0 && len > 0) {
        ssize_t got = recv(zmtp->fd, out, len, 0);
        if (got > 0) {
            out += got;
            len -= (size_t)got;
            continue;
        }
        uint64_t now_ms = clock_mono_ms();
        struct pollfd item = {.fd = zmtp->fd, .events = POLLIN};
        if (got == 0 || errno != EAGAIN)
            zmtp_close(zmtp);
        else if (now_ms >= until_ms || poll(&item, 1, (int)(until_ms - now_ms)) != 1)
            return false;
    }
    return zmtp->fd >= 0;
}

bool zmtp_wait_end(struct zmtp *zmtp, uint32_t wait_ms)
{
    uint64_t until_ms = clock_mono_ms() + wait_ms;
    uint8_t byte;

    while (zmtp->fd >= 0) {
        uint64_t now_ms = clock_mono_ms();
        if (now_ms >= until_ms)
            return false;
        (void)zmtp_take(zmtp, &byte, 1, (uint32_t)(until_ms - now_ms));
    }
    return true;
}

bool zmtp_greet(struct zmtp *zmtp)
{
    uint8_t mine[GREETING_BYTES] = {0xFF, [9] = 0x7F, [10] = 3}, theirs[GREETING_BYTES];

    memcpy(mine + 12, "CURVE", 5);
    return zmtp_put(zmtp, bytes_of(mine, sizeof(mine))) &&
           zmtp_take(zmtp, theirs, sizeof(theirs), TAKE_MS);
}

bool zmtp_put_head(struct zmtp *zmtp, uint8_t flags, uint64_t len, bool as_long)
{
    uint8_t head[9] = {flags, (uint8_t)len};

    if (!as_long && len <= 255)
        return zmtp_put(zmtp, bytes_of(head, 2));
    head[0] |= FLAG_LONG;
    put_u64(head + 1, len);
    return zmtp_put(zmtp, bytes_of(head, sizeof(head)));
}

/* A nonce of a 16-byte prefix and a counter. */
static void make_nonce(uint8_t out[24], const char *prefix, uint64_t number)
{
    memcpy(out, prefix, 16);
    put_u64(out + 16, number);
}

static bool put_command(struct zmtp *zmtp, const uint8_t *body, size_t len)
{
    return zmtp_put_head(zmtp, FLAG_COMMAND, len, false) && zmtp_put(zmtp, bytes_of(body, len));
}

bool zmtp_hello(struct zmtp *zmtp, const struct zmtp_keys *keys)
{
    static const uint8_t zeros[64];
    uint8_t body[HELLO_BYTES] = "\x05HELLO\x01", nonce[24], answer[2 + WELCOME_BYTES], plain[128];

    (void)crypto_box_keypair(zmtp->transient_public, zmtp->transient_secret);
    memcpy(body + 80, zmtp->transient_public, 32);
    make_nonce(nonce, "CurveZMQHELLO---", ++zmtp->nonce);
    memcpy(body + 112, nonce + 16, 8);
    if (crypto_box_easy(body + 120, zeros, sizeof(zeros), nonce, keys->server_public,
                        zmtp->transient_secret) != 0)
        die("HELLO cannot be sealed");
    if (!put_command(zmtp, body, sizeof(body)) || !zmtp_take(zmtp, answer, sizeof(answer), TAKE_MS))
        return false;
    memcpy(nonce, "WELCOME-", 8);
    memcpy(nonce + 8, answer + 2 + 8, 16);
    if (crypto_box_open_easy(plain, answer + 2 + 24, 144, nonce, keys->server_public,
                             zmtp->transient_secret) != 0)
        die("the broker's WELCOME cannot be opened");
    memcpy(zmtp->server_transient, plain, 32);
    memcpy(zmtp->cookie, plain + 32, 96);
    return true;
}

size_t zmtp_property(uint8_t *out, size_t at, const char *name, struct bytes value)
{
    size_t len = strlen(name);

    out[at] = (uint8_t)len;
    memcpy(out + at + 1, name, len);
    put_u32(out + at + 1 + len, (uint32_t)value.len);
    if (value.len > 0)
        memcpy(out + at + 5 + len, value.data, value.len);
    return at + 5 + len + value.len;
}

bool zmtp_initiate(struct zmtp *zmtp, const struct zmtp_keys *keys, struct bytes metadata)
{
    static uint8_t plain[128 + ZMTP_METADATA_BYTES_MAX], body[9 + 96 + 8 + 16 + sizeof(plain)];
    uint8_t nonce[24], vouch[64], head[9], usual[64];

    if (metadata.len == 0) {
        size_t len = zmtp_property(usual, 0, "Socket-Type", bytes_of_text("DEALER"));
        metadata = bytes_of(usual, zmtp_property(usual, len, "Identity", (struct bytes){0}));
    }
    memcpy(vouch, zmtp->transient_public, 32);
    memcpy(vouch + 32, keys->server_public, 32);
    memcpy(plain, keys->public, 32);
    memcpy(nonce, "VOUCH---", 8);
    randombytes_buf(nonce + 8, 16);
    memcpy(plain + 32, nonce + 8, 16);
    if (crypto_box_easy(plain + 48, vouch, sizeof(vouch), nonce, zmtp->server_transient,
                        keys->secret) != 0)
        die("the vouch cannot be sealed");
    memcpy(plain + 128, metadata.data, metadata.len);
    memcpy(body, "\x08INITIATE", 9);
    memcpy(body + 9, zmtp->cookie, 96);
    make_nonce(nonce, "CurveZMQINITIATE", ++zmtp->nonce);
    memcpy(body + 105, nonce + 16, 8);
    if (crypto_box_easy(body + 113, plain, 128 + metadata.len, nonce, zmtp->server_transient,
                        zmtp->transient_secret) != 0 ||
        crypto_box_beforenm(zmtp->key, zmtp->server_transient, zmtp->transient_secret) != 0)
        die("INITIATE cannot be sealed");
    if (!put_command(zmtp, body, 113 + 16 + 128 + metadata.len) ||
        !zmtp_take(zmtp, head, 2, TAKE_MS))
        return false;
    uint8_t answer[255];
    return zmtp_take(zmtp, answer, head[1], TAKE_MS) && memcmp(answer, "\x05READY", 6) == 0;
}

bool zmtp_open(struct zmtp *zmtp, const struct zmtp_keys *keys, uint16_t port)
{
    if (zmtp_connect(zmtp, port, TAKE_MS) && zmtp_greet(zmtp) && zmtp_hello(zmtp, keys) &&
        zmtp_initiate(zmtp, keys, (struct bytes){0}))
        return true;
    zmtp_close(zmtp);
    return false;
}

bool zmtp_send(struct zmtp *zmtp, struct bytes payload, bool more)
{
    static uint8_t plain[1 + PART_BYTES_MAX], body[16 + 16 + sizeof(plain)];
    uint8_t nonce[24];

    if (payload.len > PART_BYTES_MAX)
        die("a part over %d bytes", PART_BYTES_MAX);
    plain[0] = more ? 1 : 0;
    memcpy(plain + 1, payload.data, payload.len);
    memcpy(body, "\x07MESSAGE", 8);
    make_nonce(nonce, "CurveZMQMESSAGEC", ++zmtp->nonce);
    memcpy(body + 8, nonce + 16, 8);
    if (crypto_box_easy_afternm(body + 16, plain, 1 + payload.len, nonce, zmtp->key) != 0)
        die("a message cannot be sealed");
    return zmtp_put_head(zmtp, 0, 16 + 16 + 1 + payload.len, false) &&
           zmtp_put(zmtp, bytes_of(body, 16 + 16 + 1 + payload.len));
}
