#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/ledger/identity.h"
#include "lib/ledger/ledger.h"
#include "lib/ledger/roster.h"
#include "lib/shell/shell.h"
#include "lib/store/blobs.h"
#include "lib/sys/clock.h"
#include "lib/sys/files.h"
#include "lib/sys/keys.h"
#include "lib/sys/progress.h"
#include "lib/sys/yaml.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/verify.h"

static const struct cli_option options[] = {
    {.name = "against",
     .argument = "DIR",
     .help = N_("compare with another data directory or backup: of the same site or broker, or of "
                "the other end")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse verify",
    .words = "",
    CMD_OPTIONS(options),
    .summary =
        N_("check every chain, seal and file, and the picture against the log; the daemon may "
           "run; exit status 24 when something does not match")};

struct verify {
    struct keys keys;
    struct store *store;
    struct ledger *ledger;
    struct blobs *blobs;
    struct progress progress;
    struct verified found;
};

/* Who signed: the roster's keys; a node that has not joined knows its own. */
static uint32_t sign_keys_of(void *context, struct origin origin,
                             uint8_t keys_out[SIGN_KEYS_MAX][SIGN_PUBLIC_BYTES])
{
    struct verify *verify = context;
    struct store_txn *txn = NULL;
    uint32_t count = 0;
    if (store_begin(verify->store, STORE_READ, &txn, NULL) != ERR_OK)
        return 0;
    enum err err = roster_sign_keys(txn, origin, keys_out, &count);
    store_abort(txn);
    if (err != ERR_OK)
        return 0;
    /* a node's own row has no key: its seals are made when it sends */
    if (origin.site == ledger_identity(verify->ledger).site)
        memcpy(keys_out[count > 0 ? count - 1 : count++], verify->keys.sign_public,
               SIGN_PUBLIC_BYTES);
    return count;
}

static void show(void *context, uint64_t done, uint64_t all)
{
    struct verify *verify = context;
    verify->progress.total = all;
    progress_show(&verify->progress, done);
}

static void count_bad_file(void *context, const uint8_t hash[HASH_BYTES])
{
    struct verify *verify = context;
    char hex[2 * HASH_BYTES + 1];
    hex_encode(bytes_of(hash, HASH_BYTES), hex);
    say_to(stderr, "file %s does not match its name\n", hex);
    verify->found.bad_files++;
}

static enum err open_ledger(struct verify *verify, struct err_info *info)
{
    struct ledger_options ledger_options = {.role = LEDGER_NODE, .today = clock_today_day()};
    struct identity self;
    struct store_txn *txn = NULL;
    enum err err = store_begin(verify->store, STORE_READ, &txn, info);
    if (err != ERR_OK)
        return err;
    err = identity_read(txn, &ledger_options.role, &self);
    store_abort(txn);
    if (err != ERR_OK && err != ERR_VERSION) /* of that the ledger has more to say */
        return err_set(info, err, "read whose store this is: %s", err_text(err));
    err = ledger_open(verify->store, &ledger_options, verify->keys.sign_secret, &verify->ledger,
                      info);
    if (err == ERR_OK || err == ERR_VERSION || err == ERR_NO_MEMORY)
        return err;
    return err_wrap(info, err,
                    "the picture here is not made yet, or by another version; start the daemon "
                    "once, then verify");
}

static enum err check(struct verify *verify, const char *data, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    enum err err = keys_load(data, &verify->keys, info);
    if (err == ERR_OK)
        err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb_read(path, &verify->store, info);
    if (err == ERR_OK)
        err = open_ledger(verify, info);
    if (err != ERR_OK)
        return err;
    progress_start(&verify->progress, "operations", 0);
    err = ledger_verify(verify->ledger, sign_keys_of, show, verify, &verify->found.report, info);
    progress_end(&verify->progress);
    if (err == ERR_OK)
        err = path_join(data, "blobs", path, info);
    if (err != ERR_OK || !file_exists(path))
        return err;
    err = blobs_open_dir(path, &verify->blobs, info);
    if (err == ERR_OK)
        err = blobs_verify(verify->blobs, count_bad_file, verify, &verify->found.files);
    return err == ERR_OK ? ERR_OK : err_set(info, err, "check the files: %s", err_text(err));
}

enum err verify_directory(const char *data, struct verified *verified_out, struct err_info *info)
{
    struct verify verify = {0};
    enum err err = check(&verify, data, info);
    blobs_close(verify.blobs);
    ledger_close(verify.ledger);
    store_close(verify.store);
    keys_wipe(&verify.keys);
    if (err == ERR_OK)
        *verified_out = verify.found;
    return err;
}

uint64_t verified_faults(const struct verified *verified)
{
    const struct verify_report *report = &verified->report;
    return report->bad_chains + report->bad_seals + report->bad_entries + report->bad_records +
           report->bad_cells + report->bad_indexes + verified->bad_files +
           (report->digest_matches ? 0 : 1);
}

static void tell_json(const struct verified *verify)
{
    const struct verify_report *report = &verify->report;
    json_t *json = json_pack(
        "{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "ok",
        (int)(verified_faults(verify) == 0), "origins", (json_int_t)report->origins, "operations",
        (json_int_t)report->operations, "records", (json_int_t)report->records, "cells",
        (json_int_t)report->cells, "files", (json_int_t)verify->files, "bad_chains",
        (json_int_t)report->bad_chains, "bad_seals", (json_int_t)report->bad_seals, "bad_entries",
        (json_int_t)report->bad_entries, "bad_records", (json_int_t)report->bad_records,
        "bad_cells", (json_int_t)report->bad_cells, "bad_indexes", (json_int_t)report->bad_indexes,
        "bad_files", (json_int_t)verify->bad_files, "digest_matches", (int)report->digest_matches);
    print_json_line(json);
    json_decref(json);
}

static void print_what(const char *what)
{
    (void)fputs("  ", stdout);
    say_padded(stdout, tr(what), 30);
}

static void tell(const struct verified *verify)
{
    const struct verify_report *report = &verify->report;
    const struct {
        const char *what;
        uint64_t all, bad;
    } lines[] = {
        {N_("chains of sites"), report->origins, report->bad_chains},
        {N_("operations"), report->operations, report->bad_entries},
        {N_("seals"), report->origins, report->bad_seals},
        {N_("records"), report->records, report->bad_records},
        {N_("cells of the picture"), report->cells, report->bad_cells},
        {N_("indexes"), report->records, report->bad_indexes},
        {N_("files"), verify->files, verify->bad_files},
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        print_what(lines[i].what);
        if (lines[i].bad > 0)
            say("%" PRIu64 " do not match\n", lines[i].bad);
        else
            say("good (%" PRIu64 ")\n", lines[i].all);
    }
    print_what(N_("digest"));
    say("%s\n", report->digest_matches ? N_("good") : N_("does not match"));
}

enum err cmd_verify(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct verified verified = {.files = 0};
    const char *data = NULL;
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cmd_data(&cmd, &data, info);
    const char *other = cli_value(&command, &cmd.args, "against");
    if (err == ERR_OK && other != NULL)
        return verify_against(data, other, cmd.json, info);
    if (err == ERR_OK)
        err = verify_directory(data, &verified, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        tell_json(&verified);
    else
        tell(&verified);
    return verified_faults(&verified) == 0
               ? ERR_OK
               : err_set(info, ERR_MISMATCH,
                         "%s does not match its log; keep a copy, then restore a backup or rebuild",
                         data);
}
