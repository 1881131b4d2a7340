#include "tools/bench/bench.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/limits.h"
#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {
    {.name = "operations", .argument = "N", .help = N_("records, rows or operations in all")},
    {.name = "sites", .argument = "N", .help = N_("sites that are played")},
    {.name = "batch", .argument = "N", .help = N_("operations in one message")},
    {.name = "seed", .argument = "N", .help = N_("the same seed gives the same records")},
    {.name = "repeat", .argument = "N", .help = N_("how often; medians are shown (default 3)")},
    {.name = "data",
     .letter = 'd',
     .argument = "DIR",
     .help = N_("work in a temporary folder in here, on the disk to be measured ($TMPDIR)")},
    {.name = "language",
     .argument = "CODE",
     .help = N_("en, ro, ru, lt or pl; default: what cse.yaml says, or $LANG")},
    {.name = "json", .help = N_("JSON on standard output, nothing else there")},
    {.name = "version", .help = N_("print the version")},
};
static const struct cli_command command = {
    .name = "cse bench",
    .words = "sync | ceiling | record | import | picture | reconnect",
    .words_min = 1,
    .words_max = 1,
    CMD_OPTIONS(options),
    .summary = N_("measure the daemons beside this program, in a folder that is removed again")};

static const struct subject {
    const char *name;
    bench_measure *measure;
    const char *durable;
    int64_t operations, sites, batch;
    bool one_site; /* one node's own figures: nobody sends batches */
} subjects[] = {
    {"sync", bench_sync, bench_sync_durable, 1000000, 100, 256, false},
    {"ceiling", bench_ceiling, bench_ceiling_durable, 1000000, 100, 256, false},
    {"record", bench_record, bench_record_durable, 2000, 1, 1, true},
    {"import", bench_import, bench_import_durable, 100000, 1, 1, true},
    {"picture", bench_picture, bench_picture_durable, 1000000, 1000, 256, false},
    {"reconnect", bench_reconnect, bench_reconnect_durable, 50000, 1000, 5, false},
};

/* An option that would be ignored is an error: its figures would be read as if it had counted. */
static enum err refuse_ignored(const struct cmd *cmd, const struct subject *subject,
                               struct err_info *info)
{
    static const char *const names[] = {"--sites", "--batch"};
    for (size_t i = 0; subject->one_site && i < sizeof(names) / sizeof(names[0]); i++)
        if (cli_given(&command, &cmd->args, names[i] + 2))
            return err_set(info, ERR_USAGE, "'%s' measures one node and takes no '%s'",
                           subject->name, names[i]);
    return ERR_OK;
}

static enum err read_options(const struct cmd *cmd, const struct subject *subject,
                             struct bench *bench, struct err_info *info)
{
    *bench = (struct bench){.operations = subject->operations,
                            .sites = subject->sites,
                            .batch = subject->batch,
                            .seed = 1,
                            .repeat = 3};
    const struct {
        const char *name;
        int64_t *value, max;
    } numbers[] = {
        {"operations", &bench->operations, 100000000},
        {"sites", &bench->sites, SESSIONS_MAX},
        {"batch", &bench->batch, BATCH_OPS_MAX},
        {"seed", &bench->seed, INT32_MAX},
        {"repeat", &bench->repeat, 64},
    };
    enum err err = refuse_ignored(cmd, subject, info);
    for (size_t i = 0; err == ERR_OK && i < sizeof(numbers) / sizeof(numbers[0]); i++)
        err = cli_int(&command, &cmd->args, numbers[i].name,
                      (struct cli_range){.min = 1, .max = numbers[i].max}, numbers[i].value, info);
    if (err == ERR_OK && bench->operations < bench->sites * bench->batch)
        err = err_set(info, ERR_USAGE,
                      "--operations: %lld sites with a batch of %lld each are %lld at least",
                      (long long)bench->sites, (long long)bench->batch,
                      (long long)(bench->sites * bench->batch));
    return err;
}

static enum err make_place(const struct cmd *cmd, struct bench *bench, struct err_info *info)
{
    const char *parent = cli_value(&command, &cmd->args, "data");
    if (parent == NULL)
        parent = getenv("TMPDIR");
    if (parent == NULL)
        parent = "/tmp";
    enum err err = path_join(parent, "cse-bench.XXXXXX", bench->dir, info);
    if (err != ERR_OK)
        return err;
    if (mkdtemp(bench->dir) == NULL)
        return bench_fail(info, err_from_errno(errno), parent);
    ssize_t len = readlink("/proc/self/exe", bench->bin, sizeof(bench->bin) - 1);
    if (len <= 0)
        return bench_fail(info, ERR_IO, "/proc/self/exe");
    bench->bin[len] = '\0';
    *strrchr(bench->bin, '/') = '\0';
    return ERR_OK;
}

