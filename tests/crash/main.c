/* crash_images mark TRACE TEXT
 *     note in a trace what somebody has just been told: "made", "record ID", "file HASH"
 * crash_images check TRACE --images N [--seed S] [--work DIR] [--cse PROGRAM] [--lossy]
 *     make N images of power cuts and open each as a restart does. Everything that was acknowledged
 * before the cut must be there, and chains, seals, derived rows and files must verify. --lossy: the
 * recording is of a program that was spoilt on purpose; at least one image must show it. */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/sys/random.h"
#include "tests/crash/check.h"
#include "tests/crash/replay.h"
#include "tests/crash/trace.h"

enum { PATH_BYTES = 1024, VERIFY_EVERY = 20, FDS = 16 };

struct options {
    const char *trace, *work, *cse;
    uint64_t images, seed;
    bool lossy;
};

static int mark(const char *path, const char *text)
{
    struct trace_head head = {.type = TRACE_MARK, .len = (uint32_t)strlen(text)};
    struct iovec parts[2] = {{&head, sizeof(head)}, {(void *)(uintptr_t)text, head.len}};
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    bool good = fd >= 0 && writev(fd, parts, 2) == (ssize_t)(sizeof(head) + head.len);
    if (!good)
        perror(path);
    return good && close(fd) == 0 ? 0 : 1;
}

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *ftw)
{
    (void)about;
    (void)type;
    (void)ftw;
    return remove(path);
}

/* The real command on the image as the restart left it. */
static bool verified(const struct options *options, const char *dir, char *why, size_t size)
{
    char command[3 * PATH_BYTES];
    (void)snprintf(command, sizeof(command), "'%s' verify --data '%s/data' >/dev/null 2>&1",
                   options->cse, dir);
    if (system(command) == 0)
        return true;
    (void)snprintf(why, size, "cse verify finds fault with it");
    return false;
}

static void note_mark(void *context, const char *text, size_t len)
{
    check_note(context, text, len);
}

/* False: the image is not what was promised; says why. */
static bool look_at(const struct options *options, const struct trace *trace, uint64_t cut,
                    uint64_t number, const char *dir)
{
    char why[512] = "";
    struct check *check = check_new();
    if (check == NULL || !trace_image(trace, cut, options->seed + number, dir)) {
        perror(dir);
        return false;
    }
    trace_marks(trace, cut, note_mark, check);
    bool good = check_image(check, dir, why, sizeof(why));
    if (good && options->cse != NULL && check_opened(check) && number % VERIFY_EVERY == 0)
        good = verified(options, dir, why, sizeof(why));
    if (!good && !options->lossy)
        (void)printf("image %llu, cut after %llu of %llu events: %s\n",
                     (unsigned long long)(options->seed + number), (unsigned long long)cut,
                     (unsigned long long)trace_events(trace), why);
    check_free(check);
    return good;
}

/* In a process of its own: on what no synced store can hold, LMDB may well end it. */
static bool try_image(const struct options *options, const struct trace *trace, uint64_t number)
{
    char dir[PATH_BYTES];
    uint64_t mixed = (options->seed + number + 1) * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t cut = trace_moment(trace, (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9));
    int status = 1;
    (void)snprintf(dir, sizeof(dir), "%s/image-XXXXXX", options->work);
    if (mkdtemp(dir) == NULL) {
        perror(dir);
        exit(2);
    }
    (void)fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        bool good = look_at(options, trace, cut, number, dir);
        (void)fflush(stdout);
        _exit(good ? 0 : 1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        exit(2);
    if (!WIFEXITED(status) && !options->lossy)
        (void)printf("image %llu, cut after %llu: ended by a signal\n",
                     (unsigned long long)(options->seed + number), (unsigned long long)cut);
    (void)nftw(dir, remove_one, FDS, FTW_DEPTH | FTW_PHYS);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int run(const struct options *options)
{
    uint64_t bad = 0;
    struct trace *trace = trace_load(options->trace);
    if (trace == NULL)
        return 2;
    for (uint64_t i = 0; i < options->images; i++)
        bad += !try_image(options, trace, i);
    (void)printf("%llu images of %llu events: %llu do not hold what was promised\n",
                 (unsigned long long)options->images, (unsigned long long)trace_events(trace),
                 (unsigned long long)bad);
    trace_free(trace);
    return (bad > 0) == options->lossy ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options options = {.work = "/tmp"};
    struct err_info info;
    if (argc == 4 && strcmp(argv[1], "mark") == 0)
        return mark(argv[2], argv[3]);
    for (int i = 3; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--lossy") == 0) {
            options.lossy = true;
            continue;
        }
        if (strcmp(argv[i], "--images") == 0)
            options.images = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--work") == 0)
            options.work = value;
        else if (strcmp(argv[i], "--cse") == 0)
            options.cse = value;
        i++;
    }
    if (argc < 3 || strcmp(argv[1], "check") != 0 || options.images == 0 ||
        sys_init(&info) != ERR_OK) {
        (void)fprintf(stderr, "usage: crash_images mark TRACE TEXT | check TRACE --images N …\n");
        return 2;
    }
    options.trace = argv[2];
    return run(&options);
}
