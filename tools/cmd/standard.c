#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sys/files.h"
#include "tools/cmd/cmd.h"
#include "tools/import/wording.h"

static const struct cli_option options[] = {
    {.name = "language",
     .letter = 'l',
     .argument = "CODE",
     .help = N_("the language of the wording, for example ro")},
    {.name = "standard-version",
     .argument = "CODE",
     .help = N_("only for this version of the standard (default every one without its own)")},
    CMD_BASE_OPTIONS,
};
static const struct cli_command command = {
    .name = "cse standard",
    .words = "load FILE",
    .words_min = 2,
    .words_max = 2,
    CMD_OPTIONS(options),
    .summary =
        N_("load the organisation's own wording of the 57 elements out of a table saved as text")};

/* What was read otherwise than it stands there; to standard error, so that --json stays clean. */
static void tell(const struct wording *wording)
{
    for (uint32_t i = 0; i < wording->repair_count && i < WORDING_NOTES_MAX; i++)
        say_to(stderr, "\"%s\" at line %" PRIu32 " read as %s\n", wording->repairs[i].written,
               wording->repairs[i].line, element_id(wording->repairs[i].place));
    for (uint32_t i = 0; i < wording->ignored_count && i < WORDING_NOTES_MAX; i++)
        say_to(stderr, "line %" PRIu32 " belongs to no element and was left out\n",
               wording->ignored[i]);
    if (wording->ignored_count > WORDING_NOTES_MAX)
        say_to(stderr, "… and %" PRIu32 " more lines\n",
               wording->ignored_count - WORDING_NOTES_MAX);
}

static json_t *body_of(const struct wording *wording)
{
    json_t *list = json_array();
    for (uint8_t place = 1; place <= ELEMENTS; place++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s}", "id", element_id(place), "text",
                                                    wording->texts[place - 1]));
    return json_pack("{s:o}", "elements", list);
}

static enum err load(const char *path, struct wording *wording_out, struct err_info *info)
{
    uint8_t *data = NULL;
    size_t len;
    enum err err = file_read(path, WORDING_FILE_BYTES_MAX, &data, &len, info);
    if (err == ERR_OK)
        err = wording_parse(path, bytes_of(data, len), wording_out, info);
    free(data);
    return err;
}

enum err cmd_standard(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    struct wording wording = {0};
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    if (strcmp(cmd.args.words[0], "load") != 0)
        return err_set(info, ERR_USAGE,
                       "'%s'? The command is: cse standard load FILE --language CODE",
                       cmd.args.words[0]);
    const char *language = cli_value(&command, &cmd.args, "language");
    if (language == NULL)
        return err_set(info, ERR_USAGE,
                       "which language is it? Give --language CODE, for example ro");
    err = load(cmd.args.words[1], &wording, info);
    if (err != ERR_OK)
        return err;
    tell(&wording);
    struct http_url url = cmd_url("elements", "wording", NULL);
    http_url_query(&url, "language", language);
    const char *version = cli_value(&command, &cmd.args, "standard-version");
    if (version != NULL)
        http_url_query(&url, "version", version);
    err = cmd_send(&cmd, "PUT", &url, body_of(&wording), NULL, info);
    if (err == ERR_OK && cmd.json)
        (void)printf("{\"elements\":%d,\"repaired\":%" PRIu32 ",\"ignored_lines\":%" PRIu32 "}\n",
                     ELEMENTS, wording.repair_count, wording.ignored_count);
    else if (err == ERR_OK)
        say("%d elements loaded\n", ELEMENTS);
    wording_free(&wording);
    return err;
}
