#include "proto/base/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A stack of blocks, the newest first; a piece is cut from the newest one that is filled from its
 * start. */
struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

enum { ALIGN = sizeof(max_align_t), BLOCK_BYTES_MIN = 4096, BLOCK_BYTES_GROW_MAX = 1024 * 1024 };

void arena_init(struct arena *arena, size_t bytes_max)
{
    assert(bytes_max <= SIZE_MAX / 4);
    *arena = (struct arena){.bytes_max = (bytes_max + ALIGN - 1) / ALIGN * ALIGN};
}

static struct arena_block *block_add(struct arena *arena, size_t bytes)
{
    size_t size = arena->blocks != NULL ? 2 * arena->blocks->size : BLOCK_BYTES_MIN;
    if (size > BLOCK_BYTES_GROW_MAX)
        size = BLOCK_BYTES_GROW_MAX;
    if (size < bytes)
        size = bytes;
    struct arena_block *block = malloc(sizeof(*block) + size);
    if (block == NULL)
        return NULL;
    *block = (struct arena_block){.next = arena->blocks, .size = size};
    arena->blocks = block;
    return block;
}

void *arena_take(struct arena *arena, size_t bytes)
{
    if (bytes > arena->bytes_max - arena->used_bytes)
        return NULL;
    size_t room = bytes == 0 ? ALIGN : (bytes + ALIGN - 1) / ALIGN * ALIGN;
    if (room > arena->bytes_max - arena->used_bytes)
        return NULL;
    struct arena_block *block = arena->blocks;
    if (block == NULL || room > block->size - block->used)
        block = block_add(arena, room);
    if (block == NULL)
        return NULL;
    uint8_t *piece = (uint8_t *)block->data + block->used;
    block->used += room;
    arena->used_bytes += room;
    memset(piece, 0, bytes);
    return piece;
}

void *arena_copy(struct arena *arena, const void *data, size_t len)
{
    void *copy = arena_take(arena, len);
    if (copy != NULL && len > 0)
        memcpy(copy, data, len);
    return copy;
}

static void blocks_free_but(struct arena *arena, const struct arena_block *kept)
{
    struct arena_block *next = NULL;
    for (struct arena_block *block = arena->blocks; block != NULL; block = next) {
        next = block->next;
        if (block != kept)
            free(block);
    }
}

void arena_reset(struct arena *arena)
{
    struct arena_block *largest = arena->blocks;
    for (struct arena_block *block = arena->blocks; block != NULL; block = block->next) {
        if (block->size > largest->size)
            largest = block;
    }
    blocks_free_but(arena, largest);
    if (largest != NULL)
        *largest = (struct arena_block){.size = largest->size};
    arena->blocks = largest;
    arena->used_bytes = 0;
}

void arena_deinit(struct arena *arena)
{
    blocks_free_but(arena, NULL);
    arena->blocks = NULL;
    arena->used_bytes = 0;
}
