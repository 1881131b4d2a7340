#include <stdio.h>
#include <string.h>

#include "tests/alloc/process_place.h"
#include "tests/alloc/sweep.h"

/* A node that serves HTTP over TLS, short of memory from its start on, and asked by curl: an answer
 * is the one with memory to the byte, or says that there is no memory, or its connection fails; one
 * call that fails costs one answer at most. Nothing is served without TLS. */

enum { READS = 3, PARTS = READS + 1, TIMED_OUT = 28 };

/* What curl tells of each of its transfers, behind the body. */
#define MARK "\n=curl="
#define TELL MARK "%{exitcode} %{http_code}\n"
#define CURL "-sS", "--max-time", "10", "--cacert", certificate, "-w", TELL

struct part {
    int exit_code, status;
    const char *body; /* with a NUL, in `outcome` */
};

static struct place place;
static char certificate[256], key[256], address[64], urls[PARTS][128], record_url[128];

static const struct shortage enough = {.number = 0};
static struct outcome outcome;
static char wanted[READS][OUTPUT_BYTES_MAX]; /* bodies with memory */

/* ---- what is asked ---- */

/* What curl has said, cut into its transfers. NULL, or what is wrong. */
static const char *take_parts(struct part *parts, size_t count)
{
    char *at = outcome.out;
    for (size_t i = 0; i < count; i++) {
        struct part *part = &parts[i];
        char *mark = strstr(at, MARK);
        int len = 0;
        if (mark == NULL || sscanf(mark, MARK "%d %d%n", &part->exit_code, &part->status, &len) < 2)
            return cse_fault("curl", "did not run", &outcome);
        *mark = '\0';
        part->body = at;
        at = mark + len + 1;
    }
    return NULL;
}

/* Over one connection, then without TLS. */
static const char *read_parts(struct part parts[PARTS])
{
    const char *const args[] = {CURL, urls[0], urls[1], urls[2], urls[READS], NULL};
    program_run("curl", args, enough, &outcome);
    return take_parts(parts, PARTS);
}

static const char *fault_of(const char *what, const struct part *part)
{
    static char why[400];
    (void)snprintf(why, sizeof(why), "%s over TLS: curl %d, status %d, %.150s %.150s", what,
                   part->exit_code, part->status, part->body, outcome.err);
    return why;
}

/* Counts an answer that failed as it may. */
static bool has_failed(const struct part *part, int *failed_inout)
{
    bool failed = part->exit_code != 0 ? part->exit_code != TIMED_OUT : part->status == 503;
    *failed_inout += failed ? 1 : 0;
    return failed;
}

static const char *read_some(int *failed_inout)
{
    struct part parts[PARTS];
    const char *why = read_parts(parts);
    for (size_t i = 0; i < READS && why == NULL; i++) {
        bool good = parts[i].exit_code == 0 && parts[i].status == 200 &&
                    strcmp(parts[i].body, wanted[i]) == 0;
        if (!good && !has_failed(&parts[i], failed_inout))
            why = fault_of(urls[i], &parts[i]);
    }
    const struct part *plain = &parts[READS];
    if (why == NULL && (plain->exit_code == 0 || plain->exit_code == TIMED_OUT))
        why = fault_of("asked without TLS, not", plain);
    return why;
}

static const char *save_one(char id_out[64], int *failed_inout)
{
    struct part part;
    char body[256];
    place_next_record(&place, body);
    const char *const args[] = {CURL,       "-H", "Content-Type: application/json", "-d", body,
                                record_url, NULL};
    program_run("curl", args, enough, &outcome);
    const char *why = take_parts(&part, 1);
    bool good = why == NULL && part.exit_code == 0 && part.status == 201 &&
                json_text(part.body, "id", id_out, 64);
    return why != NULL || good || has_failed(&part, failed_inout) ? why : fault_of("saved", &part);
}

/* ---- the scenario ---- */

static const char *ask(char ids[2][64], int *failed_inout)
{
    const char *why = read_some(failed_inout);
    if (why == NULL)
        why = place_write_record(&place, ids[0]);
    return why == NULL ? save_one(ids[1], failed_inout) : why;
}

