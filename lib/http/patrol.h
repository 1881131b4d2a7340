#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

/* Connections whose request does not come to an end. The library ends only those that are quite
 * silent; one byte now and then keeps a connection, and enough such clients keep all of them. A
 * request must be whole within HTTP_REQUEST_S_MAX, longer only as its bytes come; and while
 * connections are short, whoever is slowest goes first. */

struct guest { /* one connection */
    struct guest *previous, *next;
    struct patrol *patrol;
    int fd;
    bool receiving; /* its request is awaited or under way */
    bool ended;
    uint64_t since_ms; /* steady: when that began */
    uint64_t bytes;    /* of the body so far */
};

struct patrol { /* of one listener */
    struct guest *guests;
    unsigned count, max;
    uint64_t slow_count, crowded_count;
};

/* The library's callback for connections, with the patrol as its context. */
void patrol_notify(void *context, struct MHD_Connection *connection, void **guest,
                   enum MHD_ConnectionNotificationCode what);
/* A request was begun or waited for, is whole, or has had another `bytes` of body. */
void patrol_awaits(struct MHD_Connection *connection);
void patrol_is_whole(struct MHD_Connection *connection);
void patrol_received(struct MHD_Connection *connection, uint64_t bytes);

/* End what is past its time; call after every run of the library. */
void patrol_walk(struct patrol *patrol);
/* Milliseconds until the next walk is due; -1: nothing to watch. */
long patrol_timeout_ms(const struct patrol *patrol);
