#pragma once

#include "lib/store/store.h"

/* A sorted map whose old versions stay readable: holding a root is a snapshot, at no cost. */

struct mem_item {
    uint32_t refs;
    uint32_t key_len, value_len;
    uint8_t data[]; /* key, value */
};

struct mem_node {
    struct mem_node *left, *right;
    struct mem_item *item;
    uint64_t owner; /* the transaction that made this node and may change it in place */
    uint64_t priority;
    uint32_t refs;
};

static inline struct bytes mem_item_key(const struct mem_item *item)
{
    return bytes_of(item->data, item->key_len);
}

static inline struct bytes mem_item_value(const struct mem_item *item)
{
    return bytes_of(item->data + item->key_len, item->value_len);
}

/* One reference more or less; NULL is fine. */
struct mem_node *mem_tree_hold(struct mem_node *root);
void mem_tree_drop(struct mem_node *root);

/* The item with `key`, or NULL. */
const struct mem_item *mem_tree_find(const struct mem_node *root, struct bytes key);
/* The nearest item in `direction`; `inclusive` admits `key` itself. NULL when there is none. */
const struct mem_item *mem_tree_seek(const struct mem_node *root, struct bytes key,
                                     enum store_direction direction, bool inclusive);

/* Change the tree for transaction `owner`. The key must be absent for insert, present for the
 * others. Errors: ERR_NO_MEMORY; the tree may then only be dropped. */
NODISCARD enum err mem_tree_insert(struct mem_node **root, uint64_t owner, struct bytes key,
                                   struct bytes value);
NODISCARD enum err mem_tree_replace(struct mem_node **root, uint64_t owner, struct bytes key,
                                    struct bytes value);
NODISCARD enum err mem_tree_remove(struct mem_node **root, uint64_t owner, struct bytes key);
