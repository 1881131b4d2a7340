#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/process.h"
#include "tests/alloc/sweep.h"

/* Commands short of memory, their libraries with them. One that ends well has told or made what it
 * does with memory; one that does not says why and leaves nothing half done, so that it works when
 * it is asked again. */

enum check {
    SAME,        /* prints what it always prints */
    ENDS,        /* prints what changes from time to time */
    MAKES_PLACE, /* a directory that verifies */
    MAKES_NODE,  /* one that a daemon starts on, and then verifies */
    MAKES_BROKER,
    MAKES_FILE,  /* the same bytes */
    MAKES_SHEET, /* something: it holds the time */
    WRITES,      /* a record, whole */
    IMPORTS,     /* all rows or none */
};

struct command {
    const char *name;
    enum check check;
    const char *made; /* a path, or the fields of the record; NULL: neither */
    const char *args[ARGS_MAX];
};

/* With memory. */
static struct wanted {
    char *text;
    size_t len;
} wanted[64];

static struct outcome outcome;
static char answer[OUTPUT_BYTES_MAX];
static char site[256], pad[256], backup[256], file[256], place[256];
static const struct shortage enough = {.number = 0};
static const char matrix_csv[] =
    "Matrix 2026,,\nRef,Evidence,Owner\n1.1.1,\"1. Profile (Strongest)\n"
    "2. Survey\",Ana\n1.1.2,2,\n,\"E7 Journeys\",Ion\n";

enum { COMMANDS = 34 };
static struct command commands[COMMANDS];

static struct wanted *wanted_of(const struct command *command)
{
    return &wanted[command - commands];
}

static const char *fault(const struct command *command, const char *what)
{
    return cse_fault(command->name, what, &outcome);
}

static size_t file_whole(const char *path, char *out)
{
    FILE *from = fopen(path, "rb");
    size_t len = from != NULL ? fread(out, 1, OUTPUT_BYTES_MAX, from) : 0;
    if (from != NULL)
        (void)fclose(from);
    return len;
}

static bool verifies(const char *dir)
{
    const char *args[] = {"verify", "--data", dir, NULL};
    return cse_works(args, &outcome);
}

/* ---- what a command leaves ---- */

static const char *look_at_place(const struct command *command, bool done)
{
    if (!done) {
        cse_run(command->args, enough, &outcome);
        if (outcome.signalled || outcome.status != 0)
            return fault(command, "does not work again");
    }
    if (command->check != MAKES_PLACE) {
        struct daemon_process daemon;
        bool is_node = command->check == MAKES_NODE;
        (void)daemon_begin(&daemon, is_node ? "cse-node" : "cse-broker", command->made,
                           is_node ? NULL : "tcp://127.0.0.1:0", enough);
        const char *why = daemon_end(&daemon);
        if (why != NULL)
            return why;
    }
    return verifies(command->made) ? NULL : fault(command, "made something that does not verify");
}

static const char *look_at_file(const struct command *command, bool done)
{
    if (!done)
        return access(command->made, F_OK) == 0 ? fault(command, "failed and left a file") : NULL;
    size_t len = file_whole(command->made, answer);
    return command->check == MAKES_SHEET || (len == wanted_of(command)->len &&
                                             memcmp(answer, wanted_of(command)->text, len) == 0)
               ? NULL
               : fault(command, "made another file");
}

/* The newest record is the one before, or has all its fields. */
static const char *look_at_record(const struct command *command, bool done)
{
    static char newest[64];
    int status = daemon_ask(pad, "GET", "/api/v1/records/evidence?limit=1", NULL, answer);
    json_t *json = json_loads(answer, 0, NULL), *fields = json_loads(command->made, 0, NULL);
    json_t *record = json_array_get(json_object_get(json, "records"), 0);
    const char *id = json_string_value(json_object_get(record, "id"));
    bool is_new = id != NULL && strcmp(id, newest) != 0;
    bool whole = !is_new || json_equal(json_object_get(record, "fields"), fields) == 1;
    if (is_new)
        (void)snprintf(newest, sizeof(newest), "%s", id);
    json_decref(json);
    json_decref(fields);
    if (status != 200)
        return fault(command, "took the daemon with it");
    if (done && !is_new)
        return fault(command, "said it wrote what is not there");
    return whole ? NULL : fault(command, "wrote a part of a record");
}

static json_int_t count_of(const char *path, const char *key)
{
    (void)daemon_ask(pad, "GET", path, NULL, answer);
    json_t *json = json_loads(answer, 0, NULL);
    json_int_t count = (json_int_t)json_array_size(json_object_get(json, key));
    json_decref(json);
    return count;
}

