#pragma once

#include <lmdb.h>

#include "lib/store/engine.h"

/* Shared by the two halves of the LMDB engine: transactions (store_lmdb.c) and files
 * (lmdb_files.c). */

struct lmdb_store {
    struct store base;
    MDB_env *env;
    MDB_dbi dbis[NS_COUNT];
    size_t map_bytes;
    int lock_fd; /* holds the exclusive lock on the directory; -1: none */
};

extern const struct store_engine lmdb_engine;

/* LMDB's answer as one of our codes. */
enum err lmdb_code(int rc);

/* Kind of file system that cannot hold a store ("NFS"), or NULL; `type` is statfs.f_type. */
const char *lmdb_refused_file_system(uint64_t type);

/* Handles of all namespaces; `flags` 0 makes missing ones, MDB_RDONLY refuses them. Returns what
 * LMDB says. */
int lmdb_open_namespaces(struct lmdb_store *self, unsigned flags);

uint64_t lmdb_place(struct store *store);
void lmdb_close(struct store *store);
enum err lmdb_backup(struct store *store, const char *path, struct err_info *info);
enum err lmdb_readers(struct store *store, struct store_readers *readers_out);
enum err lmdb_usage(struct store *store, struct store_usage *usage_out);
