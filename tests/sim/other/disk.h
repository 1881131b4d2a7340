#pragma once

#include "lib/store/blobs.h"
#include "lib/store/store.h"

#include "other.h"

/* The simulator's disk as this revision's struct store and struct blobs. Both borrow `world`. NULL
 * when there is no memory. */
struct store *disk_open(const struct other_world *world);
struct blobs *files_open(const struct other_world *world);

struct other_bytes out_of(struct bytes bytes);
struct bytes into(struct other_bytes bytes);