static const char *look_at_import(const struct command *command, bool done)
{
    static const char records[] = "/api/v1/records/complaint?limit=1000";
    static json_int_t before;
    json_int_t now = count_of(records, "records");
    for (int i = 0; i < 100 && (now % IMPORT_ROWS != 0 || (done && now == before)); i++) {
        (void)usleep(5000); /* the daemon moves it */
        now = count_of(records, "records");
    }
    bool good = now % IMPORT_ROWS == 0 && (!done || now > before);
    before = now;
    return good ? NULL : fault(command, "brought in a part");
}

static const char *look(const struct command *command, bool done)
{
    switch (command->check) {
    case SAME:
        if (done && (outcome.out_len != wanted_of(command)->len ||
                     memcmp(outcome.out, wanted_of(command)->text, outcome.out_len) != 0))
            return fault(command, "told something else");
        return NULL;
    case ENDS:
        return NULL;
    case MAKES_PLACE:
    case MAKES_NODE:
    case MAKES_BROKER:
        return look_at_place(command, done);
    case MAKES_FILE:
    case MAKES_SHEET:
        return look_at_file(command, done);
    case WRITES:
        return look_at_record(command, done);
    case IMPORTS:
        return look_at_import(command, done);
    }
    return NULL;
}

static void clear(const struct command *command)
{
    if (command->made != NULL && command->check != WRITES)
        tree_remove(command->made);
}

static const char *run(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    const struct command *command = what;
    clear(command);
    cse_run(command->args, (struct shortage){.number = number, .all_after = all_after}, &outcome);
    *reached_out = outcome.reached;
    const char *why = cse_ended(command->name, all_after, &outcome);
    return why != NULL ? why : look(command, outcome.status == 0);
}

/* ---- the places, and what there is to do ---- */

static void must_run(const char *first, ...)
{
    const char *args[ARGS_MAX] = {first};
    va_list rest;
    va_start(rest, first);
    for (int i = 1; i < ARGS_MAX - 1 && args[i - 1] != NULL; i++)
        args[i] = va_arg(rest, const char *);
    va_end(rest);
    cse_run(args, enough, &outcome);
    if (!outcome.signalled && outcome.status == 0)
        return;
    (void)printf("cannot %s %s: %s\n", args[0], args[1], outcome.err);
    abort();
}

/* Good until the end. */
static const char *path_of(const char *name)
{
    static char paths[16][128];
    static uint32_t count;
    if (count == sizeof(paths) / sizeof(paths[0]))
        abort();
    (void)snprintf(paths[count], sizeof(paths[count]), "%s", work_path(name));
    return paths[count++];
}

static void make_place(char dir[256], const char *name, struct daemon_process *daemon)
{
    (void)snprintf(dir, 256, "%s", work_path(name));
    must_run("init", "node", dir, NULL);
    if (!daemon_begin(daemon, "cse-node", dir, NULL, enough))
        abort();
}

static void fill_site(void)
{
    const char *matrix = path_of("matrix.csv"), *rows = path_of("rows.csv"),
               *map = path_of("map.yaml");
    file_make(matrix, matrix_csv);
    import_make(rows, map);
    must_run("record", "evidence", "title=Leaflet", "date=2026-05-04", "elements=4.3.2", "--data",
             site, NULL);
    must_run("record", "assessment", "element=4.3.2", "band=C", "assessed_on=2026-05-04", "--data",
             site, NULL);
    must_run("import", "complaint", rows, "--map", map, "--data", site, NULL);
    must_run("import", "matrix", matrix, "--data", site, NULL);
    must_run("export", "matrix", "--format", "xlsx", "--output", path_of("matrix.xlsx"), "--data",
             site, NULL);
    must_run("backup", backup, "--data", site, NULL);
}

