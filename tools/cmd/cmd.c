#include "tools/cmd/cmd.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/http/json.h"
#include "lib/sys/files.h"
#include "lib/sys/yaml.h"

bool cmd_configured_language(const char *data, enum language *language_out)
{
    char path[PATH_BYTES_MAX];
    struct yaml_doc *doc = NULL;
    if (path_join(data, "cse.yaml", path, NULL) != ERR_OK ||
        yaml_load_file(path, &doc, NULL) != ERR_OK)
        return false;
    const struct yaml_node *node = yaml_get(yaml_root(doc), "language");
    bool known =
        node != NULL && node->kind == YAML_SCALAR && language_from_tag(node->text, language_out);
    yaml_close(doc);
    return known;
}

/* The table of a command that means another thing by --language has an option of its own. */
static enum err check_language(const struct cmd *cmd, struct err_info *info)
{
    enum language language;
    const char *code = NULL;
    for (size_t i = 0; i < cmd->command->option_count; i++) {
        const struct cli_option *option = &cmd->command->options[i];
        if (strcmp(option->name, "language") == 0 && option->letter == 0)
            code = cli_value(cmd->command, &cmd->args, "language");
    }
    if (code == NULL || language_from_tag(code, &language))
        return ERR_OK;
    return err_set(info, ERR_USAGE, "--language: '%s' is none of en, ro, ru, lt, pl", code);
}

enum err cmd_begin(struct cmd *cmd, const struct cli_command *command, int argc, char **argv,
                   struct err_info *info)
{
    *cmd = (struct cmd){.command = command};
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("cse %s\n", CSE_VERSION);
            cmd->shown = true;
            return ERR_OK;
        }
    }
    enum err err = cli_parse(command, argc, argv, &cmd->args, info);
    if (err != ERR_OK)
        return err;
    cmd->shown = cmd->args.help;
    cmd->json = cli_given(command, &cmd->args, "json");
    cmd->data = cli_value(command, &cmd->args, "data");
    if (cmd->data == NULL)
        cmd->data = getenv("CSE_DATA");
    return check_language(cmd, info);
}

enum err cmd_data(const struct cmd *cmd, const char **data_out, struct err_info *info)
{
    if (cmd->data == NULL || cmd->data[0] == '\0')
        return err_set(info, ERR_USAGE, "which data directory? Give --data DIR or set CSE_DATA");
    *data_out = cmd->data;
    return ERR_OK;
}

enum err cmd_client(const char *data, struct http_client *client_out, struct err_info *info)
{
    enum err err = http_client_for_dir(data, CMD_TIMEOUT_MS, client_out, info);
    if (err == ERR_OK && say_language() != LANGUAGE_PLAIN)
        client_out->language = language_code(say_language());
    return err;
}

enum err cmd_begin_call(struct cmd *cmd, const struct cli_command *command, int argc, char **argv,
                        struct err_info *info)
{
    const char *data = NULL;
    enum err err = cmd_begin(cmd, command, argc, argv, info);
    if (err != ERR_OK || cmd->shown)
        return err;
    err = cmd_data(cmd, &data, info);
    if (err == ERR_OK)
        err = cmd_client(data, &cmd->client, info);
    return err;
}

struct http_url cmd_url(const char *first, const char *second, const char *third)
{
    struct http_url url;
    const char *const segments[] = {first, second, third};
    http_url_init(&url, "/api/v1");
    for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]) && segments[i] != NULL; i++)
        http_url_segment(&url, segments[i]);
    return url;
}

static enum err parse_answer(const struct http_answer *answer, json_t **answer_out,
                             struct err_info *info)
{
    json_error_t fault;
    if (answer->body_len == 0) {
        *answer_out = json_null();
        return ERR_OK;
    }
    enum err err = json_load_text(bytes_of(answer->body, answer->body_len), answer_out, &fault);
    if (err == ERR_NO_MEMORY)
        return err_set(info, err, "out of memory");
    return err == ERR_OK ? err
                         : err_set(info, err, "the daemon's answer is no JSON: line %d: %s",
                                   fault.line, fault.text);
}

enum err cmd_call(struct cmd *cmd, const struct http_url *url, struct http_call *call,
                  json_t **answer_out, struct err_info *info)
{
    struct http_answer answer;
    if (json_went_without()) /* a part of what was meant is not sent */
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    enum err err = http_url_finish(url, &call->path, info);
    if (err == ERR_OK)
        err = http_client_call(&cmd->client, call, &answer, info);
    if (err != ERR_OK)
        return err;
    err = http_answer_error(&answer, info);
    if (err == ERR_OK && answer_out != NULL)
        err = parse_answer(&answer, answer_out, info);
    http_answer_deinit(&answer);
    return err;
}

enum err cmd_get(struct cmd *cmd, const struct http_url *url, json_t **answer_out,
                 struct err_info *info)
{
    struct http_call call = {.method = "GET"};
    return cmd_call(cmd, url, &call, answer_out, info);
}

enum err cmd_send(struct cmd *cmd, const char *method, const struct http_url *url, json_t *body,
                  json_t **answer_out, struct err_info *info)
{
    struct http_call call = {.method = method};
    char *text = NULL;
    if (body != NULL) {
        text = json_dumps(body, JSON_COMPACT);
        json_decref(body);
        if (text == NULL)
            return err_set(info, ERR_NO_MEMORY, "out of memory");
        call.content_type = HTTP_JSON;
        call.body = bytes_of_text(text);
    }
    enum err err = cmd_call(cmd, url, &call, answer_out, info);
    free(text);
    return err;
}

bool cmd_reader_left(void)
{
    struct pollfd output = {.fd = STDOUT_FILENO};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

enum err cmd_flush(struct err_info *info)
{
    errno = 0;
    if (json_went_without()) {
        (void)fflush(stdout);
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    }
    if ((fflush(stdout) == 0 && !ferror(stdout)) || cmd_reader_left())
        return ERR_OK;
    return err_set(info, ERR_IO, "standard output: %s",
                   errno != 0 ? strerror(errno) : N_("write failed"));
}
