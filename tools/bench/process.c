#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/bench/bench.h"

enum { ARGS_MAX = 24 };

static void run_child(const char *program, char *const *args, int output)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    (void)dup2(null, STDIN_FILENO);
    (void)dup2(output >= 0 ? output : null, STDOUT_FILENO);
    (void)execv(program, args);
    _exit(127);
}

/* Fork and run BIN/NAME; its log goes to DIR/NAME.log. */
static pid_t spawn(const struct bench *bench, const char *name, char *const *words, int output)
{
    char program[PATH_BYTES_MAX], log[PATH_BYTES_MAX], file[64];
    char *args[ARGS_MAX + 2] = {program};

    (void)snprintf(file, sizeof(file), "%s.log", name);
    if (path_join(bench->bin, name, program, NULL) != ERR_OK ||
        path_join(bench->dir, file, log, NULL) != ERR_OK)
        return -1;
    for (int i = 0; i < ARGS_MAX && words[i] != NULL; i++)
        args[i + 1] = words[i];
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int errors = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    (void)dup2(errors, STDERR_FILENO);
    run_child(program, args, output);
    return -1;
}

static size_t read_all(int fd, char *out, size_t size)
{
    size_t len = 0;
    ssize_t more;
    while ((more = read(fd, out + len, size - 1 - len)) > 0)
        len += (size_t)more;
    out[len] = '\0';
    return len;
}

enum err bench_tool(const struct bench *bench, char *const *args, char *output_out,
                    struct usage *usage_out, struct err_info *info)
{
    char text[BENCH_OUTPUT_BYTES];
    int ends[2], status = 0;
    struct rusage used;

    if (pipe2(ends, O_CLOEXEC) != 0)
        return bench_fail(info, ERR_IO, "pipe");
    pid_t pid = spawn(bench, "cse", args, ends[1]);
    (void)close(ends[1]);
    (void)read_all(ends[0], text, sizeof(text));
    (void)close(ends[0]);
    if (pid < 0 || wait4(pid, &status, 0, &used) != pid || status != 0)
        return bench_fail(info, ERR_INTERNAL, args[0]);
    if (output_out != NULL)
        memcpy(output_out, text, sizeof(text));
    if (usage_out != NULL)
        *usage_out = (struct usage){
            .cpu_s = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6,
            .peak_bytes = (uint64_t)used.ru_maxrss * 1024,
        };
    return ERR_OK;
}

enum err bench_init(const struct bench *bench, const char *role, const char *name,
                    char data_out[PATH_BYTES_MAX], struct err_info *info)
{
    char init[] = "init", org[] = "--organisation", whose[] = "Bench", role_word[16];
    (void)snprintf(role_word, sizeof(role_word), "%s", role);
    enum err err = path_join(bench->dir, name, data_out, info);
    if (err != ERR_OK)
        return err;
    bool broker = strcmp(role, "broker") == 0;
    char *args[] = {init, role_word, data_out, broker ? org : NULL, whose, NULL};
    return bench_tool(bench, args, NULL, NULL, info);
}

static bool answers(const struct daemon *daemon)
{
    struct http_client client;
    struct http_answer answer;
    struct http_call call = {.method = "GET", .path = "/readyz"};
    if (http_client_for_dir(daemon->data, BENCH_CALL_MS, &client, NULL) != ERR_OK ||
        http_client_call(&client, &call, &answer, NULL) != ERR_OK)
        return false;
    bool ready = answer.status == 200;
    http_answer_deinit(&answer);
    return ready;
}

enum err bench_start(const struct bench *bench, const char *role, const char *data, uint16_t port,
                     struct daemon *daemon_out, struct err_info *info)
{
    char data_option[] = "--data", http[] = "--http", none[] = "", floor[] = "--disk_floor",
         bytes[] = "1MiB", listen[] = "--listen", name[32];
    bool broker = strcmp(role, "broker") == 0;

