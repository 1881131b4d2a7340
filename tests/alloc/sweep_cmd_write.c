#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/alloc/cmd_parts.h"

/* Commands that change what is there at a site, short of memory. What one says it did is done; what
 * it did not do is not half there, and works when it is asked again. One may have done it and then
 * lack the memory to say so: both are looked for. Each run begins afresh. */

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES], rows[PATH_MAX_BYTES];
static char map[PATH_MAX_BYTES], words[PATH_MAX_BYTES];
static char id[64], standard[64], batch[64], slug[64];
enum { ELEMENTS_ALL = 57, SETTLE_TRIES = 200 };

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

/* ---- what people are like ---- */

enum { RATED_PEOPLE = 4, RATERS_EACH = 5 };
static const char *const summarise[] = {"competency", "summarise", "--team",  "Desk",
                                        "--staff",    "9",         "--as-of", "2026-10-02",
                                        "--data",     pad,         NULL};

static void rate_people(void)
{
    for (int i = 0; i < RATED_PEOPLE * RATERS_EACH; i++) {
        char body[400];
        (void)snprintf(body, sizeof(body),
                       "{\"fields\":{\"person\":\"P%d\",\"team\":\"Desk\","
                       "\"role\":\"front-line\",\"rated_on\":\"2026-10-01\","
                       "\"rater_group\":\"%s\",\"score\":4,"
                       "\"level1\":[1,1,1,1,1,1],\"level2\":[1,1,1,1]}}",
                       i / RATERS_EACH, i % RATERS_EACH == 0 ? "manager" : "peer");
        ask(pad, "POST", "/api/v1/records/competency", body);
    }
}

static void begin_summarise(void)
{
    remove_all(pad, "competency-summary");
}

static size_t count_summaries(void)
{
    return count_of(pad, "/api/v1/records/competency-summary?limit=10");
}

/* One asked for again for the same day is written again, not doubled. */
static const char *look_summarise(bool done)
{
    static const char *const parts[] = {"\"Desk\"",           "\"front-line\"", "\"2026-10-01\"",
                                        "\"staff\":9",        "\"people\":4",   "\"raters\":20",
                                        "\"score_sum\":1600", "\"levels\":",    "\"negatives\":"};
    size_t count = count_summaries();
    if (count > 1)
        return "summarised twice";
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && count == 1; i++) {
        if (strstr(answer, parts[i]) == NULL)
            return "wrote a part of a summary";
    }
    if (done && count == 0)
        return "said it summarised";
    if (count == 1 && (!cse_works(summarise, &other) || count_summaries() != 1))
        return "does not write the same one again";
    return NULL;
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

static const struct command commands[] = {
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
    {"summarise",
     begin_summarise,
     look_summarise,
     true,
     {"competency", "summarise", "--team", "Desk", "--staff", "9", "--as-of", "2026-10-02",
      "--data", pad}},
    {"standard",
     begin_wording,
     look_wording,
     true,
     {"standard", "load", words, "--language", "ro", "--data", pad}},
};

/* ---- the site ---- */

static void make_files(void)
{
    (void)snprintf(rows, sizeof(rows), "%s", work_path("rows.csv"));
    (void)snprintf(map, sizeof(map), "%s", work_path("map.yaml"));
    (void)snprintf(words, sizeof(words), "%s", work_path("words.txt"));
    import_make(rows, map);
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
    cmd_begin(pad, centre);
    make_files();
    fill_pad();
    rate_people();
    return cmd_sweep(argc, argv,
                     (struct group){"write", 32, commands, sizeof(commands) / sizeof(commands[0])});
}
