#pragma once

#include "tests/crash/replay.h"
#include "tests/crash/trace.h"

/* A disk that is being made: shared by the replayer's parts. */

enum { PATH_BYTES = 1024, NODES_MAX = 4096, NAMES_MAX = 8192, SECTOR = 512, DRAWS = 4 };

struct event {
    struct trace_head head;
    const char *path, *data;
};

struct trace {
    uint8_t *bytes;
    size_t size;
    struct event *events;
    uint64_t count;
};

/* A file's bytes: what is certain, and what was written since. */
struct node {
    uint64_t inode;
    uint8_t *data;
    size_t size, room;
    uint32_t *pending; /* numbers of events */
    uint32_t pending_count, pending_room;
};

enum { NAME_BYTES = 256, ROOT = 0 };

/* A name in a directory, which is known by its inode whatever it is called; the watched one is 0.
 */
struct name {
    uint64_t dir;
    char text[NAME_BYTES];
};

/* One change of names. */
struct change {
    struct name name, from; /* from: of a rename, else without text */
    uint64_t inode;
    bool is_dir, gone;          /* gone: the name goes */
    bool certain, from_certain; /* the directory was synced since */
};

struct disk {
    const struct trace *trace;
    uint64_t random;
    struct node nodes[NODES_MAX];
    uint32_t node_count;
    struct change *changes;
    uint32_t change_count;
    int mode; /* how this image draws: 0 nothing kept, 1 all kept, 2 whole writes, 3 single sectors
               */
};

uint64_t disk_draw(struct disk *disk, uint64_t below);

/* replay_bytes.c */
struct node *node_of(struct disk *disk, uint64_t inode);
void node_later(struct node *node, uint32_t event);
void node_sync(struct disk *disk, struct node *node);
void node_settle(struct disk *disk, struct node *node);

/* replay_names.c */
void take_name(struct disk *disk, const struct event *event);
void take_move(struct disk *disk, const struct event *event);
void take_sync(struct disk *disk, uint64_t inode);
/* Into `names`, which holds NAMES_MAX; returns how many, those that are gone included. */
uint32_t names_settle(struct disk *disk, struct change *names);
