#include <stdlib.h>
#include <string.h>

#include "tests/crash/replay_disk.h"

/* What a file holds after the cut. */

struct node *node_of(struct disk *disk, uint64_t inode)
{
    for (uint32_t i = disk->node_count; i > 0; i--)
        if (disk->nodes[i - 1].inode == inode)
            return &disk->nodes[i - 1];
    if (disk->node_count == NODES_MAX)
        abort();
    disk->nodes[disk->node_count] = (struct node){.inode = inode};
    return &disk->nodes[disk->node_count++];
}

static void grow(struct node *node, size_t size)
{
    if (size > node->room) {
        size_t room = size * 2;
        node->data = realloc(node->data, room);
        if (node->data == NULL)
            abort();
        memset(node->data + node->room, 0, room - node->room);
        node->room = room;
    }
}

static void resize(struct node *node, size_t size)
{
    grow(node, size);
    if (size < node->size)
        memset(node->data + size, 0, node->size - size);
    node->size = size;
}

static void apply_write(struct node *node, const struct event *event)
{
    size_t end = (size_t)(event->head.offset + event->head.len);
    grow(node, end);
    memcpy(node->data + event->head.offset, event->data, event->head.len);
    if (end > node->size)
        node->size = end;
}

static void apply_whole(struct node *node, const struct event *event)
{
    if (event->head.type == TRACE_TRUNCATE)
        resize(node, (size_t)event->head.offset);
    else
        apply_write(node, event);
}

void node_later(struct node *node, uint32_t event)
{
    if (node->pending_count == node->pending_room) {
        node->pending_room = node->pending_room == 0 ? 16 : 2 * node->pending_room;
        node->pending = realloc(node->pending, node->pending_room * sizeof(*node->pending));
    }
    node->pending[node->pending_count++] = event;
}

void node_sync(struct disk *disk, struct node *node)
{
    for (uint32_t i = 0; i < node->pending_count; i++)
        apply_whole(node, &disk->trace->events[node->pending[i]]);
    node->pending_count = 0;
}

/* A write of which each sector went its own way. A sector takes the contents it had after this
 * write only if it is drawn; a later write may still come over it. */
static void apply_torn(struct disk *disk, struct node *node, const struct event *event)
{
    uint64_t at = event->head.offset, end = at + event->head.len;
    while (at < end) {
        uint64_t next = (at / SECTOR + 1) * SECTOR;
        if (next > end)
            next = end;
        if (disk_draw(disk, 2) == 0) {
            grow(node, (size_t)next);
            memcpy(node->data + at, event->data + (at - event->head.offset), (size_t)(next - at));
            if (next > node->size)
                node->size = (size_t)next;
        }
        at = next;
    }
}

void node_settle(struct disk *disk, struct node *node)
{
    size_t certain = node->size, longest = certain;
    for (uint32_t i = 0; i < node->pending_count; i++) {
        const struct event *event = &disk->trace->events[node->pending[i]];
        bool whole = disk->mode == 1 || (disk->mode == 2 && disk_draw(disk, 2) == 0);
        if (whole || event->head.durable != 0 ||
            (disk->mode == 3 && event->head.type == TRACE_TRUNCATE && disk_draw(disk, 2) == 0))
            apply_whole(node, event);
        else if (disk->mode == 3 && event->head.type == TRACE_WRITE)
            apply_torn(disk, node, event);
        if (node->size > longest)
            longest = node->size;
    }
    /* the length may not have reached the disk though bytes behind it have */
    if (disk->mode >= 2 && longest > certain && disk_draw(disk, 4) == 0)
        resize(node, certain);
}
