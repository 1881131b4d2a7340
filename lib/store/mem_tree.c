#include "lib/store/mem_tree.h"

#include <assert.h>
#include <stdlib.h>

/* A treap: a search tree by key and a heap by a priority hashed from the key, so it is balanced
 * whatever the order of insertion and the same in every run. A change copies the nodes on its way
 * down unless the same transaction made them already; everything else is shared with older roots
 * through counts. */

static int compare(struct bytes key, const struct mem_item *item)
{
    size_t len = key.len < item->key_len ? key.len : item->key_len;
    int order = len == 0 ? 0 : memcmp(key.data, item->data, len);
    if (order != 0)
        return order;
    return (key.len > item->key_len) - (key.len < item->key_len);
}

static uint64_t priority_of(struct bytes key)
{
    uint64_t hash = 0xcbf29ce484222325U; /* FNV-1a, then a mix: neighbours must not look alike */
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.data[i]) * 0x100000001b3U;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
    return hash ^ (hash >> 31);
}

static struct mem_item *item_new(struct bytes key, struct bytes value)
{
    struct mem_item *item = malloc(sizeof(*item) + key.len + value.len);
    if (item == NULL)
        return NULL;
    item->refs = 1;
    item->key_len = (uint32_t)key.len;
    item->value_len = (uint32_t)value.len;
    memcpy(item->data, key.data, key.len);
    if (value.len > 0)
        memcpy(item->data + key.len, value.data, value.len);
    return item;
}

static void item_drop(struct mem_item *item)
{
    assert(item->refs > 0);
    if (--item->refs == 0)
        free(item);
}

struct mem_node *mem_tree_hold(struct mem_node *root)
{
    if (root != NULL)
        root->refs++;
    return root;
}

void mem_tree_drop(struct mem_node *root)
{
    while (root != NULL) { /* recursion only to the left: as deep as the tree is high */
        assert(root->refs > 0);
        if (--root->refs > 0)
            return;
        struct mem_node *right = root->right;
        mem_tree_drop(root->left);
        item_drop(root->item);
        free(root);
        root = right;
    }
}

const struct mem_item *mem_tree_find(const struct mem_node *root, struct bytes key)
{
    while (root != NULL) {
        int order = compare(key, root->item);
        if (order == 0)
            return root->item;
        root = order < 0 ? root->left : root->right;
    }
    return NULL;
}

const struct mem_item *mem_tree_seek(const struct mem_node *root, struct bytes key,
                                     enum store_direction direction, bool inclusive)
{
    const struct mem_item *best = NULL;
    bool forward = direction == STORE_FORWARD;
    while (root != NULL) {
        int order = compare(key, root->item);
        bool beyond = forward ? order < 0 : order > 0;
        bool fits = beyond || (inclusive && order == 0);
        if (fits)
            best = root->item;
        root = fits == forward ? root->left : root->right;
    }
    return best;
}

/* Make *slot a node that this transaction may change; NULL (and *slot as it was) without memory. */
static struct mem_node *own(struct mem_node **slot, uint64_t owner)
{
    struct mem_node *node = *slot;
    if (node->owner == owner)
        return node;
    struct mem_node *copy = malloc(sizeof(*copy));
    if (copy == NULL)
        return NULL;
    *copy = *node;
    copy->refs = 1;
    copy->owner = owner;
    copy->item->refs++;
    (void)mem_tree_hold(copy->left);
    (void)mem_tree_hold(copy->right);
    *slot = copy;
    mem_tree_drop(node);
    return copy;
}

/* Hang the tree `rest` below `top`, smaller keys to the left, greater ones to the right. */
static enum err split_below(struct mem_node *top, uint64_t owner, struct mem_node *rest)
{
    struct mem_node **left = &top->left;
    struct mem_node **right = &top->right;
    while (rest != NULL) {
        struct mem_node *node = own(&rest, owner);
        if (node == NULL) {
            *left = rest; /* out of order, yet still reachable, so that dropping frees it */
            *right = NULL;
            return ERR_NO_MEMORY;
        }
        if (compare(mem_item_key(top->item), node->item) < 0) {
            *right = node;
            right = &node->left;
        } else {
            *left = node;
            left = &node->right;
        }
        rest = compare(mem_item_key(top->item), node->item) < 0 ? node->left : node->right;
    }
    *left = NULL;
    *right = NULL;
    return ERR_OK;
}

enum err mem_tree_insert(struct mem_node **root, uint64_t owner, struct bytes key,
                         struct bytes value)
{
    struct mem_node *fresh = malloc(sizeof(*fresh));
    struct mem_item *item = fresh == NULL ? NULL : item_new(key, value);
    if (item == NULL) {
        free(fresh);
        return ERR_NO_MEMORY;
    }
    *fresh =
        (struct mem_node){.item = item, .owner = owner, .priority = priority_of(key), .refs = 1};

    struct mem_node **slot = root;
    while (*slot != NULL && (*slot)->priority > fresh->priority) {
        struct mem_node *node = own(slot, owner);
        if (node == NULL) {
            mem_tree_drop(fresh);
            return ERR_NO_MEMORY;
        }
        slot = compare(key, node->item) < 0 ? &node->left : &node->right;
    }
    struct mem_node *rest = *slot;
    *slot = fresh;
    return split_below(fresh, owner, rest);
}

/* Own the way down to `key`, which is there; the slot that holds it, or NULL without memory. */
static struct mem_node **own_path(struct mem_node **root, uint64_t owner, struct bytes key)
{
    struct mem_node **slot = root;
    for (;;) {
        assert(*slot != NULL);
        struct mem_node *node = own(slot, owner);
        if (node == NULL)
            return NULL;
        int order = compare(key, node->item);
        if (order == 0)
            return slot;
        slot = order < 0 ? &node->left : &node->right;
    }
}

enum err mem_tree_replace(struct mem_node **root, uint64_t owner, struct bytes key,
                          struct bytes value)
{
    struct mem_item *item = item_new(key, value);
    if (item == NULL)
        return ERR_NO_MEMORY;
    struct mem_node **slot = own_path(root, owner, key);
    if (slot == NULL) {
        item_drop(item);
        return ERR_NO_MEMORY;
    }
    item_drop((*slot)->item);
    (*slot)->item = item;
    return ERR_OK;
}

enum err mem_tree_remove(struct mem_node **root, uint64_t owner, struct bytes key)
{
    struct mem_node **slot = own_path(root, owner, key);
    if (slot == NULL)
        return ERR_NO_MEMORY;
    struct mem_node *gone = *slot;
    struct mem_node *left = gone->left;
    struct mem_node *right = gone->right;
    gone->left = NULL;
    gone->right = NULL;
    mem_tree_drop(gone);

    while (left != NULL && right != NULL) {
        bool left_up = left->priority > right->priority;
        struct mem_node *top = own(left_up ? &left : &right, owner);
        if (top == NULL) {
            *slot = left;
            mem_tree_drop(right);
            return ERR_NO_MEMORY;
        }
        *slot = top;
        slot = left_up ? &top->right : &top->left;
        if (left_up)
            left = top->right;
        else
            right = top->left;
    }
    *slot = left != NULL ? left : right;
    return ERR_OK;
}
