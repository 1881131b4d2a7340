/* cse COMMAND …: one table of commands, and how a failure is told. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/sys/random.h"
#include "tools/cmd/cmd.h"

static const struct {
    const char *name, *summary;
    cmd_run *run;
} commands[] = {
    {"init", "make a data directory for a broker or a node", cmd_init},
    {"invite", "let a new site enrol: prints a single-use token", cmd_invite},
    {"join", "enrol this node with a token", cmd_join},
    {"sites", "who takes part and how current they are", cmd_sites},
    {"release", "apply what is held of a suspected copy of a site", cmd_release},
    {"revoke", "end a site's access at once", cmd_revoke},
    {"record", "write a record", cmd_record},
    {"edit", "change a record", cmd_edit},
    {"delete", "remove a record", cmd_delete},
    {"show", "one record, or its history", cmd_show},
    {"list", "records of a kind, newest first", cmd_list},
    {"receipt", "where a record is: saved, sent, accepted, set aside", cmd_receipt},
    {"import", "bring in a CSV file, or take an import back", cmd_import},
    {"export", "records or the picture as CSV or JSON", cmd_export},
    {"picture", "the merged picture of all sites", cmd_picture},
    {"elements", "the 57 elements of the standard", cmd_elements},
    {"standard", "load the organisation's own wording of the elements", cmd_standard},
    {"conflicts", "values that stand against each other", cmd_conflicts},
    {"resolve", "settle a conflict", cmd_resolve},
    {"status", "outbox, connection, last error", cmd_status},
    {"sync", "connect now; wait until nothing is pending", cmd_sync},
    {"verify", "check chains, seals and the picture against the log", cmd_verify},
    {"checks", "what is due, overdue, missing or contradicted", cmd_checks},
    {"accreditation", "certificates, visits and findings", cmd_accreditation},
    {"survey", "what people answered", cmd_survey},
    {"standards", "service standards and how they fare", cmd_standards},
    {"benchmarks", "our figures among those of others", cmd_benchmarks},
    {"file-evidence", "file a quarter's figures as evidence", cmd_file_evidence},
    {"measure", "measure a standard by the records that are here", cmd_measure},
    {"competency", "customer orientation of people and teams", cmd_competency},
    {"csm", "the scored rating by ISO 10001 to 10004", cmd_csm},
    {"report", "the report on complaints", cmd_report},
    {"rules", "numbers, time limits, holidays and cycles in force", cmd_rules},
    {"kinds", "which kinds of records there are, and their fields", cmd_kinds},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void print_usage(FILE *to)
{
    (void)fprintf(to, "Usage: cse [--data DIR] COMMAND [OPTION …]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(to, "  %-14s %s\n", commands[i].name, commands[i].summary);
    (void)fprintf(
        to, "\nA command finds its daemon by --data DIR (before or after COMMAND) or $CSE_DATA.\n"
            "--json: JSON on standard output. 'cse COMMAND --help' tells the rest.\n"
            "Exit status: 0 done, 2 wrong usage, otherwise the number of the error.\n");
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *near = cli_nearest(name, names, COMMANDS);
    if (near != NULL)
        (void)fprintf(stderr, "cse: there is no command '%s'; did you mean '%s'?\n", name, near);
    else
        (void)fprintf(stderr, "cse: there is no command '%s'; 'cse --help' lists them\n", name);
    return ERR_USAGE;
}

/* "cse --data DIR sites": options that all commands have may stand before the command; it changes
 * places with them. False: what stands there is no such option. */
static bool command_first(int argc, char **argv)
{
    int at = 1;
    while (at < argc && argv[at][0] == '-') {
        bool data = strcmp(argv[at], "--data") == 0 || strcmp(argv[at], "-d") == 0;
        if (!data && strncmp(argv[at], "--data=", 7) != 0 && strcmp(argv[at], "--json") != 0)
            return false;
        at += data ? 2 : 1;
    }
    if (at >= argc)
        return false;
    char *command = argv[at];
    memmove(argv + 2, argv + 1, (size_t)(at - 1) * sizeof(argv[0]));
    argv[1] = command;
    return true;
}

static int run(cmd_run *command, int argc, char **argv)
{
    struct err_info info = {0};
    enum err err = sys_init(&info);
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
    if (err != ERR_OK)
        (void)fprintf(stderr, "cse %s: %s\n", argv[0],
                      info.text[0] != '\0' ? info.text : err_text(err));
    return (int)err;
}

static int run_named(int argc, char **argv)
{
    if (!command_first(argc, argv)) {
        (void)fprintf(stderr, "cse: which command? Before it may stand --data DIR and --json; 'cse "
                              "--help' lists the commands\n");
        return ERR_USAGE;
    }
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