    *daemon_out = (struct daemon){.pid = -1};
    (void)snprintf(name, sizeof(name), "cse-%s", role);
    (void)snprintf(daemon_out->data, sizeof(daemon_out->data), "%s", data);
    (void)snprintf(daemon_out->listen, sizeof(daemon_out->listen), "tcp://127.0.0.1:%u", port);
    char *args[] = {data_option,
                    daemon_out->data,
                    http,
                    none,
                    floor,
                    bytes,
                    broker ? listen : NULL,
                    daemon_out->listen,
                    NULL};
    double begin_s = bench_now_s();
    daemon_out->pid = spawn(bench, name, args, -1);
    while (daemon_out->pid > 0 && bench_now_s() - begin_s < BENCH_READY_MS / 1000.0) {
        if (answers(daemon_out)) {
            daemon_out->start_s = bench_now_s() - begin_s;
            return ERR_OK;
        }
        if (waitpid(daemon_out->pid, NULL, WNOHANG) == daemon_out->pid)
            break;
        bench_pause(0.001);
    }
    return bench_fail(info, ERR_UNREACHABLE, name);
}

void bench_stop(struct daemon *daemon)
{
    if (daemon->pid <= 0)
        return;
    (void)kill(daemon->pid, SIGTERM);
    (void)waitpid(daemon->pid, NULL, 0);
    daemon->pid = -1;
}

static uint64_t line_number(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void read_proc(pid_t pid, const char *name, char *out, size_t size)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    out[0] = '\0';
    if (fd < 0)
        return;
    (void)read_all(fd, out, size);
    (void)close(fd);
}

/* What a process wrote. The kernel counts a page that becomes dirty as the whole folio it lies in,
 * up to 256 times what reaches the disk when pages are scattered, as LMDB's are; what was handed to
 * write() counts pipes too, and sockets that are written so. Neither counts too little, so the
 * lower is the nearer. */
static uint64_t written_bytes(const char *io)
{
    uint64_t handed = line_number(io, "wchar:");
    uint64_t dirtied = line_number(io, "\nwrite_bytes:");
    return handed < dirtied ? handed : dirtied;
}

void bench_usage(pid_t pid, struct usage *usage_out)
{
    char text[4096];
    *usage_out = (struct usage){0};
    read_proc(pid, "stat", text, sizeof(text));
    const char *at = strrchr(text, ')');
    unsigned long user = 0, system_time = 0;
    for (int field = 2; at != NULL && field < 14; field++)
        at = strchr(at + 1, ' ');
    if (at != NULL) {
        char *end;
        user = strtoul(at + 1, &end, 10);
        system_time = strtoul(end, NULL, 10);
    }
    usage_out->cpu_s = (double)(user + system_time) / (double)sysconf(_SC_CLK_TCK);
    read_proc(pid, "status", text, sizeof(text));
    usage_out->resident_bytes = line_number(text, "RssAnon:") * 1024; /* without the mapped store */
    usage_out->peak_bytes = line_number(text, "VmHWM:") * 1024;
    read_proc(pid, "io", text, sizeof(text));
    usage_out->written_bytes = written_bytes(text);
}

enum err bench_get(const struct daemon *daemon, const char *path, json_t **json_out,
                   struct err_info *info)
{
    struct http_client client;
    struct http_answer answer;
    struct http_call call = {.method = "GET", .path = path};
    enum err err = http_client_for_dir(daemon->data, BENCH_CALL_MS, &client, info);
    if (err == ERR_OK)
        err = http_client_call(&client, &call, &answer, info);
    if (err != ERR_OK)
        return err;
    err = http_answer_error(&answer, info);
    if (err == ERR_OK && json_out != NULL) {
        *json_out = json_loadb((const char *)answer.body, answer.body_len, 0, NULL);
        if (*json_out == NULL)
            err = bench_fail(info, ERR_CORRUPT, path);
    }
    http_answer_deinit(&answer);
    return err;
}

enum err bench_get_often(const struct daemon *daemon, const char *path, size_t times,
                         double *taken_s_out, struct err_info *info)
{
    enum { WARM_UP = 3 };
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < WARM_UP + times; i++) {
        double begin_s = bench_now_s();
        err = bench_get(daemon, path, NULL, info);
        if (i >= WARM_UP)
            taken_s_out[i - WARM_UP] = bench_now_s() - begin_s;
    }
    return err;
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
    (void)stat;
    (void)type;
    (void)ftw;
    return remove(path);
}

void bench_remove(const char *dir)
{
    enum { OPEN_MAX_AT_ONCE = 16 };
    (void)nftw(dir, remove_one, OPEN_MAX_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}
