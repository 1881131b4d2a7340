#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "broker/daemon.h"
#include "lib/sys/clock.h"
#include "lib/sys/descriptors.h"

_Static_assert((int)API_TOKEN_TEXT_BYTES >= (int)TOKEN_LINE_BYTES,
               "an invitation fits where the interface puts it");

static void committed(void *context)
{
    struct daemon *daemon = context;
    broker_on_local_commit(daemon->broker);
}

static const char *unready(void *context)
{
    const struct daemon *daemon = context;
    return shell_unready(&daemon->shell);
}

static void fatal(void *context, const struct err_info *info)
{
    struct daemon *daemon = context;
    shell_fail(&daemon->shell, info);
}

static bool connected(void *context, uint64_t site, struct api_live *live_out)
{
    const struct daemon *daemon = context;
    struct broker_live live;

    if (!broker_is_connected(daemon->broker, site, &live))
        return false;
    *live_out = (struct api_live){.last_heard_ms = live.heard_unix_ms,
                                  .pending = live.pending,
                                  .clock_offset_ms = live.clock_offset_ms};
    return true;
}

static uint32_t put_off_s(void *context, uint64_t site)
{
    const struct daemon *daemon = context;
    return broker_put_off_s(daemon->broker, site, daemon_now());
}

static const struct api_refused *refused(void *context, size_t *count_out)
{
    static struct api_refused rows[40];
    struct daemon *daemon = context;
    struct broker_counters counters;
    size_t count = 0;

    broker_counters(daemon->broker, &counters);
#define X(field, name) \
    rows[count++] = (struct api_refused){.reason = name, .count = counters.refused_##field};
    BROKER_REFUSALS(X)
#undef X
    rows[count++] =
        (struct api_refused){.reason = "connection", .count = zap_counted(daemon->zap).refused};
    rows[count++] = (struct api_refused){.reason = "multipart",
                                         .count = router_multipart_count(daemon->router)};
    rows[count++] =
        (struct api_refused){.reason = "nameless", .count = router_nameless_count(daemon->router)};
    const struct router_state state = router_state(daemon->router);
    const struct http_server_cut http = http_server_cut(daemon->shell.http);
    const struct api_refused cut[] = {
        {.reason = "http-slow", .count = http.slow},
        {.reason = "http-crowded", .count = http.crowded},
        {.reason = "handshake", .count = state.lines.handshake},
        {.reason = "slow-handshake", .count = state.lines.slow_handshake},
        {.reason = "unspoken", .count = state.lines.unspoken},
        {.reason = "broken-off", .count = state.lines.broken_off},
        {.reason = "silent", .count = state.lines.silent},
        {.reason = "flood", .count = state.lines.flood},
        {.reason = "many", .count = state.lines.many},
        {.reason = "crowded", .count = state.lines.crowded},
        {.reason = "descriptors", .count = state.lines.descriptors + state.turned_away},
    };
    memcpy(rows + count, cut, sizeof(cut));
    count += sizeof(cut) / sizeof(cut[0]);
    *count_out = count;
    return rows;
}

static size_t put_line_counters(const struct daemon *daemon, struct api_counter *rows)
{
    const struct router_state state = router_state(daemon->router);
    const struct api_counter made[] = {
        {.name = "cse_connections",
         .help = "Connections of sites open now",
         .gauge = true,
         .value = state.lines.open},
        {.name = "cse_connections_held_bytes",
         .help = "Bytes received of messages that are not whole yet",
         .gauge = true,
         .value = state.lines.held_bytes},
        {.name = "cse_connections_taken",
         .help = "1 while new connections of sites are taken, 0 while descriptors are short",
         .gauge = true,
         .value = !state.closed},
        {.name = "cse_descriptors_short_total",
         .help = "How often descriptors became short",
         .value = state.closed_count},
        {.name = "cse_descriptors_open",
         .help = "Descriptors open now",
         .gauge = true,
         .value = (uint64_t)(descriptors_open() > 0 ? descriptors_open() : 0)},
        {.name = "cse_descriptors_max",
         .help = "Descriptors that may be open",
         .gauge = true,
         .value = (uint64_t)descriptors_max()},
    };
    memcpy(rows, made, sizeof(made));
    return sizeof(made) / sizeof(made[0]);
}

static const struct api_counter *counters(void *context, size_t *count_out)
{
    static struct api_counter rows[24];
    struct daemon *daemon = context;
    struct broker_counters c;
    size_t count = 0;

    broker_counters(daemon->broker, &c);
    rows[count++] = (struct api_counter){
        .name = "cse_frames_total", .help = "Frames received", .value = c.frames};
    rows[count++] = (struct api_counter){
        .name = "cse_frame_bytes_total", .help = "Bytes received in frames", .value = c.bytes};
    rows[count++] = (struct api_counter){
        .name = "cse_commits_total", .help = "Group commits", .value = c.commits};
    rows[count++] = (struct api_counter){.name = "cse_commits_failed_total",
                                         .help = "Commits that failed",
                                         .value = c.commits_failed};
    rows[count++] = (struct api_counter){
        .name = "cse_operations_returned_total",
        .help = "Operations of the centre that a restored store lacked and sites gave back",
        .value = c.operations_returned};
    rows[count++] = (struct api_counter){
        .name = "cse_feed_frames_total", .help = "Feed frames sent", .value = c.feed_frames};
    rows[count++] = (struct api_counter){.name = "cse_files_stored_total",
                                         .help = "Files stored and verified",
                                         .value = c.blobs_stored};
    rows[count++] = (struct api_counter){
        .name = "cse_sessions", .help = "Sites connected now", .gauge = true, .value = c.sessions};
    rows[count++] = (struct api_counter){.name = "cse_queued_bytes",
                                         .help = "Bytes received and not yet committed",
                                         .gauge = true,
                                         .value = c.queued_bytes};
    rows[count++] = (struct api_counter){
        .name = "cse_put_offs_total", .help = "Keys put off for a while", .value = c.put_offs};
    count += put_line_counters(daemon, rows + count);
    *count_out = count;
    return rows;
}

static enum err invite(void *context, const struct api_invite *invite_for, char *token_out,
                       uint64_t *expires_ms_out, struct err_info *info)
{
    struct daemon *daemon = context;
    const char *address =
        daemon->settings.address[0] != '\0' ? daemon->settings.address : daemon->settings.listen;
    uint8_t key[KEYS_PUBLIC_BYTES];
    struct token token = {0};
    struct key_row row = {.use = KEY_INVITE, .partner = invite_for->partner};

    if (strlen(address) > TOKEN_ADDRESS_BYTES)
        return err_set(info, ERR_TOO_BIG, "the broker's address is longer than %d bytes",
                       TOKEN_ADDRESS_BYTES);
    if (strlen(invite_for->slug) > SLUG_BYTES_MAX || strlen(invite_for->name) > NAME_BYTES_MAX)
        return err_set(info, ERR_INVALID, "a site's short name has at most %d bytes, its name %d",
                       SLUG_BYTES_MAX, NAME_BYTES_MAX);
    (void)crypto_box_keypair(key, token.secret);
    memcpy(token.broker_public, daemon->shell.keys.transport_public, sizeof(token.broker_public));
    memcpy(token.address, address, strlen(address) + 1);
    (void)snprintf(row.slug, sizeof(row.slug), "%s", invite_for->slug);
    (void)snprintf(row.name, sizeof(row.name), "%s", invite_for->name);
    row.expires_ms = clock_unix_ms() + (uint64_t)invite_for->valid_days * 24 * 3600 * 1000;
    enum err err = invite_for->replace ? broker_invite_in_place(daemon->broker, key, &row, info)
                                       : broker_invite(daemon->broker, key, &row, info);
    token.site = row.replaces;
    if (err == ERR_OK) {
        token_print(&token, token_out);
        *expires_ms_out = row.expires_ms;
    }
    sodium_memzero(&token, sizeof(token));
    return err;
}

static enum err revoke(void *context, const char *slug, struct err_info *info)
{
    struct daemon *daemon = context;
    return broker_revoke(daemon->broker, slug, info);
}

static enum err release(void *context, const char *slug, uint32_t epoch, uint64_t *released_out,
                        struct err_info *info)
{
    struct daemon *daemon = context;
    return broker_release(daemon->broker, slug, epoch, released_out, info);
}

struct api_daemon daemon_service(struct daemon *daemon)
{
    return (struct api_daemon){
        .context = daemon,
        .committed = committed,
        .fatal = fatal,
        .unready = unready,
        .counters = counters,
        .connected = connected,
        .put_off_s = put_off_s,
        .refused = refused,
        .invite = invite,
        .revoke = revoke,
        .release = release,
    };
}
