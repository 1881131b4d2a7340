/* cse COMMAND …: one table of commands, and how a failure is told. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/http/json.h"
#include "lib/sys/random.h"
#include "lib/sys/signals.h"
#include "tools/cmd/cmd.h"
#include "tools/cmd/new_dir.h"

static const struct {
    const char *name, *summary;
    cmd_run *run;
} commands[] = {
    {"init", N_("make a data directory for a broker or a node"), cmd_init},
    {"invite", N_("let a new site enrol: prints a single-use token"), cmd_invite},
    {"join", N_("enrol this node with a token"), cmd_join},
    {"sites", N_("who takes part and how current they are"), cmd_sites},
    {"release", N_("apply what is held of a suspected copy of a site"), cmd_release},
    {"revoke", N_("end a site's access at once"), cmd_revoke},
    {"record", N_("write a record"), cmd_record},
    {"edit", N_("change a record"), cmd_edit},
    {"delete", N_("remove a record"), cmd_delete},
    {"show", N_("one record, or its history"), cmd_show},
    {"list", N_("records of a kind, newest first"), cmd_list},
    {"receipt", N_("where a record is: saved, sent, accepted, set aside"), cmd_receipt},
    {"import", N_("bring in a CSV file, or take an import back"), cmd_import},
    {"export", N_("records or the picture as CSV or JSON"), cmd_export},
    {"picture", N_("the merged picture of all sites"), cmd_picture},
    {"elements", N_("the 57 elements of the standard"), cmd_elements},
    {"standard", N_("load the organisation's own wording of the elements"), cmd_standard},
    {"conflicts", N_("values that stand against each other"), cmd_conflicts},
    {"resolve", N_("settle a conflict"), cmd_resolve},
    {"status", N_("outbox, connection, last error"), cmd_status},
    {"sync", N_("connect now; wait until nothing is pending"), cmd_sync},
    {"verify", N_("check chains, seals and the picture against the log"), cmd_verify},
    {"backup", N_("copy the data directory while it is in use, verified"), cmd_backup},
    {"restore", N_("make a data directory of a backup"), cmd_restore},
    {"rollover", N_("begin a new assessment cycle"), cmd_rollover},
    {"checks", N_("what is due, overdue, missing or contradicted"), cmd_checks},
    {"accreditation", N_("certificates, visits and findings"), cmd_accreditation},
    {"survey", N_("what people answered"), cmd_survey},
    {"standards", N_("service standards and how they fare"), cmd_standards},
    {"benchmarks", N_("our figures among those of others"), cmd_benchmarks},
    {"file-evidence", N_("file a quarter's figures as evidence"), cmd_file_evidence},
    {"measure", N_("measure a standard by the records that are here"), cmd_measure},
    {"competency", N_("customer orientation of people and teams"), cmd_competency},
    {"csm", N_("the scored rating by ISO 10001 to 10004"), cmd_csm},
    {"report", N_("the report on complaints"), cmd_report},
    {"rules", N_("numbers, time limits, holidays and cycles in force"), cmd_rules},
    {"bench", N_("measure speed, memory and disk use on this machine"), cmd_bench},
    {"kinds", N_("which kinds of records there are, and their fields"), cmd_kinds},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_usage(FILE *to)
{
    say_to(to, "Usage: cse [--data DIR] COMMAND [OPTION …]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(to, "  %-14s %s\n", commands[i].name, tr(commands[i].summary));
    say_to(to,
           "\nA command finds its daemon by --data DIR (before or after COMMAND) or $CSE_DATA.\n"
           "--json: JSON on standard output. --language CODE: en, ro, ru, lt, pl. 'cse COMMAND "
           "--help' tells the rest.\n"
           "Exit status: 0 done, 2 wrong usage, otherwise the number of the error.\n");
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *near = cli_nearest(name, names, COMMANDS);
    if (near != NULL)
        say_to(stderr, "cse: there is no command '%s'; did you mean '%s'?\n", name, near);
    else
        say_to(stderr, "cse: there is no command '%s'; 'cse --help' lists them\n", name);
    return ERR_USAGE;
}

/* The value of an option wherever it stands: "--name VALUE" or "--name=VALUE"; NULL: not given. */
static const char *word_after(int argc, char **argv, const char *name)
{
    size_t len = strlen(name);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], name) == 0 && i + 1 < argc)
            return argv[i + 1];
        if (strncmp(argv[i], name, len) == 0 && argv[i][len] == '=')
            return argv[i] + len + 1;
    }
    return NULL;
}

