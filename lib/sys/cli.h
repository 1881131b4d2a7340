#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/err.h"

/* Command lines of the `cse` commands: one table of options, --name VALUE, --name=VALUE, -n VALUE,
 * -- ends options, options and words in any order. Names are never abbreviated, so that a new
 * option cannot break a script. */

enum {
    CLI_VALUES_MAX = 256, /* options given */
    CLI_WORDS_MAX = 256,  /* words that are no options */
};

struct cli_option {
    const char *name;     /* "where" */
    char letter;          /* 'w', or 0 */
    const char *argument; /* "F=V", or NULL for a switch */
    const char *help;     /* one line */
};

struct cli_command {
    const char *name; /* "cse list" */
    const char *
        words; /* "KIND", "FILE.csv …": what stands after the name in the usage line; "" for none */
    const char *summary; /* one line */
    const struct cli_option *options;
    size_t option_count;
    size_t words_min, words_max;
};

struct cli_args {
    struct {
        size_t option;     /* index in the table */
        const char *value; /* "" for a switch; points into argv */
    } values[CLI_VALUES_MAX];
    size_t value_count;
    const char *words[CLI_WORDS_MAX];
    size_t word_count;
    bool help; /* --help was asked for and printed: exit with 0 */
};

/* Parse argv[1] … ; argv[0] is skipped. --help and -h are always known and end the parsing.
 * Errors:  ERR_USAGE: unknown option (with the nearest), value missing or not taken, too few or
 * many words. */
NODISCARD enum err cli_parse(const struct cli_command *command, int argc, char *const *argv,
                             struct cli_args *args_out, struct err_info *info);

/* Last value of the option with this name; NULL when not given. Asserts that the table has it. */
const char *cli_value(const struct cli_command *command, const struct cli_args *args,
                      const char *name);
bool cli_given(const struct cli_command *command, const struct cli_args *args, const char *name);

/* All values of an option that may be given several times, in order: start with *cursor = 0; NULL
 * at the end. */
const char *cli_next(const struct cli_command *command, const struct cli_args *args,
                     const char *name, size_t *cursor);

/* The last value as a whole number within min … max; *value_inout keeps its default when not given.
 * Errors: ERR_USAGE. */
struct cli_range {
    int64_t min, max;
};
NODISCARD enum err cli_int(const struct cli_command *command, const struct cli_args *args,
                           const char *name, struct cli_range range, int64_t *value_inout,
                           struct err_info *info);

void cli_print_usage(const struct cli_command *command, FILE *to);

/* The name nearest to a mistyped word, or NULL when none is near enough to be meant. */
const char *cli_nearest(const char *word, const char *const *names, size_t count);
