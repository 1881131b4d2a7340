/* ZAP requests of any parts, as whoever reaches the handler's socket could send them: each that is
 * whole gets one answer of six parts with its own request id, and only a well-formed one with a key
 * that the roster admits gets 200. Input: a byte of flags, then parts, each a length and its bytes;
 * from 250 on the length stands for one that does not fit the handler's buffer. */
#include "tests/fuzz/fuzz.h"

#include <zmq.h>

#include "lib/link/zap.h"

enum { PARTS_MAX = 12, PART_BYTES = 300, LONG_FROM = 250, ANSWER_PARTS = 6, KEY_PART = 6 };

struct request {
    struct {
        uint8_t data[PART_BYTES];
        size_t len;
    } parts[PARTS_MAX];
    int count;
};

static void *context, *client;
static struct zap *zap;
static bool admit;

static bool admits(void *to, const uint8_t key[32])
{
    (void)to;
    return admit && key[0] != 'x';
}

static void begin(void)
{
    struct err_info info = {0};
    int off = 0;
    context = zmq_ctx_new();
    assert(context != NULL);
    enum err err = zap_open(context, &zap, &info);
    assert(err == ERR_OK);
    client = zmq_socket(context, ZMQ_DEALER);
    assert(client != NULL);
    int status = zmq_setsockopt(client, ZMQ_LINGER, &off, sizeof(off));
    assert(status == 0);
    status = zmq_connect(client, "inproc://zeromq.zap.01");
    assert(status == 0);
}

static void read_request(const uint8_t *data, size_t size, struct request *request)
{
    request->count = 0;
    for (size_t at = 0; at < size && request->count < PARTS_MAX; request->count++) {
        size_t len = data[at++], taken = len < size - at ? len : size - at;
        memset(request->parts[request->count].data, 'k', PART_BYTES);
        memcpy(request->parts[request->count].data, data + at, taken);
        request->parts[request->count].len = len >= LONG_FROM ? len + 10 : taken;
        at += taken;
    }
}

static bool is(const struct request *request, int part, const char *text)
{
    return bytes_equal(bytes_of(request->parts[part].data, request->parts[part].len),
                       bytes_of_text(text));
}

static bool well_formed(const struct request *request)
{
    return request->count == KEY_PART + 1 && is(request, 0, "1.0") &&
           is(request, 2, ZAP_DOMAIN_NAME) && is(request, 5, "CURVE") &&
           request->parts[KEY_PART].len == 32;
}

static void check_answer(const struct request *request)
{
    char status[8] = "";
    int more = 1, part = 0;
    for (; more != 0; part++) {
        uint8_t data[PART_BYTES];
        size_t size = sizeof(more);
        int len = zmq_recv(client, data, sizeof(data), ZMQ_DONTWAIT);
        assert(len >= 0 && len <= PART_BYTES);
        if (part == 2 && request->count > 1 && request->parts[1].len <= 256)
            assert(bytes_equal(bytes_of(data, (size_t)len),
                               bytes_of(request->parts[1].data, request->parts[1].len)));
        if (part == 3) {
            assert(len == 3);
            memcpy(status, data, 3);
        }
        (void)zmq_getsockopt(client, ZMQ_RCVMORE, &more, &size);
    }
    assert(part == 1 + ANSWER_PARTS); /* the empty part of the envelope first */
    bool good = well_formed(request);
    const char *expected = !good                                         ? "300"
                           : admits(NULL, request->parts[KEY_PART].data) ? "200"
                                                                         : "400";
    assert(strcmp(status, expected) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request request;
    uint8_t nothing;
    if (size < 2)
        return 0;
    if (context == NULL)
        begin();
    admit = (data[0] & 1) != 0;
    bool enveloped = (data[0] & 2) == 0;
    read_request(data + 1, size - 1, &request);
    if (enveloped)
        (void)zmq_send(client, "", 0, ZMQ_SNDMORE);
    for (int i = 0; i < request.count; i++)
        (void)zmq_send(client, request.parts[i].data, request.parts[i].len,
                       i + 1 < request.count ? ZMQ_SNDMORE : 0);
    zap_serve(zap, admits, NULL);
    if (enveloped)
        check_answer(&request);
    while (zmq_recv(client, &nothing, 0, ZMQ_DONTWAIT) >= 0)
        ;
    return 0;
}
