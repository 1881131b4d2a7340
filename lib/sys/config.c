#include "lib/sys/config.h"

#include <assert.h>
#include <string.h>

#include "lib/sys/cli.h"
#include "lib/sys/config_value.h"
#include "lib/sys/say.h"
#include "lib/sys/table.h"
#include "lib/sys/yaml.h"

/* The table of keys is also the table of flags: both readers end in config_set. */

enum { EXTRA_FLAGS = 3 }; /* config, help, version */

static const struct config_key *find_key(const struct config_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->key_count; i++) {
        if (strcmp(spec->keys[i].name, name) == 0)
            return &spec->keys[i];
    }
    return NULL;
}

static const char *nearest_key(const struct config_spec *spec, const char *name)
{
    const char *names[CONFIG_KEYS_MAX];
    for (size_t i = 0; i < spec->key_count; i++)
        names[i] = spec->keys[i].name;
    return cli_nearest(name, names, spec->key_count);
}

/* ---- the file ---- */

static enum err set_from_node(const struct yaml_doc *doc, const struct yaml_node *node,
                              const struct config_key *key, void *values, struct err_info *info)
{
    struct err_info inner = {0};
    char allowed[CONFIG_ALLOWED_BYTES];
    bool is_text = key->type == CONFIG_TEXT || key->type == CONFIG_LIST;

    config_describe(key, allowed);
    if (node->kind != YAML_SCALAR || (node->quoted && !is_text))
        return yaml_fail(doc, node, info, "has the wrong type; allowed: %s", allowed);
    if (config_set(key, node->text, values, &inner) == ERR_OK)
        return ERR_OK;
    /* yaml_fail names the key itself */
    const char *what = inner.text;
    size_t len = strlen(key->name);
    if (node->key != NULL && strncmp(what, key->name, len) == 0 && what[len] == ':')
        what += len + 2;
    return yaml_fail(doc, node, info, "%s", what);
}

