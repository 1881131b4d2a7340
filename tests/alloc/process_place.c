#include "tests/alloc/process_place.h"

#include <stdio.h>
#include <string.h>

static const struct shortage enough = {.number = 0};

static struct outcome outcome;
static char answer[OUTPUT_BYTES_MAX];

void place_make(struct place *place, const char *program, const char *name)
{
    bool is_node = strcmp(program, "cse-node") == 0;
    *place = (struct place){.program = program, .name = name};
    (void)snprintf(place->dir, sizeof(place->dir), "%s", work_path(name));
    const char *args[] = {"init",
                          is_node ? "node" : "broker",
                          place->dir,
                          is_node ? NULL : "--organisation",
                          "Northmoor Council",
                          NULL};
    work_must(cse_works(args, &outcome), "make a data directory", &outcome);
    if (!is_node)
        free_address(place->listen);
    const char *flags[] = {"--http", "", is_node ? NULL : "--listen", place->listen, NULL};
    memcpy(place->flags, flags, sizeof(flags));
}

bool place_start(const struct place *place, struct daemon_process *daemon, struct shortage shortage)
{
    return daemon_begin_with(daemon, place->program, place->dir, place->flags, shortage);
}

void place_next_record(struct place *place, char *body_out)
{
    (void)snprintf(body_out, 256,
                   "{\"fields\":{\"title\":\"Record %u\",\"elements\":[\"4.3.2\"],\"date\":"
                   "\"2026-05-04\"}}",
                   (unsigned)++place->written);
}

const char *place_write_record(struct place *place, char id_out[64])
{
    static char why[512];
    char body[256];
    place_next_record(place, body);
    int status = daemon_ask(place->dir, "POST", "/api/v1/records/evidence", body, answer);
    id_out[0] = '\0';
    if (status == 201 && !json_text(answer, "id", id_out, 64)) {
        (void)snprintf(why, sizeof(why), "saved without an id: %.300s", answer);
        return why;
    }
    if (status == 0 || status == 201 || status >= 500)
        return NULL;
    (void)snprintf(why, sizeof(why), "a good record: %d %.300s", status, answer);
    return why;
}

static bool place_has(const struct place *place, const char *id)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "/api/v1/records/evidence/%s", id);
    return id[0] == '\0' || daemon_ask(place->dir, "GET", path, NULL, answer) == 200;
}

const char *place_verify(const struct place *place)
{
    static char why[600];
    const char *args[] = {"verify", "--data", place->dir, NULL};
    cse_run(args, enough, &outcome);
    if (!outcome.signalled && outcome.status == 0)
        return NULL;
    (void)snprintf(why, sizeof(why), "%s does not verify: %d %.200s %.300s", place->name,
                   outcome.status, outcome.out, outcome.err);
    return why;
}

const char *place_kept(const struct place *place, char ids[][64], size_t count)
{
    struct daemon_process daemon;
    const char *why = NULL;
    if (!place_start(place, &daemon, enough)) {
        why = daemon_end(&daemon);
        return why != NULL ? why : "does not start again";
    }
    for (size_t i = 0; i < count && why == NULL; i++)
        why = place_has(place, ids[i]) ? NULL : "an acknowledged record is gone";
    const char *fault = daemon_end(&daemon);
    if (why == NULL)
        why = fault;
    return why == NULL ? place_verify(place) : why;
}
