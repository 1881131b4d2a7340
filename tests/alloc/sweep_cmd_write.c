#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/cmd_parts.h"

/* Commands that change what is there, short of memory. What one says it did is done; what it did
 * not do is not half there, and works when it is asked again. One may have done it and then lack
 * the memory to say so: both are looked for. Each run begins afresh. */

static char pad[256], centre[256], place[256], rows[256], map[256], words[256];
static char id[64], standard[64], batch[64], token[1024], slug[64];
enum { ELEMENTS_ALL = 57, SETTLE_TRIES = 200 };

static size_t count_of(const char *dir, const char *path)
{
    ask(dir, "GET", path, NULL);
    json_t *json = json_loads(answer, 0, NULL);
    size_t count = json_array_size(json_object_get(json, "records"));
    json_decref(json);
    return count;
}

static void remove_all(const char *dir, const char *kind)
{
    char path[128];
    json_t *record;
    size_t index;
    (void)snprintf(path, sizeof(path), "/api/v1/records/%s?limit=1000", kind);
    ask(dir, "GET", path, NULL);
    json_t *json = json_loads(answer, 0, NULL);
    json_array_foreach(json_object_get(json, "records"), index, record)
    {
        (void)snprintf(path, sizeof(path), "/api/v1/records/%s/%s", kind,
                       json_string_value(json_object_get(record, "id")));
        ask(dir, "DELETE", path, NULL);
    }
    json_decref(json);
}

static bool record_has(const char *part)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/api/v1/records/evidence/%s", id);
    ask(pad, "GET", path, NULL);
    return strstr(answer, part) != NULL;
}

/* ---- one record ---- */

static void begin_record(void)
{
    ask(pad, "POST", "/api/v1/records/evidence",
        "{\"fields\":{\"title\":\"Before\",\"date\":\"2026-05-04\"}}");
    member("id", id, sizeof(id));
}

static const char *look_edit(bool done)
{
    bool title = record_has("\"After\""), date = record_has("\"2026-06-01\"");
    if (title != date)
        return "changed a part";
    return done && !title ? "said it changed what it did not" : NULL;
}

static const char *look_delete(bool done)
{
    return done && !record_has("\"deleted\":true") ? "said it removed what is there" : NULL;
}

static const char *look_told(bool done)
{
    return done && strstr(outcome.out, id) == NULL ? "did not tell of the record" : NULL;
}

/* ---- an import ---- */

static void begin_undo(void)
{
    const char *args[] = {"import", "complaint", rows, "--map", map, "--data", pad, NULL};
    must(cse_works(args, &other), "import");
    const char *from = strstr(other.out, "batch ");
    must(from != NULL, "see the batch");
    (void)snprintf(batch, sizeof(batch), "%.32s", from + strlen("batch "));
}

static const char *look_undo(bool done)
{
    static const char path[] = "/api/v1/records/complaint?limit=1000";
    size_t left = count_of(pad, path);
    for (int i = 0; i < SETTLE_TRIES && left % IMPORT_ROWS != 0; i++) {
        (void)usleep(5000); /* the daemon takes it back */
        left = count_of(pad, path);
    }
    if (left % IMPORT_ROWS != 0)
        return "took back a part";
    return done && left != 0 ? "said it took back what is there" : NULL;
}

/* ---- what follows from records ---- */

static void begin_measure(void)
{
    remove_all(pad, "measurement");
}

static const char *look_measure(bool done)
{
    size_t count = count_of(pad, "/api/v1/records/measurement?limit=10");
    if (count > 1)
        return "measured twice";
    bool whole =
        count == 0 || (strstr(answer, standard) != NULL && strstr(answer, "\"within\":1") != NULL &&
                       strstr(answer, "\"total\":1") != NULL);
    if (!whole)
        return "wrote a part of a measurement";
    return done && count == 0 ? "said it measured" : NULL;
}

static void begin_rollover(void)
{
    remove_all(centre, "cycle");
}

static const char *look_rollover(bool done)
{
    size_t count = count_of(centre, "/api/v1/records/cycle?limit=10");
    const char *args[] = {"rollover", "2027-04-01", "--data", centre, NULL};
    bool whole = strstr(answer, "\"2027-04-01\"") != NULL && strstr(answer, "\"2027\"") != NULL;
    if (count > 1 || (count == 1 && !whole))
        return "wrote a part of a cycle";
    if (done && count == 0)
        return "said it began a cycle";
    return count == 0 && !cse_works(args, &other) ? "does not work again" : NULL;
}

static const char *look_filed(bool done)
{
    return done && strstr(outcome.out, "records filed") == NULL ? "did not tell" : NULL;
}

/* ---- wording ---- */

static void begin_wording(void)
{
    static unsigned turn;
    json_t *element;
    size_t index;
    FILE *to = fopen(words, "wb");
    must(to != NULL, "write a file");
    turn++;
    ask(pad, "GET", "/api/v1/elements", NULL);
    json_t *json = json_loads(answer, 0, NULL);
    json_array_foreach(json_object_get(json, "elements"), index, element)
    {
        (void)fprintf(to, "%s Wording %d-%u of this one\n",
                      json_string_value(json_object_get(element, "id")), (int)getpid(), turn);
    }
    json_decref(json);
    must(fclose(to) == 0, "write a file");
    (void)snprintf(slug, sizeof(slug), "Wording %d-%u of", (int)getpid(), turn);
}

