#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/base/err.h"

/* A daemon's configuration: a plain struct, described by one table of keys. The caller fills in the
 * defaults, then the file overrides them and flags override the file. Every key has a flag of the
 * same name.
 *
 *   struct broker_config { char listen[CONFIG_TEXT_BYTES]; int64_t sites_max; … };
 *   static const struct config_key keys[] = {
 *       {.name = "listen", .type = CONFIG_TEXT, .offset = offsetof(struct broker_config, listen),
 *        .argument = "ADDRESS", .help = "where nodes connect"},
 *   }; */

enum {
    CONFIG_TEXT_BYTES = 512,
    CONFIG_LIST_MAX = 16,
    CONFIG_KEYS_MAX = 64,
};

struct config_list {
    uint32_t count;
    char items[CONFIG_LIST_MAX][CONFIG_TEXT_BYTES];
};

enum config_type {
    CONFIG_TEXT,     /* char[CONFIG_TEXT_BYTES]; min and max are bytes (max 0: all that fit) */
    CONFIG_INT,      /* int64_t */
    CONFIG_BOOL,     /* bool: true or false; the flag alone means true */
    CONFIG_DURATION, /* int64_t milliseconds: 500ms 15s 10m 2h 7d, a bare number is refused unless 0
                      */
    CONFIG_SIZE,     /* int64_t bytes: 4096, 64KiB, 1MiB, 2GiB */
    CONFIG_LIST, /* struct config_list: a sequence of texts; the flag may be given several times */
};

struct config_key {
    const char *name; /* also the flag: --name */
    enum config_type type;
    size_t offset;        /* in the caller's struct */
    int64_t min, max;     /* inclusive; both 0: any */
    bool required;        /* must be given by file or flag */
    bool flag_only;       /* may not stand in the file (--data) */
    const char *argument; /* for --help: ADDRESS; NULL: named after the type */
    const char *help;     /* one line */
};

struct config_spec {
    const char *program; /* "cse-node" */
    const char *summary; /* one line for --help */
    const struct config_key *keys;
    size_t key_count; /* <= CONFIG_KEYS_MAX */
};

struct config_args {
    int argc;
    char **argv; /* [0] is the program */
};

enum config_outcome {
    CONFIG_RUN,
    CONFIG_SHOWN, /* --help or --version was asked for and printed: exit with 0 */
};

/* Everything a main needs: --config FILE if given, then the flags, then that required keys are
 * there. Calling it again into a fresh struct with the same arguments is a reload. Shape: `values`
 * is the caller's struct, holding its defaults; unspecified after a failure. Errors:  ERR_USAGE
 * (flags, with the nearest known one), ERR_INVALID "FILE:LINE: key: what is wrong; allowed: …", and
 * those of yaml_load_file. */
NODISCARD enum err config_read(const struct config_spec *spec, struct config_args args,
                               void *values, enum config_outcome *outcome_out,
                               struct err_info *info);

/* The file alone. */
NODISCARD enum err config_load_file(const struct config_spec *spec, const char *path, void *values,
                                    struct err_info *info);

/* One value by its text, as a flag gives it; the message names no file. Errors: ERR_INVALID. */
NODISCARD enum err config_set(const struct config_key *key, const char *text, void *values,
                              struct err_info *info);

/* What --help prints, defaults taken from `values`. */
void config_print_help(const struct config_spec *spec, const void *values, FILE *to);

/* Durations and sizes as in the file, also for command options (--valid 7d). Errors: ERR_INVALID.
 */
NODISCARD enum err config_parse_duration(const char *text, int64_t *ms_out);
NODISCARD enum err config_parse_size(const char *text, int64_t *bytes_out);
/* An optional minus and decimal digits, nothing else. Errors: ERR_INVALID. */
NODISCARD enum err config_parse_int(const char *text, int64_t *value_out);
