/* cse restore BACKUP DIR: a data directory out of a backup; with --in-place DIR, of a directory
 * that was copied by other means. What a broker lacks it gets from its sites, and what a site lacks
 * from its broker, as soon as they meet. */
#include <string.h>

#include "lib/ledger/copy.h"
#include "lib/ledger/identity.h"
#include "lib/sys/random.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/data_copy.h"
#include "tools/cmd/new_dir.h"
#include "tools/cmd/verify.h"

static const struct cli_option options[] = {
    {.name = "in-place",
     .help =
         N_("DIR was copied by other means and the original will not run again: make it the one "
            "that runs")},
    CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse restore",
    .words = "BACKUP DIR | --in-place DIR",
    .words_min = 1,
    .words_max = 2,
    CMD_OPTIONS(options),
    .summary = N_("make a data directory of a backup: verified again, with the keys it was made "
                  "with; the original must not run any more")};

struct restore {
    enum ledger_role role;
    bool marked;
    uint64_t made_ms;
    struct verified verified;
};

static enum err look(const char *data, struct restore *restore, struct err_info *info)
{
    char path[PATH_BYTES_MAX];
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct identity self;
    enum err err = path_join(data, "store", path, info);
    if (err == ERR_OK)
        err = store_open_lmdb_read(path, &store, info);
    if (err == ERR_OK)
        err = store_begin(store, STORE_READ, &txn, info);
    if (err == ERR_OK) {
        err = identity_read(txn, &restore->role, &self);
        enum err made = copy_made(txn, &restore->made_ms);
        restore->marked = made == ERR_OK;
        store_abort(txn);
        if (err != ERR_OK)
            (void)err_set(info, err, "read whose '%s' is: %s", data, err_text(err));
    }
    store_close(store);
    return err;
}

static enum err adopt(const char *data, struct err_info *info)
{
    uint8_t incarnation[INCARNATION_BYTES];
    struct store *store = NULL;
    random_bytes(incarnation, sizeof(incarnation));
    enum err err = data_store_open(data, &store, info);
    if (err == ERR_OK)
        err = copy_adopt(store, incarnation, info);
    store_close(store);
    return err;
}

/* What another version derived is made again first, and then is as good as the log. */
static enum err prove(const char *data, struct restore *restore, struct err_info *info)
{
    enum err err = data_renew(data, info);
    if (err == ERR_OK)
        err = verify_directory(data, &restore->verified, info);
    if (err == ERR_OK && verified_faults(&restore->verified) > 0)
        err = err_set(info, ERR_MISMATCH, "'%s' does not match its log: take another copy", data);
    return err;
}

static enum err from_backup(const char *backup, const char *target, struct restore *restore,
                            struct err_info *info)
{
    struct new_dir dir;
    struct data_copied copied;
    enum err err = look(backup, restore, info);
    if (err == ERR_OK && !restore->marked)
        err = err_set(info, ERR_INVALID,
                      "'%s' was not made by cse backup; of a directory that was copied by other "
                      "means say 'cse restore --in-place'",
                      backup);
    if (err == ERR_OK)
        err = new_dir_begin(&dir, target, info);
    if (err != ERR_OK)
        return err;
    err = data_copy(backup, dir.temporary, &copied, info);
    if (err == ERR_OK)
        err = prove(dir.temporary, restore, info);
    if (err == ERR_OK)
        err = adopt(dir.temporary, info);
    if (err == ERR_OK)
        err = new_dir_publish(&dir, info);
    if (err != ERR_OK)
        new_dir_drop(&dir);
    return err;
}

static enum err in_place(const char *data, struct restore *restore, struct err_info *info)
{
    enum err err = look(data, restore, info);
    if (err == ERR_OK && restore->marked)
        err = err_set(info, ERR_DENIED,
                      "'%s' is a backup: restore it into a new directory, so that it stays one",
                      data);
    if (err == ERR_OK)
        err = prove(data, restore, info);
    return err == ERR_OK ? adopt(data, info) : err;
}

static void tell(const struct cmd *cmd, const char *data, const struct restore *restore)
{
    const struct verify_report *report = &restore->verified.report;
    bool broker = restore->role == LEDGER_BROKER;
    if (cmd->json) {
        json_t *json = json_pack(
            "{s:s, s:s, s:I, s:I, s:I, s:I}", "data", data, "role", broker ? "broker" : "node",
            "made_ms", (json_int_t)restore->made_ms, "operations", (json_int_t)report->operations,
            "records", (json_int_t)report->records, "files", (json_int_t)restore->verified.files);
        print_json_line(json);
        json_decref(json);
        return;
    }
    struct count_text operations, records, files;
    say("'%s' is ready and verified: %s, %s, %s.\n", data,
        count_text((int64_t)report->operations, P_("%s operation", "%s operations"), &operations),
        count_text((int64_t)report->records, P_("%s record", "%s records"), &records),
        count_text((int64_t)restore->verified.files, P_("%s file", "%s files"), &files));
    if (broker)
        say("Start it: cse-broker --data %s\nSites send again what it lacks as they connect; 'cse "
            "sites' shows who has.\nA key that was revoked after the backup was made is admitted "
            "again: 'cse revoke SITE' once more.\n",
            data);
    else
        say("Start it: cse-node --data %s\nIt fetches from the broker what it lacks.\n", data);
}

enum err cmd_restore(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct restore restore = {.role = LEDGER_NODE};
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    bool here = cli_given(&command, &cmd.args, "in-place");
    if (cmd.args.word_count != (here ? 1 : 2))
        return err_set(info, ERR_USAGE,
                       "it is 'cse restore BACKUP DIR', or 'cse restore --in-place DIR'");
    const char *data = cmd.args.words[here ? 0 : 1];
    err = here ? in_place(data, &restore, info)
               : from_backup(cmd.args.words[0], data, &restore, info);
    if (err == ERR_OK)
        tell(&cmd, data, &restore);
    return err;
}
