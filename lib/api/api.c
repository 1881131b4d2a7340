#include "lib/api/jobs.h"

#include <stdlib.h>

enum { HOUR_MS = 3600 * 1000 };

enum err api_open(const struct api_config *config, struct api **api_out, struct err_info *info)
{
    struct api *api = calloc(1, sizeof *api);
    if (api == NULL)
        return err_set(info, ERR_NO_MEMORY, "out of memory");
    api->config = *config;
    api->store = ledger_store(config->ledger);
    api->jobs_waiting = true;
    api->merged = true;
    if (api->config.fresh_current_ms == 0)
        api->config.fresh_current_ms = 24 * (int64_t)HOUR_MS;
    if (api->config.fresh_late_ms == 0)
        api->config.fresh_late_ms = 7 * 24 * (int64_t)HOUR_MS;
    api->row_buffer = malloc(API_ROW_BUFFER_BYTES);
    enum err err = api->row_buffer == NULL ? err_set(info, ERR_NO_MEMORY, "out of memory") : ERR_OK;
    if (err == ERR_OK)
        err = path_join(config->data_dir, "imports", api->imports_dir, info);
    if (err == ERR_OK)
        err = jobs_open(api, info);
    if (err != ERR_OK) {
        api_close(api);
        return err_wrap(info, err, "open the HTTP interface");
    }
    api->config.data_dir = NULL; /* the caller's */
    *api_out = api;
    return ERR_OK;
}

void api_close(struct api *api)
{
    if (api == NULL)
        return;
    free(api->row_buffer);
    free(api);
}

void *api_daemon_context(struct api *api)
{
    return api->config.daemon.context;
}
