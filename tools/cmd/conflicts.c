#include "tools/cmd/cmd.h"

static const struct cli_option options[] = {CMD_COMMON_OPTIONS};
static const struct cli_command command = {
    .name = "cse conflicts",
    .words = "",
    CMD_OPTIONS(options),
    .summary = N_(
        "values that were written without knowing of each other; with --json one conflict a line")};

static void print_conflict(const json_t *conflict)
{
    struct member_text a, b, c, d;
    size_t index;
    json_t *value;
    say("%s %s of %s: %s", member_text(conflict, "kind", &a), member_text(conflict, "id", &b),
        site_text(conflict, "site", &c), member_text(conflict, "field", &d));
    const char *member = member_text(conflict, "member", &a);
    (void)printf("%s", member[0] != '\0' ? " " : "");
    print_text(member);
    (void)putchar('\n');
    json_array_foreach(json_object_get(conflict, "values"), index, value)
    {
        (void)printf("  %s  ", member_text(value, "n", &a));
        print_text(json_object_get(value, "erased") != NULL ? tr(N_("(erased)"))
                                                            : member_text(value, "value", &b));
        char by[512];
        say_in(by, sizeof(by), "by '%s' at %s, %s", member_text(value, "author", &c),
               site_text(value, "site", &d), time_text(json_object_get(value, "at"), &a));
        (void)fputs("   ", stdout);
        print_text(by);
        (void)printf("%s%s\n", index == 0 ? "  " : "", index == 0 ? tr(N_("(shown)")) : "");
    }
}

enum err cmd_conflicts(int argc, char **argv, struct err_info *info)
{
    struct cmd cmd;
    char cursor[256] = "";
    uint64_t count = 0;
    enum err err = cmd_begin_call(&cmd, &command, argc, argv, info);
    if (err != ERR_OK || cmd.shown)
        return err;
    do {
        json_t *answer = NULL, *conflict;
        size_t index;
        struct http_url url = cmd_url("conflicts", NULL, NULL);
        if (cursor[0] != '\0')
            http_url_query(&url, "cursor", cursor);
        err = cmd_get(&cmd, &url, &answer, info);
        if (err != ERR_OK)
            return err;
        json_array_foreach(json_object_get(answer, "conflicts"), index, conflict)
        {
            count++;
            if (cmd.json)
                print_json_line(conflict);
            else
                print_conflict(conflict);
        }
        (void)snprintf(cursor, sizeof(cursor), "%s",
                       member_text(answer, "next", &(struct member_text){0}));
        json_decref(answer);
    } while (cursor[0] != '\0');
    if (!cmd.json)
        say("%s\n",
            count == 0 ? N_("no conflicts") : N_("Settle one with: cse resolve ID FIELD --take N"));
    return ERR_OK;
}
