#include <stdio.h>

#include "lib/sys/clock.h"
#include "node/daemon.h"

static void committed(void *context)
{
    struct daemon *daemon = context;
    node_on_local_commit(daemon->node, daemon_now());
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

static void describe_link(void *context, struct api_link *link_out)
{
    struct daemon *daemon = context;
    struct node_status status;
    uint64_t now_ms = clock_mono_ms();

    node_status(daemon->node, &status);
    *link_out = (struct api_link){
        .state = status.phase,
        .retry_in_ms = status.retry_at_ms > now_ms ? status.retry_at_ms - now_ms : 0,
        .last_success_ms = status.last_success_ms,
        .last_error = status.last_error,
        .sent_seq = status.sent_seq,
        .files_pending = status.blobs_pending,
        .clock_offset_ms = status.clock_offset_ms,
    };
    (void)snprintf(link_out->last_error_text, sizeof(link_out->last_error_text), "%s",
                   status.last_error_text);
}

static enum err sync_now(void *context, struct err_info *info)
{
    struct daemon *daemon = context;
    struct node_status status;

    node_status(daemon->node, &status);
    if (!status.joined)
        return err_set(info, ERR_UNREACHABLE,
                       "this site has not joined a broker yet: cse join TOKEN");
    node_sync_now(daemon->node, daemon_now());
    return ERR_OK;
}

static enum err joined(void *context, const struct membership *membership, struct err_info *info)
{
    struct daemon *daemon = context;

    (void)membership;
    return node_on_membership(daemon->node, daemon_now(), info);
}

static const struct api_counter *counters(void *context, size_t *count_out)
{
    static struct api_counter rows[6];
    struct daemon *daemon = context;
    struct node_status status;

    node_status(daemon->node, &status);
    rows[0] = (struct api_counter){.name = "cse_link_bad_frames_total",
                                   .help = "Frames from the broker that could not be read",
                                   .value = status.bad_frames};
    rows[1] = (struct api_counter){.name = "cse_link_unknown_messages_total",
                                   .help = "Messages of a newer broker, ignored",
                                   .value = status.unknown_messages};
    rows[2] = (struct api_counter){.name = "cse_feed_refused_total",
                                   .help = "Feed batches whose seal did not match",
                                   .value = status.feed_refused};
    rows[3] = (struct api_counter){.name = "cse_files_pending",
                                   .help = "Own files the broker does not have yet",
                                   .gauge = true,
                                   .value = status.blobs_pending};
    const struct http_server_cut cut = http_server_cut(daemon->shell.http);
    rows[4] = (struct api_counter){.name = "cse_http_cut_total",
                                   .help = "Connections ended because their request did not",
                                   .label = "reason",
                                   .label_value = "slow",
                                   .value = cut.slow};
    rows[5] = (struct api_counter){.name = "cse_http_cut_total",
                                   .help = "Connections ended because their request did not",
                                   .label = "reason",
                                   .label_value = "crowded",
                                   .value = cut.crowded};
    *count_out = sizeof(rows) / sizeof(rows[0]);
    return rows;
}

struct api_daemon daemon_service(struct daemon *daemon)
{
    return (struct api_daemon){
        .context = daemon,
        .committed = committed,
        .fatal = fatal,
        .unready = unready,
        .counters = counters,
        .link = describe_link,
        .sync_now = sync_now,
        .joined = joined,
    };
}