/* "latency_ms.load_50.p99   1.234   1.100   1.900", in the order of the JSON. */
static void print_rows(const char *prefix, const json_t *median, const json_t *min,
                       const json_t *max)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)median, key, value)
    {
        char name[128];
        (void)snprintf(name, sizeof(name), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", key);
        if (json_is_object(value))
            print_rows(name, value, json_object_get(min, key), json_object_get(max, key));
        else
            (void)printf("  %-46s %14.3f %14.3f %14.3f\n", name, json_number_value(value),
                         json_number_value(json_object_get(min, key)),
                         json_number_value(json_object_get(max, key)));
    }
}

static void print_results(const struct cmd *cmd, const struct bench *bench,
                          const struct subject *subject, json_t *results)
{
    json_t *all =
        json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s, s:o, s:o}", "bench", subject->name,
                  "version", CSE_VERSION, "operations", (json_int_t)bench->operations, "sites",
                  (json_int_t)bench->sites, "batch", (json_int_t)bench->batch, "seed",
                  (json_int_t)bench->seed, "repeat", (json_int_t)bench->repeat, "durable",
                  subject->durable, "summary", bench_summary(results), "runs", results);
    const json_t *summary = json_object_get(all, "summary");
    if (cmd->json) {
        print_json_line(all);
    } else {
        (void)printf("%s: %s\n  %-46s %14s %14s %14s\n", subject->name, subject->durable, "",
                     "median", "min", "max");
        print_rows("", json_object_get(summary, "median"), json_object_get(summary, "min"),
                   json_object_get(summary, "max"));
    }
    json_decref(all);
}

static enum err measure(const struct cmd *cmd, struct bench *bench, const struct subject *subject,
                        struct err_info *info)
{
    json_t *results = json_array();
    enum err err = ERR_OK;
    for (int64_t round = 0; err == ERR_OK && round < bench->repeat; round++) {
        json_t *result = NULL;
        err = subject->measure(bench, round, &result, info);
        if (err == ERR_OK && result == NULL)
            err = bench_fail(info, ERR_INTERNAL, subject->name);
        if (err == ERR_OK)
            (void)json_array_append_new(results, result);
    }
    bench_release();
    if (err == ERR_OK)
        print_results(cmd, bench, subject, results);
    else
        json_decref(results);
    return err;
}

static volatile sig_atomic_t worker;

static void end_worker(int signal_number)
{
    (void)signal_number;
    if (worker > 0)
        (void)kill(worker, SIGKILL); /* its daemons go with it */
}

/* The work is done in a child, so that the folder goes whatever ends it. */
static enum err guard(const struct cmd *cmd, struct bench *bench, const struct subject *subject,
                      struct err_info *info)
{
    int status = 0;
    struct sigaction action = {.sa_handler = end_worker};
    (void)fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)setpgid(0, 0); /* ^C is for the guard alone */
        enum err err = measure(cmd, bench, subject, info);
        if (err != ERR_OK) {
            char text[ERR_TEXT_BYTES];
            info->code = err;
            err_say(info, say_language(), text, sizeof(text));
            (void)fprintf(stderr, "cse bench: %s\n", text);
        }
        (void)fflush(stdout);
        _exit((int)err);
    }
    worker = pid;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bench_remove(bench->dir);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return ERR_OK;
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 130); /* told already, or ended by a signal */
}

enum err cmd_bench(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct bench bench;
    const struct subject *subject = NULL;
    enum err err = cmd_begin(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
        if (strcmp(subjects[i].name, cmd.args.words[0]) == 0)
            subject = &subjects[i];
    if (subject == NULL)
        return err_set(info, ERR_USAGE, N_("'%s' is none of %s"), cmd.args.words[0], command.words);
    err = read_options(&cmd, subject, &bench, info);
    if (err == ERR_OK)
        err = make_place(&cmd, &bench, info);
    return err == ERR_OK ? guard(&cmd, &bench, subject, info) : err;
}