static enum err set_list(const struct yaml_doc *doc, const struct yaml_node *node,
                         const struct config_key *key, void *values, struct err_info *info)
{
    config_clear_list(key, values);
    if (node->kind == YAML_SCALAR)
        return set_from_node(doc, node, key, values, info);
    if (node->kind != YAML_SEQUENCE)
        return yaml_fail(doc, node, info, "has the wrong type; allowed: a list of texts");
    for (const struct yaml_node *item = node->first; item != NULL; item = item->next) {
        enum err err = set_from_node(doc, item, key, values, info);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err unknown_key(const struct config_spec *spec, const struct yaml_doc *doc,
                            const struct yaml_node *node, struct err_info *info)
{
    const char *nearest = nearest_key(spec, node->key->text);
    if (nearest != NULL)
        return yaml_fail(doc, node, info, "unknown key; did you mean '%s'?", nearest);
    return yaml_fail(doc, node, info, "unknown key; '%s --help' lists them", spec->program);
}

/* `given` tells which keys were set, by their index; NULL when nobody asks. */
static enum err load(const struct config_spec *spec, const char *path, void *values, bool *given,
                     struct err_info *info)
{
    struct yaml_doc *doc = NULL;
    enum err err = yaml_load_file(path, &doc, info);
    if (err != ERR_OK)
        return err;
    const struct yaml_node *root = yaml_root(doc);
    if (root->kind != YAML_MAPPING)
        err = yaml_fail(doc, root, info, "must be lines of 'key: value'");
    for (const struct yaml_node *node = root->first; node != NULL && err == ERR_OK;
         node = node->next) {
        const struct config_key *key = find_key(spec, node->key->text);
        if (key == NULL) {
            err = unknown_key(spec, doc, node, info);
        } else if (key->flag_only) {
            err = yaml_fail(doc, node, info, "can only be given as the flag --%s", key->name);
        } else {
            err = key->type == CONFIG_LIST ? set_list(doc, node, key, values, info)
                                           : set_from_node(doc, node, key, values, info);
            if (given != NULL)
                given[key - spec->keys] = true;
        }
    }
    yaml_close(doc);
    return err;
}

enum err config_load_file(const struct config_spec *spec, const char *path, void *values,
                          struct err_info *info)
{
    return load(spec, path, values, NULL, info);
}

/* ---- flags ---- */

static const char *argument_of(const struct config_key *key)
{
    static const char *const arguments[] = {
        [CONFIG_TEXT] = "TEXT",         [CONFIG_INT] = "N",     [CONFIG_BOOL] = "true|false",
        [CONFIG_DURATION] = "DURATION", [CONFIG_SIZE] = "SIZE", [CONFIG_LIST] = "TEXT",
    };
    return key->argument != NULL ? key->argument : arguments[key->type];
}

/* A switch may stand alone; another may not begin where its value should be. */
static enum err take_value(const struct config_key *key, struct config_args args, int *at,
                           const char **value_out, struct err_info *info)
{
    const char *next = *at + 1 < args.argc ? args.argv[*at + 1] : NULL;
    if (key != NULL && key->type == CONFIG_BOOL) {
        bool follows = next != NULL && (strcmp(next, "true") == 0 || strcmp(next, "false") == 0);
        *value_out = follows ? next : "true";
        *at += follows ? 1 : 0;
        return ERR_OK;
    }
    if (next == NULL || strncmp(next, "--", 2) == 0)
        return err_set(info, ERR_USAGE, "%s needs a value", args.argv[*at]);
    *value_out = next;
    *at += 1;
    return ERR_OK;
}

static enum err unknown_flag(const struct config_spec *spec, const char *flag,
                             struct err_info *info)
{
    const char *names[CONFIG_KEYS_MAX + EXTRA_FLAGS] = {"config", "help", "version"};
    for (size_t i = 0; i < spec->key_count; i++)
        names[EXTRA_FLAGS + i] = spec->keys[i].name;
    const char *nearest = NULL;
    if (strncmp(flag, "--", 2) == 0)
        nearest = cli_nearest(flag + 2, names, EXTRA_FLAGS + spec->key_count);
    if (nearest != NULL)
        return err_set(info, ERR_USAGE, "unknown option '%s'; did you mean '--%s'?", flag, nearest);
    return err_set(info, ERR_USAGE, "unknown option '%s'; '%s --help' lists them", flag,
                   spec->program);
}

struct flag {
    const struct config_key *key; /* NULL: --config */
    const char *value;
};

/* The flag at argv[*at]; *at moves on to the next. */
static enum err next_flag(const struct config_spec *spec, struct config_args args, int *at,
                          struct flag *flag_out, struct err_info *info)
{
    char name[64];
    const char *text = args.argv[*at];
    size_t name_len = strcspn(text, "=");
    if (strncmp(text, "--", 2) != 0 || name_len >= sizeof(name))
        return unknown_flag(spec, text, info);
    memcpy(name, text, name_len);
    name[name_len] = '\0';
    struct flag flag = {.key = find_key(spec, name + 2)};
    if (flag.key == NULL && strcmp(name, "--config") != 0)
        return unknown_flag(spec, name, info);
    enum err err = ERR_OK;
    if (text[name_len] == '=')
        flag.value = text + name_len + 1;
    else
        err = take_value(flag.key, args, at, &flag.value, info);
    *at += 1;
    if (err == ERR_OK)
        *flag_out = flag;
    return err;
}

/* First round: what must happen before any flag counts. */
static enum err find_config(const struct config_spec *spec, struct config_args args,
                            const char **path_out, struct err_info *info)
{
    const char *path = NULL;
    for (int at = 1; at < args.argc;) {
        struct flag flag;
        enum err err = next_flag(spec, args, &at, &flag, info);
        if (err != ERR_OK)
            return err;
        if (flag.key == NULL)
            path = flag.value;
    }
    *path_out = path;
    return ERR_OK;
}

static enum err apply_flags(const struct config_spec *spec, struct config_args args, void *values,
                            bool *given, struct err_info *info)
{
    bool by_flag[CONFIG_KEYS_MAX] = {false};
    for (int at = 1; at < args.argc;) {
        struct flag flag;
        enum err err = next_flag(spec, args, &at, &flag, info);
        if (err != ERR_OK)
            return err;
        if (flag.key == NULL)
            continue;
        size_t index = (size_t)(flag.key - spec->keys);
        if (by_flag[index] && flag.key->type != CONFIG_LIST)
            return err_set(info, ERR_USAGE, "--%s is given twice", flag.key->name);
        if (!by_flag[index] && flag.key->type == CONFIG_LIST)
            config_clear_list(flag.key, values);
        by_flag[index] = given[index] = true;
        struct err_info inner = {0};
        if (config_set(flag.key, flag.value, values, &inner) != ERR_OK)
            return err_set(info, ERR_USAGE, "--%s", inner.text);
    }
    return ERR_OK;
}

static bool show_if_asked(const struct config_spec *spec, struct config_args args,
                          const void *values)
{
    for (int at = 1; at < args.argc; at++) {
        if (strcmp(args.argv[at], "--help") == 0) {
            config_print_help(spec, values, stdout);
            return true;
        }
        if (strcmp(args.argv[at], "--version") == 0) {
            fprintf(stdout, "%s %s\n", spec->program, CSE_VERSION);
            return true;
        }
    }
    return false;
}

enum err config_read(const struct config_spec *spec, struct config_args args, void *values,
                     enum config_outcome *outcome_out, struct err_info *info)
{
    bool given[CONFIG_KEYS_MAX] = {false};
    const char *path = NULL;

    assert(spec->key_count <= CONFIG_KEYS_MAX);
    if (show_if_asked(spec, args, values)) {
        *outcome_out = CONFIG_SHOWN;
        return ERR_OK;
    }
    enum err err = find_config(spec, args, &path, info);
    if (err == ERR_OK && path != NULL)
        err = load(spec, path, values, given, info);
    if (err == ERR_OK)
        err = apply_flags(spec, args, values, given, info);
    for (size_t i = 0; i < spec->key_count && err == ERR_OK; i++) {
        if (spec->keys[i].required && !given[i])
            err = err_set(info, ERR_USAGE, "--%s %s is needed", spec->keys[i].name,
                          argument_of(&spec->keys[i]));
    }
    if (err == ERR_OK)
        *outcome_out = CONFIG_RUN;
    return err;
}

/* What can be written for this key, in the words of an error; not worth a word for any text. */
static void print_key(const struct config_key *key, const void *values, FILE *to)
{
    char allowed[CONFIG_ALLOWED_BYTES] = "";
    char value[256];
    char text[CONFIG_ALLOWED_BYTES + 512];
    const char *before = "";
    if (key->type == CONFIG_LIST)
        snprintf(allowed, sizeof(allowed), "%s", tr(N_("may be given several times")));
    else if (key->type != CONFIG_TEXT)
        config_describe(key, allowed);
    config_format(key, values, value, sizeof(value));
    fprintf(to, "  --%s %s\n", key->name, argument_of(key));
    size_t len = (size_t)snprintf(text, sizeof(text), "%s", tr(key->help));
    const char *const parts[] = {allowed, key->required ? tr(N_("needed")) : "",
                                 key->required || value[0] == '\0' ? "" : tr(N_("default")),
                                 key->flag_only ? tr(N_("flag only")) : ""};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && len < sizeof(text); i++) {
        if (parts[i][0] == '\0')
            continue;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s%s%s",
                                before[0] == '\0' ? " (" : before, parts[i], i == 2 ? " " : "",
                                i == 2 ? value : "");
        before = "; ";
    }
    if (before[0] != '\0' && len < sizeof(text))
        snprintf(text + len, sizeof(text) - len, ")");
    print_wrapped(text, (struct wrap){.indent = 6}, to);
}

void config_print_help(const struct config_spec *spec, const void *values, FILE *to)
{
    fprintf(to, "%s: %s\n\n%s: %s [--config FILE] [--KEY VALUE …]\n\n%s\n\n", spec->program,
            tr(spec->summary), tr(N_("Usage")), spec->program,
            tr(N_("Every key can stand in the file as 'key: value'; a flag wins over the file.")));
    for (size_t i = 0; i < spec->key_count; i++)
        print_key(&spec->keys[i], values, to);
    fprintf(to, "  --config FILE\n      %s\n", tr(N_("read keys from this YAML file")));
    fprintf(to, "  --help, --version\n");
}