/* "cse --data DIR sites": options that all commands have may stand before the command; it changes
 * places with them. False: what stands there is no such option. */
static bool command_first(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        bool valued = strcmp(argv[at], "--data") == 0 || strcmp(argv[at], "-d") == 0 ||
                      strcmp(argv[at], "--language") == 0;
        if (!valued && strncmp(argv[at], "--data=", 7) != 0 &&
            strncmp(argv[at], "--language=", 11) != 0 && strcmp(argv[at], "--json") != 0)
            return false;
        at += valued ? 2 : 1;
    }
    if (at >= argc)
        return false;
    char *command = argv[at];
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(argv[0]));
    argv[1] = command;
    return true;
}

/* What the failure is, in the language of whoever reads it. */
static void tell_failure(const char *command, const struct err_info *info)
{
    char text[ERR_TEXT_BYTES];
    err_say(info, say_language(), text, sizeof(text));
    (void)fprintf(stderr, "cse %s: %s\n", command, text);
}

static const char *running;

/* A store is read where it lies on the disk. */
static void end_unreadable(void)
{
    struct err_info info = {0};
    new_dir_drop_unfinished();
    (void)err_set(&info, ERR_CORRUPT,
                  N_("a part of the store cannot be read: its file was cut short, or the disk "
                     "fails; take another copy"));
    tell_failure(running, &info);
}

static int run(cmd_run *command, int argc, char **argv)
{
    struct err_info info = {0};
    running = argv[0];
    signals_on_unreadable(end_unreadable);
    enum err err = sys_init(&info);
    json_watch();
    if (err == ERR_OK)
        err = command(argc, argv, &info);
    struct err_info flush = {0};
    enum err flushed = cmd_flush(&flush);
    if (err == ERR_OK && flushed != ERR_OK) {
        err = flushed;
        info = flush;
    }
    if (err == ERR_IO && cmd_reader_left())
        return 0;
    if (err != ERR_OK) {
        info.code = err;
        tell_failure(argv[0], &info);
    }
    return (int)err;
}

/* What the data directory's configuration says, else the environment. */
static enum language surrounding_language(int argc, char **argv)
{
    const char *data = word_after(argc, argv, "--data");
    enum language language = say_environment();
    if (data == NULL)
        data = word_after(argc, argv, "-d");
    if (data == NULL)
        data = getenv("CSE_DATA");
    if (data != NULL)
        (void)cmd_configured_language(data, &language);
    return language;
}

/* --language before that. Looked for before anything else, so that a wrong command line is told in
 * it too; whether the option itself is right is seen later, with the others. */
static void choose_language(int argc, char **argv)
{
    const char *code = word_after(argc, argv, "--language");
    enum language language = surrounding_language(argc, argv);
    if (code != NULL)
        (void)language_from_tag(code, &language);
    say_use(language);
}

static int run_named(int argc, char **argv)
{
    if (!command_first(argc, argv)) {
        say_to(stderr, "cse: which command? Before it may stand --data DIR and --json; 'cse "
                       "--help' lists the commands\n");
        return ERR_USAGE;
    }
    if (strcmp(argv[1], "standard") == 0) /* its --language is that of the wording */
        say_use(surrounding_language(argc, argv));
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0)
            return run(commands[i].run, argc - 1, argv + 1);
    }
    return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    static char help[] = "--help";
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of a write, not our end */
    choose_language(argc, argv);
    if (argc < 2) {
        print_usage(stderr);
        return ERR_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 && argc == 3) { /* cse help sites = cse sites --help */
        argv[1] = argv[2];
        argv[2] = help;
    } else if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
               strcmp(argv[1], "help") == 0) {
        print_usage(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("cse %s\n", CSE_VERSION);
        return 0;
    }
    return run_named(argc, argv);
}
