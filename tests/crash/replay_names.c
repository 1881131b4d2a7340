#include <stdlib.h>
#include <string.h>

#include "tests/crash/replay_disk.h"

/* Which names there are after the cut. */

static bool same_name(const struct name *a, const struct name *b)
{
    return a->dir == b->dir && strcmp(a->text, b->text) == 0;
}

static struct change *change_new(struct disk *disk, const struct name *name)
{
    if (disk->change_count == NAMES_MAX)
        abort();
    struct change *change = &disk->changes[disk->change_count++];
    *change = (struct change){.name = *name};
    return change;
}

/* What a name stands for after all changes so far; NULL: nothing. */
static const struct change *name_now(const struct disk *disk, const struct name *name)
{
    for (uint32_t i = disk->change_count; i > 0; i--) {
        const struct change *change = &disk->changes[i - 1];
        if (same_name(&change->name, name))
            return change->gone ? NULL : change;
        if (change->from.text[0] != '\0' && same_name(&change->from, name))
            return NULL; /* renamed away */
    }
    return NULL;
}

/* The last name of a path, in its directory. False: that is not there. */
static bool resolve(const struct disk *disk, const char *path, size_t len, struct name *name_out)
{
    *name_out = (struct name){.dir = ROOT};
    const char *end = path + len;
    for (;;) {
        size_t step = 0;
        while (path + step < end && path[step] != '/')
            step++;
        if (step >= NAME_BYTES)
            abort();
        memcpy(name_out->text, path, step);
        name_out->text[step] = '\0';
        if (path + step == end)
            return true;
        const struct change *dir = name_now(disk, name_out);
        if (dir == NULL || !dir->is_dir)
            return false;
        name_out->dir = dir->inode;
        path += step + 1;
    }
}

void take_name(struct disk *disk, const struct event *event)
{
    struct name name;
    if (!resolve(disk, event->path, event->head.path_len, &name))
        return;
    struct change *change = change_new(disk, &name);
    change->inode = event->head.inode;
    change->is_dir = event->head.type == TRACE_MKDIR;
    change->gone = event->head.type == TRACE_REMOVE;
    if (event->head.type == TRACE_CREATE)
        (void)node_of(disk, event->head.inode); /* a sync of it, still empty, is a file's */
}

void take_move(struct disk *disk, const struct event *event)
{
    struct name from, to;
    if (!resolve(disk, event->path, event->head.path_len, &from) ||
        !resolve(disk, event->data, event->head.len, &to))
        return;
    const struct change *was = name_now(disk, &from);
    if (was == NULL)
        return;
    uint64_t inode = was->inode;
    bool is_dir = was->is_dir;
    struct change *change = change_new(disk, &to);
    change->inode = inode;
    change->is_dir = is_dir;
    if (event->head.type == TRACE_RENAME)
        change->from = from;
}

void take_sync(struct disk *disk, uint64_t inode)
{
    for (uint32_t i = 0; i < disk->node_count; i++)
        if (disk->nodes[i].inode == inode) {
            node_sync(disk, &disk->nodes[i]);
            return;
        }
    bool known = false;
    for (uint32_t i = 0; i < disk->change_count && !known; i++)
        known = disk->changes[i].is_dir && disk->changes[i].inode == inode;
    uint64_t dir = known ? inode : ROOT;
    for (uint32_t i = 0; i < disk->change_count; i++) {
        struct change *change = &disk->changes[i];
        change->certain = change->certain || change->name.dir == dir;
        change->from_certain = change->from_certain || change->from.dir == dir;
    }
}

static void forget(struct change *names, uint32_t count, const struct name *name)
{
    for (uint32_t i = 0; i < count; i++)
        if (!names[i].gone && same_name(&names[i].name, name))
            names[i].gone = true;
}

/* Names as the disk has them: those that are certain, and of the others those that are drawn. */
uint32_t names_settle(struct disk *disk, struct change *names)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < disk->change_count; i++) {
        const struct change *change = &disk->changes[i];
        bool kept = disk->mode == 1 || (disk->mode >= 2 && disk_draw(disk, 2) == 0);
        if (!change->certain && !kept)
            continue;
        bool leaves = change->from_certain || disk->mode != 2 || disk_draw(disk, 2) == 0;
        if (change->from.text[0] != '\0' && leaves)
            forget(names, count, &change->from);
        forget(names, count, &change->name);
        if (!change->gone)
            names[count++] = *change;
    }
    return count;
}
