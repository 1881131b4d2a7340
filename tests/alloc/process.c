#include "tests/alloc/process.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/http/client.h"

enum { STEP_MS = 5, READY_MS = 20000, MUTE_MS = 300, END_MS = 20000, ANSWER_MS = 2000 };

static char work[128];

const char *work_path(const char *name)
{
    static char path[4][256];
    static int at;
    if (work[0] == '\0') {
        (void)snprintf(work, sizeof(work), "/tmp/cse-scarce-XXXXXX");
        if (mkdtemp(work) == NULL)
            abort();
    }
    at = (at + 1) % 4;
    (void)snprintf(path[at], sizeof(path[at]), "%s/%s", work, name);
    return path[at];
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)about;
    (void)type;
    (void)walk;
    return remove(path);
}

void tree_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void work_remove(void)
{
    if (work[0] != '\0')
        tree_remove(work);
}

void file_make(const char *path, const char *text)
{
    FILE *to = fopen(path, "wb");
    if (to == NULL || fputs(text, to) < 0 || fclose(to) != 0)
        abort();
}

void import_make(const char *rows, const char *map)
{
    file_make(rows, "Ref,Received,Text\nA1,03/08/2026,Late\nA2,04/08/2026,\"Very, late\"\n"
                    "A3,05/08/2026,Again\n");
    file_make(map, "kind: complaint\ncolumns:\n"
                   "  - {column: Ref, field: reference, required: true}\n"
                   "  - {column: Received, field: received_on, date: \"%d/%m/%Y\"}\n"
                   "  - {column: Text, field: description, empty: [\"-\"]}\n");
}

static void pause_ms(long ms)
{
    struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    (void)nanosleep(&time, NULL);
}

static const char *told_path(void)
{
    return work_path("told");
}

/* In the child: the shortage by way of the environment, the program in place of this one. */
static void become(const char *program, const char *const *args, struct shortage shortage)
{
    const char *folder = strncmp(program, "cse", 3) == 0 ? CSE_BIN "/" : "";
    char path[256], number[32];
    const char *argv[ARGS_MAX + 2] = {program};
    size_t count = 1;
    for (size_t i = 0; args[i] != NULL && count <= ARGS_MAX; i++)
        argv[count++] = args[i];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* of whoever is left by a sweep that breaks off */
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)unsetenv("CSE_DATA");
    (void)snprintf(path, sizeof(path), "%s%s", folder, program);
    if (shortage.number > 0) {
        (void)snprintf(number, sizeof(number), "%llu%s", (unsigned long long)shortage.number,
                       shortage.all_after ? "+" : "");
        (void)setenv("CSE_ALLOC_FAIL", number, 1);
        (void)setenv("CSE_ALLOC_TOLD", told_path(), 1);
        if (CSE_SHIM[0] != '\0')
            (void)setenv("LD_PRELOAD", CSE_SHIM, 1);
    }
    (void)execvp(path, (char *const *)(uintptr_t)argv);
    _exit(126);
}

static void redirect(int to, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, to) < 0)
        _exit(127);
    (void)close(fd);
}

static size_t read_whole(const char *path, char *text, size_t size)
{
    size_t len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = 1;
    while (fd >= 0 && got > 0 && len + 1 < size) {
        got = read(fd, text + len, size - 1 - len);
        len += got > 0 ? (size_t)got : 0;
    }
    if (fd >= 0)
        (void)close(fd);
    text[len] = '\0';
    return len;
}

