#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "lib/http/client.h"
#include "lib/sys/cli.h"
#include "lib/sys/say.h"
#include "proto/base/err.h"

/* What the commands share: options that all have, a call to the daemon, printing. */

/* One command: argv[0] is its name. What it returns is the exit status. */
typedef enum err cmd_run(int argc, char **argv, struct err_info *info);

cmd_run cmd_init, cmd_invite, cmd_join, cmd_sites, cmd_revoke, cmd_release, cmd_record, cmd_edit,
    cmd_delete, cmd_show, cmd_list, cmd_receipt, cmd_import, cmd_standard, cmd_elements, cmd_status,
    cmd_sync, cmd_picture, cmd_conflicts, cmd_resolve, cmd_export, cmd_verify, cmd_kinds,
    cmd_report, cmd_rules, cmd_checks, cmd_accreditation, cmd_survey, cmd_standards, cmd_benchmarks,
    cmd_file_evidence, cmd_measure, cmd_competency, cmd_csm, cmd_rollover, cmd_backup, cmd_restore,
    cmd_bench;

/* Rows that end every command's option table. */
#define CMD_COMMON_OPTIONS \
    {.name = "language", \
     .argument = "CODE", \
     .help = N_("en, ro, ru, lt or pl; default: what cse.yaml says, or $LANG")}, \
        CMD_BASE_OPTIONS

/* Without --language, for a command that means another thing by it. */
#define CMD_BASE_OPTIONS \
    {.name = "data", \
     .letter = 'd', \
     .argument = "DIR", \
     .help = N_("data directory of the daemon; default: $CSE_DATA")}, \
        {.name = "json", .help = N_("JSON on standard output, nothing else there")}, \
    { \
        .name = "version", .help = N_("print the version") \
    }

#define CMD_OPTIONS(table) .options = (table), .option_count = sizeof(table) / sizeof((table)[0])

enum { CMD_TIMEOUT_MS = 60 * 1000 };

struct cmd {
    const struct cli_command *command;
    struct cli_args args;
    bool json;
    bool shown;       /* --help or --version was asked for and printed: nothing is left to do */
    const char *data; /* the data directory, or NULL */
    struct http_client client;
};

/* What `language:` in the data directory's cse.yaml says. False: nothing, or it cannot be read. */
bool cmd_configured_language(const char *data, enum language *language_out);

/* Parse the command line. Errors: ERR_USAGE. */
NODISCARD enum err cmd_begin(struct cmd *cmd, const struct cli_command *command, int argc,
                             char **argv, struct err_info *info);
/* The same, and find the daemon's socket. Errors: ERR_USAGE (no data directory known). */
NODISCARD enum err cmd_begin_call(struct cmd *cmd, const struct cli_command *command, int argc,
                                  char **argv, struct err_info *info);

/* The data directory. Errors: ERR_USAGE when neither --data nor $CSE_DATA is there. */
NODISCARD enum err cmd_data(const struct cmd *cmd, const char **data_out, struct err_info *info);

/* A client for the daemon of a data directory that asks for answers in the language of this
 * process. Errors: ERR_TOO_BIG. */
NODISCARD enum err cmd_client(const char *data, struct http_client *client_out,
                              struct err_info *info);

/* One request. `body` NULL: none; it is consumed. *answer_out (may be NULL) is the JSON of the
 * answer, json_null() for none; the caller ends it with json_decref. Errors: the daemon's own,
 * those of http_client_call. */
NODISCARD enum err cmd_get(struct cmd *cmd, const struct http_url *url, json_t **answer_out,
                           struct err_info *info);
NODISCARD enum err cmd_send(struct cmd *cmd, const char *method, const struct http_url *url,
                            json_t *body, json_t **answer_out, struct err_info *info);
/* With a body already encoded, headers, a source … */
NODISCARD enum err cmd_call(struct cmd *cmd, const struct http_url *url, struct http_call *call,
                            json_t **answer_out, struct err_info *info);

/* A path below /api/v1/ of up to three segments; NULL ends them. */
struct http_url cmd_url(const char *first, const char *second, const char *third);

/* Finish: flush standard output and see whether it all went out, unless its reader has left.
 * Errors: ERR_IO. */
NODISCARD enum err cmd_flush(struct err_info *info);
/* "cse list … | head": whoever reads has seen enough, which is no fault of ours. */
bool cmd_reader_left(void);

/* ---- printing ---- */

void print_json_line(const json_t *value);
/* Each item of object[key] on a line of its own. */
void print_json_items(const json_t *object, const char *key);
/* Text from outside for a terminal: control characters become blanks. */
void print_text(const char *text);
/* A member as text: strings as they are, null and absent as "", yes and no, members of a list with
 * commas between them, others as JSON. The result lives in `buffer`. */
struct member_text {
    char text[512];
};
const char *member_text(const json_t *object, const char *key, struct member_text *buffer);
const char *value_text(const json_t *value, struct member_text *buffer);
int64_t member_int(const json_t *object, const char *key);
/* "…Z" of an instant as "3 h ago"; "never" for null. */
const char *age_text(const json_t *instant, struct member_text *buffer);
/* "…Z" of an instant as "22 Nov 2026 07:55:10 UTC"; "" for null. */
const char *time_text(const json_t *instant, struct member_text *buffer);
/* A member that names a site. One without a short name has not joined: it can only be this one. */
const char *site_text(const json_t *object, const char *key, struct member_text *buffer);
/* count_text(2, P_("%s change", "%s changes"), &buffer). */
struct count_text {
    char text[128];
};
const char *count_text(int64_t count, const char *one, const char *many, struct count_text *buffer);
/* "2026-11-22" as the language writes it; what is no day as it is. */
const char *day_text(const char *text, struct form *form);
/* hits of counted in per cent with one decimal, half up: "82.1 %"; "–" when nothing was counted. */
const char *percent_text(int64_t hits, int64_t counted, struct member_text *buffer);
