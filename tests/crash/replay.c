#include "tests/crash/replay_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t disk_draw(struct disk *disk, uint64_t below)
{
    disk->random ^= disk->random << 13;
    disk->random ^= disk->random >> 7;
    disk->random ^= disk->random << 17;
    return disk->random % below;
}

/* A file system gives the number of a file that is gone to the next one, or to a directory: each
 * that is made gets a number of its own. */
static void number_afresh(struct trace *trace)
{
    uint64_t next = UINT64_C(1) << 63;
    for (uint32_t made = 0; made < trace->count; made++) {
        struct trace_head *head = &trace->events[made].head;
        if (head->type != TRACE_CREATE && head->type != TRACE_MKDIR)
            continue;
        uint64_t old = head->inode;
        for (uint32_t i = made; i < trace->count; i++)
            if (trace->events[i].head.inode == old)
                trace->events[i].head.inode = next;
        next++;
    }
}

struct trace *trace_load(const char *path)
{
    struct trace *trace = calloc(1, sizeof(*trace));
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (trace == NULL || fd < 0 || fstat(fd, &status) != 0 || status.st_size == 0) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
        free(trace);
        return NULL;
    }
    trace->size = (size_t)status.st_size;
    trace->bytes = mmap(NULL, trace->size, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)close(fd);
    size_t at = 0, room = 0;
    while (at + sizeof(struct trace_head) <= trace->size) {
        if (trace->count == room) {
            room = room == 0 ? 1024 : 2 * room;
            trace->events = realloc(trace->events, room * sizeof(*trace->events));
        }
        struct event *event = &trace->events[trace->count++];
        memcpy(&event->head, trace->bytes + at, sizeof(event->head));
        at += sizeof(event->head);
        event->path = (const char *)trace->bytes + at;
        event->data = event->path + event->head.path_len;
        bool with_data = event->head.type == TRACE_WRITE || event->head.type >= TRACE_RENAME;
        at += event->head.path_len +
              (with_data && event->head.type != TRACE_REMOVE ? event->head.len : 0);
    }
    number_afresh(trace);
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL)
        return;
    (void)munmap(trace->bytes, trace->size);
    free(trace->events);
    free(trace);
}

uint64_t trace_events(const struct trace *trace)
{
    return trace->count;
}

uint64_t trace_moment(const struct trace *trace, uint64_t random)
{
    uint64_t at = random / 2 % (trace->count + 1);
    if (random % 2 == 0)
        return at;
    for (uint64_t i = at; i < trace->count; i++)
        if (trace->events[i].head.type == TRACE_MARK)
            return i + 1;
    return trace->count;
}

void trace_marks(const struct trace *trace, uint64_t events,
                 void (*each)(void *context, const char *mark, size_t len), void *context)
{
    for (uint64_t i = 0; i < events; i++)
        if (trace->events[i].head.type == TRACE_MARK)
            each(context, trace->events[i].data, trace->events[i].head.len);
}

static void take(struct disk *disk, uint32_t number)
{
    const struct event *event = &disk->trace->events[number];
    switch (event->head.type) {
    case TRACE_CREATE:
    case TRACE_MKDIR:
    case TRACE_REMOVE:
        take_name(disk, event);
        break;
    case TRACE_WRITE:
    case TRACE_TRUNCATE:
        node_later(node_of(disk, event->head.inode), number);
        break;
    case TRACE_SYNC:
        take_sync(disk, event->head.inode);
        break;
    case TRACE_RENAME:
    case TRACE_LINK:
        take_move(disk, event);
        break;
    default:
        break;
    }
}

/* ---- the image ---- */

static bool write_node(struct disk *disk, const char *path, uint64_t inode)
{
    const struct node *node = NULL;
    for (uint32_t i = 0; i < disk->node_count && node == NULL; i++)
        if (disk->nodes[i].inode == inode)
            node = &disk->nodes[i];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool good =
        node == NULL || node->size == 0 || write(fd, node->data, node->size) == (ssize_t)node->size;
    (void)close(fd);
    return good;
}

/* Everything in one directory, and below it. What lies in a directory that has no name is lost. */
static bool write_dir(struct disk *disk, const struct change *names, uint32_t count, uint64_t dir,
                      const char *path)
{
    char below[PATH_BYTES];
    bool good = true;
    for (uint32_t i = 0; i < count && good; i++) {
        if (names[i].gone || names[i].name.dir != dir)
            continue;
        (void)snprintf(below, sizeof(below), "%s/%s", path, names[i].name.text);
        if (names[i].is_dir)
            good = mkdir(below, 0700) == 0 && write_dir(disk, names, count, names[i].inode, below);
        else
            good = write_node(disk, below, names[i].inode);
    }
    return good;
}

static void disk_free(struct disk *disk)
{
    for (uint32_t i = 0; i < disk->node_count; i++) {
        free(disk->nodes[i].data);
        free(disk->nodes[i].pending);
    }
    free(disk->changes);
    free(disk);
}

bool trace_image(const struct trace *trace, uint64_t events, uint64_t seed, const char *dir)
{
    struct disk *disk = calloc(1, sizeof(*disk));
    struct change *names = malloc(NAMES_MAX * sizeof(*names));
    if (disk == NULL || names == NULL)
        abort();
    disk->trace = trace;
    disk->random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    disk->mode = (int)(seed % DRAWS);
    disk->changes = malloc(NAMES_MAX * sizeof(*disk->changes));
    if (disk->changes == NULL)
        abort();
    for (uint64_t i = 0; i < events; i++)
        take(disk, (uint32_t)i);
    for (uint32_t i = 0; i < disk->node_count; i++)
        node_settle(disk, &disk->nodes[i]);
    uint32_t count = names_settle(disk, names);
    bool good = write_dir(disk, names, count, ROOT, dir);
    free(names);
    disk_free(disk);
    return good;
}
