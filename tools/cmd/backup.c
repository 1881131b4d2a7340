/* cse backup DIR: a copy of the data directory that is proven before it has its name. It reads the
 * store beside the daemon, which goes on working meanwhile. */
#include "lib/ledger/copy.h"
#include "lib/sys/clock.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/data_copy.h"
#include "tools/cmd/new_dir.h"
#include "tools/cmd/verify.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse backup",
    .words = "DIR",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("copy keys, store and files into a new directory and verify the copy; the daemon "
                  "may run; 'cse restore' makes a data directory of it")};

static enum err mark(const char *copy, uint64_t made_ms, struct err_info *info)
{
    struct store *store = NULL;
    enum err err = data_store_open(copy, &store, info);
    if (err == ERR_OK)
        err = copy_mark(store, made_ms, info);
    store_close(store);
    return err;
}

struct backup {
    struct new_dir dir;
    struct data_copied copied;
    struct verified verified;
    uint64_t made_ms;
};

static enum err fill(struct backup *backup, const char *data, struct err_info *info)
{
    const char *copy = backup->dir.temporary;
    backup->made_ms = clock_unix_ms();
    enum err err = data_copy(data, copy, &backup->copied, info);
    if (err == ERR_OK)
        err = mark(copy, backup->made_ms, info);
    if (err == ERR_OK)
        err = verify_directory(copy, &backup->verified, info);
    if (err == ERR_OK && verified_faults(&backup->verified) > 0)
        err =
            err_set(info, ERR_MISMATCH,
                    "the copy does not match its log and was thrown away; 'cse verify' tells what "
                    "is wrong with the original");
    return err == ERR_OK ? new_dir_publish(&backup->dir, info) : err;
}

static void tell(const struct cmd *cmd, const struct backup *backup)
{
    const struct verify_report *report = &backup->verified.report;
    if (cmd->json) {
        json_t *json = json_pack(
            "{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "backup", backup->dir.target, "made_ms",
            (json_int_t)backup->made_ms, "operations", (json_int_t)report->operations, "records",
            (json_int_t)report->records, "files", (json_int_t)backup->copied.files, "file_bytes",
            (json_int_t)backup->copied.file_bytes, "store_bytes",
            (json_int_t)backup->copied.store_bytes, "verified", (int)true);
        print_json_line(json);
        json_decref(json);
        return;
    }
    char store[32], bytes[32];
    struct count_text operations, records, files;
    data_size_text(backup->copied.store_bytes, store, sizeof(store));
    data_size_text(backup->copied.file_bytes, bytes, sizeof(bytes));
    say("'%s' is a whole copy, verified: %s, %s, %s of store; %s, %s.\n", backup->dir.target,
        count_text((int64_t)report->operations, P_("%s operation", "%s operations"), &operations),
        count_text((int64_t)report->records, P_("%s record", "%s records"), &records), store,
        count_text((int64_t)backup->copied.files, P_("%s file", "%s files"), &files), bytes);
    say("It holds the keys too: keep it as safe as the original, and on another disk.\n");
}

enum err cmd_backup(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct backup backup = {.made_ms = 0};
    const char *data = NULL;
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    err = cmd_data(&cmd, &data, info);
    if (err == ERR_OK)
        err = new_dir_begin(&backup.dir, cmd.args.words[0], info);
    if (err != ERR_OK)
        return err;
    err = fill(&backup, data, info);
    if (err == ERR_OK)
        tell(&cmd, &backup);
    else
        new_dir_drop(&backup.dir);
    return err;
}
