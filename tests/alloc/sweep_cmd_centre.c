#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tests/alloc/cmd_parts.h"

/* What only the centre does, asked for by a command that lacks memory. */

static char pad[PATH_MAX_BYTES], centre[PATH_MAX_BYTES];

/* ---- a cycle ---- */

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

/* ---- a quarter's figures ---- */

static const char *const file_figures[] = {"file-evidence", "--period", "2025-Q3",
                                           "--data",        centre,     NULL};
static const char evidence[] = "/api/v1/records/evidence?limit=1000";
static size_t figures; /* records of one quarter */

static const char *look_nothing(bool done)
{
    return done && strstr(outcome.out, ": 0 records filed") == NULL ? "did not tell" : NULL;
}

static void begin_figures(void)
{
    remove_all(centre, "evidence");
}

/* Every element once, all of the quarter. */
static bool figures_are_sound(void)
{
    const char *elements[64] = {NULL};
    size_t index, count = 0;
    json_t *record, *json = json_loads(answer, 0, NULL);
    bool sound = true;
    json_array_foreach(json_object_get(json, "records"), index, record)
    {
        const json_t *fields = json_object_get(record, "fields");
        const char *period = json_string_value(json_object_get(fields, "period"));
        const char *element =
            json_string_value(json_array_get(json_object_get(fields, "elements"), 0));
        sound = sound && count < 64 && period != NULL && strcmp(period, "2025-Q3") == 0 &&
                element != NULL && json_is_string(json_object_get(fields, "source_hash"));
        for (size_t i = 0; i < count && sound; i++)
            sound = strcmp(elements[i], element) != 0;
        if (sound)
            elements[count++] = element;
    }
    json_decref(json);
    return sound;
}

static const char *look_figures(bool done)
{
    size_t count = count_of(centre, evidence);
    if (count != 0 && count != figures)
        return "filed a part, or twice";
    if (!figures_are_sound())
        return "filed what is not whole";
    if (done && count == 0)
        return "said it filed";
    return done && strstr(outcome.out, "records filed") == NULL ? "did not tell" : NULL;
}

static void fill_quarter(void)
{
    static const char *const records[][2] = {
        {"complaint", "{\"received_on\":\"2025-07-02\",\"acknowledged_on\":\"2025-07-03\","
                      "\"responded_on\":\"2025-07-09\",\"outcome\":\"not-upheld\"}"},
        {"contact", "{\"opened_at\":\"2025-09-01T10:00:00\",\"closed_at\":\"2025-09-02T10:00:00\","
                    "\"due_at\":\"2025-09-03T10:00:00\"}"},
        {"response", "{\"answered_on\":\"2025-08-01\",\"overall\":5,\"recommend\":10,"
                     "\"timeliness\":4,\"segment\":\"rural\",\"wave\":\"w1\"}"},
    };
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
        char path[64], body[400];
        (void)snprintf(path, sizeof(path), "/api/v1/records/%s", records[i][0]);
        (void)snprintf(body, sizeof(body), "{\"fields\":%s}", records[i][1]);
        ask(centre, "POST", path, body);
    }
    must(cse_works(file_figures, &other), "file a quarter");
    figures = count_of(centre, evidence);
    must(figures > 1, "have figures to file");
}

static const struct command commands[] = {
    {"rollover",
     begin_rollover,
     look_rollover,
     false,
     {"rollover", "2027-04-01", "--data", centre}},
    {"file-evidence", NULL, look_nothing, true, {"file-evidence", "--data", centre}},
    {"file-figures",
     begin_figures,
     look_figures,
     true,
     {"file-evidence", "--period", "2025-Q3", "--data", centre}},
};

int main(int argc, char **argv)
{
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    cmd_begin(pad, centre);
    fill_quarter();
    return cmd_sweep(
        argc, argv, (struct group){"centre", 32, commands, sizeof(commands) / sizeof(commands[0])});
}