void program_run(const char *program, const char *const *args, struct shortage shortage,
                 struct outcome *outcome)
{
    const char *out = work_path("out"), *err = work_path("err");
    int status = 0;
    if (shortage.number > 0)
        (void)unlink(told_path());
    pid_t pid = fork();
    if (pid == 0) {
        redirect(STDOUT_FILENO, out);
        redirect(STDERR_FILENO, err);
        become(program, args, shortage);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        abort();
    outcome->reached = shortage.number > 0 && daemon_reached();
    outcome->signalled = WIFSIGNALED(status);
    outcome->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
    outcome->out_len = read_whole(out, outcome->out, sizeof(outcome->out));
    (void)read_whole(err, outcome->err, sizeof(outcome->err));
}

void cse_run(const char *const *args, struct shortage shortage, struct outcome *outcome)
{
    program_run("cse", args, shortage, outcome);
}

void work_must(bool good, const char *what, const struct outcome *of)
{
    if (good)
        return;
    (void)printf("cannot %s: %s\n", what, of->err);
    abort();
}

bool cse_works(const char *const *args, struct outcome *outcome)
{
    cse_run(args, (struct shortage){.number = 0}, outcome);
    return !outcome->signalled && outcome->status == 0;
}

const char *cse_fault(const char *name, const char *what, const struct outcome *outcome)
{
    static char why[900];
    (void)snprintf(why, sizeof(why), "%s %s: status %d%s, said '%.300s' '%.300s'", name, what,
                   outcome->status, outcome->signalled ? " (signal)" : "", outcome->out,
                   outcome->err);
    return why;
}

const char *cse_ended(const char *name, bool all_after, const struct outcome *outcome)
{
    if (outcome->signalled || outcome->status > 99 || strstr(outcome->err, "Sanitizer") != NULL)
        return cse_fault(name, "broke", outcome);
    /* A commit whose failure cannot be looked into, again for want of memory. */
    bool unsure = all_after && outcome->status == ERR_UNKNOWN_OUTCOME;
    bool right = outcome->status == ERR_NO_MEMORY || unsure;
    if (outcome->status != 0 && (!right || strstr(outcome->err, "cse ") == NULL))
        return cse_fault(name, "failed otherwise than for want of memory", outcome);
    return NULL;
}

void free_address(char out[64])
{
    /* below those that outgoing connections get: a daemon that starts again finds it free */
    enum { FIRST = 11000, COUNT = 21000 };
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unsigned port = FIRST + (unsigned)getpid() * 7U % COUNT;
    for (unsigned i = 0; i < COUNT; i++, port = FIRST + (port + 1 - FIRST) % COUNT) {
        address.sin_port = htons((uint16_t)port);
        if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
            break;
    }
    if (fd < 0 || close(fd) != 0)
        abort();
    (void)snprintf(out, 64, "tcp://127.0.0.1:%u", port);
}

bool daemon_reached(void)
{
    return access(told_path(), F_OK) == 0;
}

static bool has_ended(struct daemon_process *daemon, int *status_out)
{
    if (daemon->pid <= 0 || waitpid(daemon->pid, status_out, WNOHANG) != daemon->pid)
        return daemon->pid <= 0;
    daemon->pid = 0;
    return true;
}

int daemon_ask(const char *dir, const char *method, const char *path, const char *body, char *out)
{
    struct http_client client;
    struct http_answer answer = {0};
    struct http_call call = {.method = method, .path = path};
    struct err_info info;
    if (body != NULL) {
        call.content_type = HTTP_JSON;
        call.body = bytes_of_text(body);
    }
    out[0] = '\0';
    if (http_client_for_dir(dir, ANSWER_MS, &client, &info) != ERR_OK ||
        http_client_call(&client, &call, &answer, &info) != ERR_OK)
        return 0;
    if (answer.body_len > 0 && answer.body_len < OUTPUT_BYTES_MAX)
        memcpy(out, answer.body, answer.body_len + 1);
    int status = answer.status;
    http_answer_deinit(&answer);
    return status;
}

static int last_status;

bool daemon_begin_with(struct daemon_process *daemon, const char *program, const char *dir,
                       const char *const *flags, struct shortage shortage)
{
    static char out[OUTPUT_BYTES_MAX];
    const char *args[ARGS_MAX + 1] = {"--data", dir, "--disk_floor", "1MiB"};
    char log[300];
    for (size_t i = 0; flags[i] != NULL; i++) {
        assert(i + 4 < ARGS_MAX);
        args[i + 4] = flags[i];
    }
    (void)snprintf(log, sizeof(log), "%s.log", dir);
    long waited_ms = 0, mute_ms = 0;
    *daemon = (struct daemon_process){.pid = 0};
    (void)snprintf(daemon->dir, sizeof(daemon->dir), "%s", dir);
    (void)snprintf(daemon->program, sizeof(daemon->program), "%s", program);
    if (shortage.number > 0)
        (void)unlink(told_path());
    last_status = 0;
    daemon->pid = fork();
    if (daemon->pid == 0) {
        redirect(STDERR_FILENO, log);
        become(program, args, shortage);
    }
    while (waited_ms < READY_MS && mute_ms < MUTE_MS) {
        if (has_ended(daemon, &last_status))
            return false;
        if (daemon_ask(dir, "GET", "/healthz", NULL, out) == 200)
            return true;
        pause_ms(STEP_MS);
        waited_ms += STEP_MS;
        mute_ms += shortage.number > 0 && daemon_reached() ? STEP_MS : 0;
    }
    return false;
}

bool daemon_begin(struct daemon_process *daemon, const char *program, const char *dir,
                  const char *listen, struct shortage shortage)
{
    const char *flags[] = {"--http", "", listen != NULL ? "--listen" : NULL, listen, NULL};
    return daemon_begin_with(daemon, program, dir, flags, shortage);
}

/* Its log up to now, good until the next call. */
static const char *log_of(const struct daemon_process *daemon, size_t *len_out)
{
    static char log[OUTPUT_BYTES_MAX];
    char path[300];
    (void)snprintf(path, sizeof(path), "%s.log", daemon->dir);
    *len_out = read_whole(path, log, sizeof(log));
    return log;
}

bool daemon_said(const struct daemon_process *daemon, const char *text)
{
    size_t len = 0;
    return strstr(log_of(daemon, &len), text) != NULL;
}

const char *daemon_end(struct daemon_process *daemon)
{
    static char why[600];
    long waited_ms = 0;
    int status = last_status;
    bool asked = false;
    while (!has_ended(daemon, &status) && waited_ms < END_MS) {
        if (!asked)
            (void)kill(daemon->pid, SIGTERM);
        asked = true;
        pause_ms(STEP_MS);
        waited_ms += STEP_MS;
    }
    size_t len = 0;
    const char *log = log_of(daemon, &len);
    const char *tail = log + (len > 400 ? len - 400 : 0);
    const char *fault = NULL;
    if (daemon->pid > 0) {
        (void)kill(daemon->pid, SIGKILL);
        (void)waitpid(daemon->pid, &status, 0);
        fault = "does not end";
    } else if (WIFSIGNALED(status)) {
        fault = "ended by a signal";
    } else if (strstr(log, "Sanitizer") != NULL || strstr(log, "ssertion") != NULL) {
        fault = "told of its own fault";
    } else if (WEXITSTATUS(status) != 0 && strstr(log, "level=error") == NULL) {
        fault = "ended with an error and did not say why";
    } else if (WEXITSTATUS(status) >= 126) {
        fault = "did not run";
    }
    daemon->pid = 0;
    if (fault == NULL)
        return NULL;
    (void)snprintf(why, sizeof(why), "%s %s (%d): %s", daemon->program, fault, status, tail);
    return why;
}

bool json_text(const char *json, const char *key, char *out, size_t size)
{
    json_t *root = json_loads(json, 0, NULL);
    const char *text = json_string_value(json_object_get(root, key));
    (void)snprintf(out, size, "%s", text != NULL ? text : "");
    json_decref(root);
    return out[0] != '\0';
}
