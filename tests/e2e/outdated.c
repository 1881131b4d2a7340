#include <stdio.h>

#include "lib/store/store.h"

/* outdated DATA_DIR: make a data directory, in which nothing runs, look as if a version that
 * derives otherwise had left it: its records, indexes and cells are to be made again before they
 * count. */
int main(int argc, char **argv)
{
    static const uint8_t version[] = {0x92, 0x00, 0x00}; /* no version is 0 */
    char path[4096];
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct err_info info = {0};

    if (argc != 2 || snprintf(path, sizeof(path), "%s/store", argv[1]) >= (int)sizeof(path))
        return 2;
    enum err err = store_open_lmdb(path, (size_t)1 << 30, &store, &info);
    if (err == ERR_OK)
        err = store_begin(store, STORE_WRITE, &txn, &info);
    if (err == ERR_OK) {
        err = store_put(txn, NS_META, bytes_of_text("derived"), bytes_of(version, sizeof(version)));
        if (err != ERR_OK)
            store_abort(txn);
        else if (store_commit(txn, &info) != STORE_DURABLE)
            err = ERR_IO;
    }
    store_close(store);
    if (err != ERR_OK)
        (void)fprintf(stderr, "outdated: %s\n", info.text);
    return (int)err;
}
