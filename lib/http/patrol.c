#include "lib/http/patrol.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "lib/sys/clock.h"
#include "proto/base/limits.h"

enum { WALK_MS = 500, GRACE_MS = 1000 };

static struct guest *guest_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *known =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return known != NULL ? known->socket_context : NULL;
}

static void enter(struct patrol *patrol, struct MHD_Connection *connection, void **guest_out)
{
    const union MHD_ConnectionInfo *known =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct guest *guest = calloc(1, sizeof(*guest));

    if (guest == NULL || known == NULL) { /* it is only not watched */
        free(guest);
        return;
    }
    *guest = (struct guest){.patrol = patrol,
                            .next = patrol->guests,
                            .fd = known->connect_fd,
                            .receiving = true,
                            .since_ms = clock_mono_ms()};
    if (patrol->guests != NULL)
        patrol->guests->previous = guest;
    patrol->guests = guest;
    patrol->count++;
    *guest_out = guest;
}

static void leave(struct guest *guest)
{
    struct patrol *patrol = guest->patrol;

    if (guest->previous != NULL)
        guest->previous->next = guest->next;
    else
        patrol->guests = guest->next;
    if (guest->next != NULL)
        guest->next->previous = guest->previous;
    patrol->count--;
    free(guest);
}

void patrol_notify(void *context, struct MHD_Connection *connection, void **guest,
                   enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        enter(context, connection, guest);
    } else if (*guest != NULL) {
        leave(*guest);
        *guest = NULL;
    }
}

void patrol_awaits(struct MHD_Connection *connection)
{
    struct guest *guest = guest_of(connection);

    if (guest == NULL)
        return;
    guest->receiving = true;
    guest->since_ms = clock_mono_ms();
    guest->bytes = 0;
}

void patrol_is_whole(struct MHD_Connection *connection)
{
    struct guest *guest = guest_of(connection);
    if (guest != NULL)
        guest->receiving = false;
}

void patrol_received(struct MHD_Connection *connection, uint64_t bytes)
{
    struct guest *guest = guest_of(connection);
    if (guest != NULL)
        guest->bytes += bytes;
}

static void end(struct guest *guest, uint64_t *counter)
{
    guest->ended = true;
    (*counter)++;
    (void)shutdown(guest->fd, SHUT_RDWR);
}

/* How long the request has been coming beyond what its bytes excuse, in ms. */
static uint64_t late_ms(const struct guest *guest, uint64_t now_ms)
{
    uint64_t age_ms = now_ms - guest->since_ms;
    uint64_t excused_ms = guest->bytes / HTTP_BODY_BYTES_A_MS_MIN;
    return guest->receiving && !guest->ended && age_ms > excused_ms ? age_ms - excused_ms : 0;
}

static struct guest *latest(const struct patrol *patrol, uint64_t now_ms)
{
    struct guest *found = NULL;
    for (struct guest *guest = patrol->guests; guest != NULL; guest = guest->next) {
        if (late_ms(guest, now_ms) > (found != NULL ? late_ms(found, now_ms) : GRACE_MS))
            found = guest;
    }
    return found;
}

void patrol_walk(struct patrol *patrol)
{
    uint64_t now_ms = clock_mono_ms();
    unsigned standing = 0;

    for (struct guest *guest = patrol->guests; guest != NULL; guest = guest->next) {
        if (late_ms(guest, now_ms) > HTTP_REQUEST_S_MAX * UINT64_C(1000))
            end(guest, &patrol->slow_count);
        standing += !guest->ended;
    }
    for (; standing > patrol->max - patrol->max / 8; standing--) {
        struct guest *guest = latest(patrol, now_ms);
        if (guest == NULL)
            return;
        end(guest, &patrol->crowded_count);
    }
}

long patrol_timeout_ms(const struct patrol *patrol)
{
    return patrol->count > 0 ? WALK_MS : -1;
}
