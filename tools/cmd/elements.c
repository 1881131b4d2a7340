#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {
    {.name = "standard-version",
     .argument = "CODE",
     .help = N_("as worded in this version of the standard (default the one in force)")},
    CMD_COMMON_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse elements",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_("the 57 elements, in the organisation's own words "
                  "once loaded; with --json one element a line")};

enum err cmd_elements(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    json_t *answer = NULL, *element;
    size_t index;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    struct http_url url = cmd_url("elements", NULL, NULL);
    const char *version = cli_value(&command, &cmd.args, "standard-version");
    if (version != NULL)
        http_url_query(&url, "version", version);
    err = cmd_get(&cmd, &url, &answer, info);
    if (err != ERR_OK)
        return err;
    if (cmd.json)
        print_json_items(answer, "elements");
    json_array_foreach(json_object_get(answer, "elements"), index, element)
    {
        struct member_text a, b;
        if (cmd.json)
            break;
        const char *wording = member_text(element, "wording", &b);
        (void)printf("%-6s ", member_text(element, "id", &a));
        print_text(wording[0] != '\0' ? wording : tr(member_text(element, "title", &a)));
        (void)putchar('\n');
    }
    json_decref(answer);
    return ERR_OK;
}