static struct command commands[COMMANDS] = {
    {"kinds", SAME, NULL, {"kinds", "evidence"}},
    {"help", SAME, NULL, {"import", "--help"}},
    {"init-node", MAKES_NODE, place, {"init", "node", place}},
    {"init-broker", MAKES_BROKER, place, {"init", "broker", place, "--organisation", "North"}},
    {"verify", SAME, NULL, {"verify", "--data", backup}},
    {"verify-against", ENDS, NULL, {"verify", "--data", site, "--against", backup}},
    {"backup", MAKES_PLACE, place, {"backup", place, "--data", site}},
    {"restore", MAKES_PLACE, place, {"restore", backup, place}},
    {"list", SAME, NULL, {"list", "evidence", "--data", site}},
    {"list-json", SAME, NULL, {"list", "evidence", "--json", "--data", site}},
    {"picture", SAME, NULL, {"picture", "--data", site}},
    {"picture-element", SAME, NULL, {"picture", "--element", "4.3.2", "--data", site}},
    {"elements", SAME, NULL, {"elements", "--data", site}},
    {"checks", SAME, NULL, {"checks", "--data", site}},
    {"rules", SAME, NULL, {"rules", "--data", site}},
    {"report", SAME, NULL, {"report", "complaints", "--data", site}},
    {"survey", SAME, NULL, {"survey", "--data", site}},
    {"standards", SAME, NULL, {"standards", "--data", site}},
    {"benchmarks", SAME, NULL, {"benchmarks", "--data", site}},
    {"accreditation", SAME, NULL, {"accreditation", "--data", site}},
    {"competency", SAME, NULL, {"competency", "--data", site}},
    {"csm", SAME, NULL, {"csm", "--data", site}},
    {"conflicts", SAME, NULL, {"conflicts", "--data", site}},
    {"status", ENDS, NULL, {"status", "--data", site}},
    {"sites", ENDS, NULL, {"sites", "--data", site}},
    {"export-csv", MAKES_FILE, file, {"export", "evidence", "--output", file, "--data", site}},
    {"export-json", SAME, NULL, {"export", "evidence", "--format", "json", "--data", site}},
    {"export-xlsx",
     MAKES_SHEET,
     file,
     {"export", "evidence", "--format", "xlsx", "--output", file, "--data", site}},
    {"export-matrix", MAKES_FILE, file, {"export", "matrix", "--output", file, "--data", site}},
    {"import-check",
     SAME,
     NULL,
     {"import", "complaint", "rows.csv", "--map", "map.yaml", "--check", "--data", site}},
    {"matrix-check", SAME, NULL, {"import", "matrix", "matrix.csv", "--check", "--data", site}},
    {"matrix-sheet", SAME, NULL, {"import", "matrix", "matrix.xlsx", "--check", "--data", site}},
    {"record",
     WRITES,
     "{\"title\":\"New\",\"date\":\"2026-05-04\",\"elements\":[\"1.1.1\",\"4.3.2\"]}",
     {"record", "evidence", "title=New", "date=2026-05-04", "elements=4.3.2,1.1.1", "--data", pad}},
    {"import",
     IMPORTS,
     NULL,
     {"import", "complaint", "rows.csv", "--map", "map.yaml", "--data", pad}},
};

static void look_ahead(struct command *command)
{
    clear(command);
    for (size_t i = 0; i < ARGS_MAX && command->args[i] != NULL; i++)
        if (strcmp(command->args[i], "rows.csv") == 0 ||
            strcmp(command->args[i], "map.yaml") == 0 ||
            strncmp(command->args[i], "matrix.", 7) == 0)
            command->args[i] = path_of(command->args[i]);
    cse_run(command->args, enough, &outcome);
    if (outcome.signalled || outcome.status != 0) {
        (void)printf("%s\n", fault(command, "does not work at all"));
        abort();
    }
    if (command->check == MAKES_FILE || command->check == MAKES_SHEET)
        outcome.out_len = file_whole(command->made, outcome.out);
    wanted_of(command)->text = malloc(outcome.out_len + 1);
    wanted_of(command)->len = outcome.out_len;
    memcpy(wanted_of(command)->text, outcome.out, outcome.out_len);
    (void)look(command, true);
}

#ifdef SLOW_BUILD
enum { EXACT = 3, STRIDE = 131 };
#else
enum { EXACT = 8, STRIDE = 61 };
#endif

int main(int argc, char **argv)
{
    static struct scenario scenarios[COMMANDS];
    struct daemon_process daemons[2];
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)snprintf(backup, sizeof(backup), "%s", work_path("backup"));
    (void)snprintf(file, sizeof(file), "%s", work_path("file"));
    (void)snprintf(place, sizeof(place), "%s", work_path("place"));
    make_place(site, "site", &daemons[0]);
    make_place(pad, "pad", &daemons[1]);
    fill_site();
    for (size_t i = 0; i < COMMANDS; i++) {
        static char names[COMMANDS][64];
        (void)snprintf(names[i], sizeof(names[i]), "cmd/%s", commands[i].name);
        look_ahead(&commands[i]);
        scenarios[i] = (struct scenario){names[i], run, EXACT, STRIDE, &commands[i]};
    }
    int status = sweep_main(argc, argv, scenarios, COMMANDS);
    for (int i = 0; i < 2; i++) {
        const char *why = daemon_end(&daemons[i]);
        if (why != NULL)
            (void)printf("not ok %s\n", why);
        status = why != NULL ? 1 : status;
    }
    work_remove();
    return status;
}
