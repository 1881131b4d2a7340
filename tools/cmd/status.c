#include <inttypes.h>
#include <string.h>

#include "lib/link/token.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse status",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_("outbox, connection and last error of this daemon")};

static void print_line(const char *label, const char *text)
{
    (void)fputs("  ", stdout);
    say_padded(stdout, tr(label), 19);
    print_text(tr(text));
    (void)putchar('\n');
}

static const char *link_words(const char *state)
{
    static const char *const words[][2] = {{"closed", N_("not connected")},
                                           {"opening", N_("connecting")},
                                           {"greeting", N_("connecting")},
                                           {"recover", N_("fetching what is missing here")},
                                           {"steady", N_("connected")}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(words[i][0], state) == 0)
            return words[i][1];
    }
    return state;
}

/* What a new broker is told if this one is ever lost with all its copies. */
static void print_centre(const json_t *status)
{
    struct member_text a;
    uint8_t id[8];
    struct centre_code code;
    char text[CENTRE_CODE_BYTES];
    if (!hex_decode(member_text(status, "broker_site", &a), id, sizeof(id)) ||
        !hex_decode(member_text(status, "broker_sign", &a), code.sign_public,
                    sizeof(code.sign_public)))
        return;
    code.site = get_u64(id);
    centre_code_print(&code, text);
    print_line("centre's code", text);
}

static void print_node(const json_t *status)
{
    struct member_text a, b;
    char text[256];
    const json_t *link = json_object_get(status, "link");
    const json_t *last = json_object_get(link, "last_error");
    if (!json_is_true(json_object_get(status, "joined"))) {
        print_line("site", "has not joined an organisation yet: 'cse join TOKEN'");
    } else {
        say_in(text, sizeof(text), "%s of %s", member_text(status, "site", &a),
               member_text(status, "organisation", &b));
        print_line("site", text);
    }
    const char *state = link_words(member_text(link, "state", &a));
    int64_t retry_ms = member_int(link, "retry_in_ms");
    say_in(text, sizeof(text), "%s, last success %s", state,
           age_text(json_object_get(link, "last_success"), &b));
    print_line("connection", text);
    if (json_is_object(last))
        print_line("last error", member_text(last, "text", &a));
    if (retry_ms > 0) {
        say_in(text, sizeof(text), "in %" PRId64 " s; now: cse sync", (retry_ms + 999) / 1000);
        print_line("next attempt", text);
    }
    struct count_text changes, files;
    (void)snprintf(
        text, sizeof(text), "%s, %s",
        count_text(member_int(status, "pending"), P_("%s change", "%s changes"), &changes),
        count_text(member_int(status, "files_pending"), P_("%s file", "%s files"), &files));
    print_line("to be sent", text);
    if (json_is_string(json_object_get(status, "oldest_pending")))
        print_line("oldest of them", age_text(json_object_get(status, "oldest_pending"), &a));
    print_centre(status);
}

static void print_broker(const json_t *status)
{
    struct member_text a;
    char text[160];
    const json_t *sites = json_object_get(status, "sites");
    print_line("organisation", member_text(status, "organisation", &a));
    say_in(text, sizeof(text),
           "%" PRId64 " active, %" PRId64 " connected, %" PRId64 " late, %" PRId64
           " silent, %" PRId64 " suspect, %" PRId64 " revoked",
           member_int(sites, "active"), member_int(sites, "connected"), member_int(sites, "late"),
           member_int(sites, "silent"), member_int(sites, "suspect"), member_int(sites, "revoked"));
    print_line("sites", text);
    print_line("not yet applied", member_text(status, "backlog", &a));
    const json_t *queues = json_object_get(status, "queues");
    say_in(text, sizeof(text), "%" PRId64 " KiB to be stored, %" PRId64 " entries for the sites",
           (member_int(queues, "commit_bytes") + 1023) >> 10, member_int(queues, "feed_entries"));
    print_line("queues", text);
}

/* Only when it is wrong enough to matter. */
static void print_clock(const json_t *status)
{
    enum { BEHIND_MIN = 6 /* another's clock moves ours by up to 5 */, OFFSET_MIN = 2 };
    char text[128];
    int64_t behind = member_int(status, "clock_behind_ms") / 60000;
    int64_t offset = member_int(status, "clock_offset_ms") / 60000;
    if (behind >= BEHIND_MIN) {
        say_in(text, sizeof(text), "%" PRId64 " min behind the newest change here", behind);
        print_line("clock", text);
    }
    if (offset >= OFFSET_MIN) {
        say_in(text, sizeof(text), "%" PRId64 " min ahead of the broker's", offset);
        print_line("clock", text);
    } else if (offset <= -OFFSET_MIN) {
        say_in(text, sizeof(text), "%" PRId64 " min behind the broker's", -offset);
        print_line("clock", text);
    }
}

static void print_status(const json_t *status)
{
    struct member_text a, b;
    char text[128];
    const json_t *store = json_object_get(status, "store");
    const char *role = member_text(status, "role", &a);
    say("%s, version %s\n", role, member_text(status, "version", &b));
    if (role[0] == 'b')
        print_broker(status);
    else
        print_node(status);
    if (json_is_string(json_object_get(status, "unready")))
        print_line("cannot save", member_text(status, "unready", &a));
    print_clock(status);
    print_line("conflicts", member_text(status, "conflicts", &a));
    print_line("set aside", member_text(status, "set_aside", &a));
    int64_t used = member_int(store, "used_bytes");
    say_in(text, sizeof(text), "%" PRId64 " %s of %" PRId64 " MiB%s",
           used >= 10 << 20 ? used >> 20 : used >> 10, used >= 10 << 20 ? "MiB" : "KiB",
           member_int(store, "reserved_bytes") >> 20,
           json_is_true(json_object_get(store, "nearly_full")) ? N_(", nearly full") : "");
    print_line("store", text);
    if (member_int(store, "disk_free_bytes") > 0) {
        say_in(text, sizeof(text), "%" PRId64 " MiB free, none below %" PRId64 " MiB is used",
               member_int(store, "disk_free_bytes") >> 20,
               member_int(store, "disk_floor_bytes") >> 20);
        print_line("disk", text);
    }
    say_in(text, sizeof(text), "%" PRId64 ", the oldest %" PRId64 " commits behind",
           member_int(store, "readers"), member_int(store, "reader_lag"));
    print_line("readers", text);
}

enum err cmd_status(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *status = NULL;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("status", NULL, NULL);
    err = cmd_get(&cmd, &url, &status, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_line(status);
    else
        print_status(status);
    json_decref(status);
    return ERR_OK;
}
