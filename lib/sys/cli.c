#include "lib/sys/cli.h"

#include <assert.h>
#include <string.h>

#include "lib/sys/config.h"
#include "lib/sys/say.h"
#include "lib/sys/table.h"

static size_t find_long(const struct cli_command *command, const char *name, size_t len)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const char *known = command->options[i].name;
        if (strlen(known) == len && memcmp(known, name, len) == 0)
            return i;
    }
    return SIZE_MAX;
}

static size_t find_letter(const struct cli_command *command, char letter)
{
    for (size_t i = 0; i < command->option_count; i++) {
        if (letter != '\0' && command->options[i].letter == letter)
            return i;
    }
    return SIZE_MAX;
}

static enum err unknown_option(const struct cli_command *command, const char *text,
                               struct err_info *info)
{
    enum { NAMES_MAX = 64 };
    const char *names[NAMES_MAX] = {"help"};
    char name[64];
    size_t count = 1;
    size_t len = strcspn(text, "=");

    for (size_t i = 0; i < command->option_count && count < NAMES_MAX; i++)
        names[count++] = command->options[i].name;
    const char *nearest = NULL;
    if (strncmp(text, "--", 2) == 0 && len < sizeof(name)) {
        memcpy(name, text, len);
        name[len] = '\0';
        nearest = cli_nearest(name + 2, names, count);
    }
    if (nearest != NULL)
        return err_set(info, ERR_USAGE, "unknown option '%.*s'; did you mean '--%s'?", (int)len,
                       text, nearest);
    return err_set(info, ERR_USAGE, "unknown option '%.*s'; '%s --help' lists them", (int)len, text,
                   command->name);
}

struct reader {
    const struct cli_command *command;
    char *const *argv;
    int argc;
    int at; /* the word being read */
};

static enum err add_value(struct cli_args *args, size_t option, const char *value,
                          struct err_info *info)
{
    if (args->value_count == CLI_VALUES_MAX)
        return err_set(info, ERR_USAGE, "more than %d options", CLI_VALUES_MAX);
    args->values[args->value_count].option = option;
    args->values[args->value_count].value = value;
    args->value_count++;
    return ERR_OK;
}

/* `inline_value` is what followed '=' or the letter; NULL when nothing did. */
static enum err take_option(struct reader *reader, size_t option, const char *inline_value,
                            struct cli_args *args, struct err_info *info)
{
    const struct cli_option *known = &reader->command->options[option];
    if (known->argument == NULL) {
        if (inline_value != NULL)
            return err_set(info, ERR_USAGE, "--%s takes no value", known->name);
        return add_value(args, option, "", info);
    }
    if (inline_value != NULL)
        return add_value(args, option, inline_value, info);
    if (reader->at + 1 >= reader->argc)
        return err_set(info, ERR_USAGE, "--%s needs a value: %s", known->name, known->argument);
    reader->at++;
    return add_value(args, option, reader->argv[reader->at], info);
}

static enum err take_long(struct reader *reader, const char *text, struct cli_args *args,
                          struct err_info *info)
{
    size_t len = strcspn(text + 2, "=");
    const char *inline_value = text[2 + len] == '=' ? text + 2 + len + 1 : NULL;
    size_t option = find_long(reader->command, text + 2, len);
    if (option == SIZE_MAX)
        return unknown_option(reader->command, text, info);
    return take_option(reader, option, inline_value, args, info);
}

static enum err take_letters(struct reader *reader, const char *text, struct cli_args *args,
                             struct err_info *info)
{
    for (const char *letter = text + 1; *letter != '\0'; letter++) {
        size_t option = find_letter(reader->command, *letter);
        if (option == SIZE_MAX)
            return unknown_option(reader->command, text, info);
        bool takes_rest = reader->command->options[option].argument != NULL;
        const char *inline_value = takes_rest && letter[1] != '\0' ? letter + 1 : NULL;
        enum err err = take_option(reader, option, inline_value, args, info);
        if (err != ERR_OK || takes_rest)
            return err;
    }
    return ERR_OK;
}