static const char *look_wording(bool done)
{
    int found = 0;
    ask(pad, "GET", "/api/v1/elements?language=ro", NULL);
    for (const char *at = strstr(answer, slug); at != NULL; at = strstr(at + 1, slug))
        found++;
    if (found != 0 && found != ELEMENTS_ALL)
        return "loaded a part";
    return done && found == 0 ? "said it loaded" : NULL;
}

/* ---- sites ---- */

static void begin_invite(void)
{
    static unsigned turn;
    (void)snprintf(slug, sizeof(slug), "s%d-%u", (int)getpid(), ++turn);
}

static const char *look_invite(bool done)
{
    const char *join[] = {"join", token, "--data", place, NULL};
    const char *init[] = {"init", "node", place, NULL};
    if (!done)
        return NULL;
    (void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(outcome.out, "\n"), outcome.out);
    tree_remove(place);
    must(cse_works(init, &other), "make a node");
    return cse_works(join, &other) ? NULL : "told a token that does not open";
}

static void begin_join(void)
{
    const char *init[] = {"init", "node", place, NULL};
    const char *invite[] = {"invite", slug, "--data", centre, NULL};
    begin_invite();
    tree_remove(place);
    must(cse_works(init, &other), "make a node");
    must(cse_works(invite, &other), "invite");
    (void)snprintf(token, sizeof(token), "%.*s", (int)strcspn(other.out, "\n"), other.out);
}

static bool site_is(const char *state)
{
    static const char key[] = "\"state\":\"";
    char mark[80];
    ask(centre, "GET", "/api/v1/sites", NULL);
    (void)snprintf(mark, sizeof(mark), "\"id\":\"%s\"", slug);
    const char *at = strstr(answer, mark);
    at = at != NULL ? strstr(at, key) : NULL;
    return at != NULL && strncmp(at + strlen(key), state, strlen(state)) == 0;
}

/* The token is not used up by one who could not finish: the same opens again. */
static const char *look_join(bool done)
{
    const char *join[] = {"join", token, "--data", place, NULL};
    if (done && !site_is("active"))
        return "said it joined";
    return cse_works(join, &other) && site_is("active") ? NULL : "used the token up";
}

static void begin_revoke(void)
{
    const char *join[] = {"join", token, "--data", place, NULL};
    begin_join();
    must(cse_works(join, &other), "join");
}

static const char *look_revoke(bool done)
{
    if (!site_is("revoked") && !site_is("active"))
        return "lost the site";
    return done && !site_is("revoked") ? "said it revoked" : NULL;
}

static struct command commands[] = {
    {"edit",
     begin_record,
     look_edit,
     true,
     {"edit", id, "title=After", "date=2026-06-01", "--data", pad}},
    {"delete", begin_record, look_delete, false, {"delete", id, "--data", pad}},
    {"show", begin_record, look_told, true, {"show", id, "--data", pad}},
    {"receipt", begin_record, look_told, true, {"receipt", id, "--data", pad}},
    {"undo", begin_undo, look_undo, true, {"import", "undo", batch, "--data", pad}},
    {"measure",
     begin_measure,
     look_measure,
     true,
     {"measure", standard, "--of", "contacts", "--by", "all", "--data", pad}},
    {"standard",
     begin_wording,
     look_wording,
     true,
     {"standard", "load", words, "--language", "ro", "--data", pad}},
    {"rollover",
     begin_rollover,
     look_rollover,
     false,
     {"rollover", "2027-04-01", "--data", centre}},
    {"file-evidence", NULL, look_filed, true, {"file-evidence", "--data", centre}},
    {"invite", begin_invite, look_invite, true, {"invite", slug, "--data", centre}},
    {"join", begin_join, look_join, true, {"join", token, "--data", place}},
    {"revoke", begin_revoke, look_revoke, true, {"revoke", slug, "--data", centre}},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* ---- the places ---- */

static void make_places(void)
{
    const char *node[] = {"init", "node", pad, NULL};
    const char *broker[] = {"init", "broker", centre, "--organisation", "North", NULL};
    (void)snprintf(pad, sizeof(pad), "%s", work_path("pad"));
    (void)snprintf(centre, sizeof(centre), "%s", work_path("centre"));
    (void)snprintf(place, sizeof(place), "%s", work_path("place"));
    (void)snprintf(rows, sizeof(rows), "%s", work_path("rows.csv"));
    (void)snprintf(map, sizeof(map), "%s", work_path("map.yaml"));
    (void)snprintf(words, sizeof(words), "%s", work_path("words.txt"));
    import_make(rows, map);
    must(cse_works(node, &other), "make a node");
    must(cse_works(broker, &other), "make a broker");
}

static void fill_pad(void)
{
    ask(pad, "POST", "/api/v1/records/standard",
        "{\"fields\":{\"title\":\"By their day\",\"type\":\"timeliness\",\"target_share\":90}}");
    member("id", standard, sizeof(standard));
    ask(pad, "POST", "/api/v1/records/contact",
        "{\"fields\":{\"opened_at\":\"2026-05-04T09:00:00\",\"due_at\":\"2026-05-06T09:00:00\","
        "\"closed_at\":\"2026-05-05T09:00:00\"}}");
}

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    make_places();
    cmd_begin(pad, centre);
    fill_pad();
    return cmd_sweep(argc, argv, "write", commands, COMMANDS);
}
