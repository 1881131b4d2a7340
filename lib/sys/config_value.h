#pragma once

#include "lib/sys/config.h"

/* Inside the configuration reader: values and their texts. */

enum { CONFIG_ALLOWED_BYTES = 128 };

/* "a number from 1 to 64": what `key` accepts, for messages and --help. */
void config_describe(const struct config_key *key, char text_out[CONFIG_ALLOWED_BYTES]);

/* The current value for --help, as the file would write it; lists separated by commas. */
void config_format(const struct config_key *key, const void *values, char *text, size_t size);

/* Empty a list, so that the flags or the file replace it instead of adding to it. */
void config_clear_list(const struct config_key *key, void *values);