static enum err add_word(struct cli_args *args, const char *word, struct err_info *info)
{
    if (args->word_count == CLI_WORDS_MAX)
        return err_set(info, ERR_USAGE, "more than %d words", CLI_WORDS_MAX);
    args->words[args->word_count++] = word;
    return ERR_OK;
}

static enum err check_words(const struct cli_command *command, const struct cli_args *args,
                            struct err_info *info)
{
    if (args->word_count < command->words_min)
        return err_set(info, ERR_USAGE, "something is missing; usage: %s %s", command->name,
                       command->words);
    if (args->word_count > command->words_max)
        return err_set(info, ERR_USAGE, "'%s' is too much; usage: %s %s",
                       args->words[command->words_max], command->name, command->words);
    return ERR_OK;
}

enum err cli_parse(const struct cli_command *command, int argc, char *const *argv,
                   struct cli_args *args_out, struct err_info *info)
{
    struct reader reader = {.command = command, .argv = argv, .argc = argc, .at = 1};
    bool options_end = false;
    enum err err = ERR_OK;

    *args_out = (struct cli_args){0};
    for (; reader.at < argc && err == ERR_OK; reader.at++) {
        const char *text = argv[reader.at];
        if (options_end || text[0] != '-' || text[1] == '\0') {
            err = add_word(args_out, text, info);
        } else if (strcmp(text, "--") == 0) {
            options_end = true;
        } else if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
            cli_print_usage(command, stdout);
            args_out->help = true;
            return ERR_OK;
        } else if (text[1] == '-') {
            err = take_long(&reader, text, args_out, info);
        } else {
            err = take_letters(&reader, text, args_out, info);
        }
    }
    return err == ERR_OK ? check_words(command, args_out, info) : err;
}

const char *cli_next(const struct cli_command *command, const struct cli_args *args,
                     const char *name, size_t *cursor)
{
    size_t option = find_long(command, name, strlen(name));
    assert(option != SIZE_MAX);
    while (*cursor < args->value_count) {
        size_t at = (*cursor)++;
        if (args->values[at].option == option)
            return args->values[at].value;
    }
    return NULL;
}

const char *cli_value(const struct cli_command *command, const struct cli_args *args,
                      const char *name)
{
    const char *last = NULL;
    size_t cursor = 0;
    for (const char *value = cli_next(command, args, name, &cursor); value != NULL;
         value = cli_next(command, args, name, &cursor))
        last = value;
    return last;
}

bool cli_given(const struct cli_command *command, const struct cli_args *args, const char *name)
{
    return cli_value(command, args, name) != NULL;
}

enum err cli_int(const struct cli_command *command, const struct cli_args *args, const char *name,
                 struct cli_range range, int64_t *value_inout, struct err_info *info)
{
    int64_t value = 0;
    const char *text = cli_value(command, args, name);
    if (text == NULL)
        return ERR_OK;
    if (config_parse_int(text, &value) != ERR_OK || value < range.min || value > range.max)
        return err_set(info, ERR_USAGE, "--%s: '%s' is no whole number from %lld to %lld", name,
                       text, (long long)range.min, (long long)range.max);
    *value_inout = value;
    return ERR_OK;
}

void cli_print_usage(const struct cli_command *command, FILE *to)
{
    size_t at = text_width(command->name) + 2;
    fprintf(to, "%s: ", command->name);
    print_wrapped(tr(command->summary), (struct wrap){.at = at}, to);
    fprintf(to, "\n%s: %s", tr(N_("Usage")), command->name);
    if (command->option_count > 0)
        fprintf(to, " [%s]", tr(N_("options")));
    fprintf(to, "%s%s\n", command->words[0] != '\0' ? " " : "", command->words);
    if (command->option_count > 0)
        fprintf(to, "\n%s:\n", tr(N_("Options")));
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        char letter[5] = "    ";
        if (option->letter != '\0')
            snprintf(letter, sizeof(letter), "-%c, ", option->letter);
        fprintf(to, "  %s--%s%s%s\n", letter, option->name, option->argument != NULL ? " " : "",
                option->argument != NULL ? option->argument : "");
        print_wrapped(tr(option->help), (struct wrap){.indent = 8}, to);
    }
    fprintf(to, "  -h, --help\n        %s\n", tr(N_("show this")));
}