static const char *serve(const void *what, uint64_t number, bool all_after, bool *reached_out)
{
    struct daemon_process daemon;
    char ids[2][64] = {"", ""};
    const char *why = NULL;
    int failed = 0;
    (void)what;
    bool up =
        place_start(&place, &daemon, (struct shortage){.number = number, .all_after = all_after});
    if (up)
        why = ask(ids, &failed);
    const char *fault = daemon_end(&daemon);
    *reached_out = daemon_reached();
    if (why == NULL)
        why = fault;
    bool ended = daemon_said(&daemon, "level=error");
    if (why == NULL && ended && !daemon_said(&daemon, "memory"))
        why = "ended for another reason than memory";
    if (why == NULL && failed > 1 && !ended && !all_after)
        why = "one call that failed cost more than one answer";
    return why == NULL ? place_kept(&place, ids, 2) : why;
}

/* ---- the place ---- */

static void make_pair(void)
{
    const char *const args[] = {"req",
                                "-x509",
                                "-newkey",
                                "ec",
                                "-pkeyopt",
                                "ec_paramgen_curve:prime256v1",
                                "-nodes",
                                "-subj",
                                "/CN=localhost",
                                "-addext",
                                "subjectAltName=IP:127.0.0.1",
                                "-keyout",
                                key,
                                "-out",
                                certificate,
                                NULL};
    (void)snprintf(key, sizeof(key), "%s", work_path("key.pem"));
    (void)snprintf(certificate, sizeof(certificate), "%s", work_path("certificate.pem"));
    program_run("openssl", args, enough, &outcome);
    work_must(!outcome.signalled && outcome.status == 0, "make a certificate", &outcome);
}

static void make_place(void)
{
    static const char *const paths[PARTS] = {"/healthz", "/api/v1/kinds",
                                             "/api/v1/exports/complaint?format=csv", "/healthz"};
    char free_one[64];
    place_make(&place, "cse-node", "tls");
    free_address(free_one);
    (void)snprintf(address, sizeof(address), "%s", free_one + strlen("tcp://"));
    const char *flags[PLACE_FLAGS] = {"--http",    address,     "--tls_certificate",
                                      certificate, "--tls_key", key};
    memcpy(place.flags, flags, sizeof(flags));
    for (size_t i = 0; i < PARTS; i++)
        (void)snprintf(urls[i], sizeof(urls[i]), "http%s://%s%s", i < READS ? "s" : "", address,
                       paths[i]);
    (void)snprintf(record_url, sizeof(record_url), "https://%s/api/v1/records/evidence", address);
}

/* Three complaints, and what is answered with memory. */
static void fill_place(void)
{
    struct daemon_process daemon;
    struct part parts[PARTS];
    char rows[256], map[256];
    (void)snprintf(rows, sizeof(rows), "%s", work_path("rows.csv"));
    (void)snprintf(map, sizeof(map), "%s", work_path("map.yaml"));
    const char *const args[] = {"import", "complaint", rows,      "--map",
                                map,      "--data",    place.dir, NULL};
    import_make(rows, map);
    work_must(place_start(&place, &daemon, enough), "start", &outcome);
    work_must(cse_works(args, &outcome), "import", &outcome);
    work_must(read_parts(parts) == NULL, "ask", &outcome);
    for (size_t i = 0; i < READS; i++) {
        work_must(parts[i].exit_code == 0 && parts[i].status == 200, "read over TLS", &outcome);
        (void)snprintf(wanted[i], sizeof(wanted[i]), "%s", parts[i].body);
    }
    work_must(daemon_end(&daemon) == NULL, "stop", &outcome);
}

#ifdef SLOW_BUILD
enum { EXACT = 2, STRIDE = 23 };
#else
enum { EXACT = 8, STRIDE = 17 };
#endif

int main(int argc, char **argv)
{
    static const struct scenario scenarios[] = {{"serve-tls", serve, EXACT, STRIDE, NULL}};
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    make_pair();
    make_place();
    fill_place();
    int status = sweep_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
    work_remove();
    return status;
}
