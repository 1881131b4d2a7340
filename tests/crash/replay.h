#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Disk images out of a trace. The model is harsher than any file system in use:
 *
 * - bytes are certain after a sync of their file, or at once when written through O_DSYNC. Of what
 * was written since, each sector of 512 bytes holds any of the contents it has had, on its own:
 * dropped, reordered, torn. The file's length is the certain one or any it has had since.
 * - a name is certain after a sync of its directory. Of what happened since in a directory, each
 * event may have reached the disk or not; a rename never loses the file, it may leave the old name
 * too. */

struct trace; /* the whole trace in memory */

/* NULL: it cannot be read (said on standard error). */
struct trace *trace_load(const char *path);
void trace_free(struct trace *trace);
uint64_t trace_events(const struct trace *trace);
/* A moment to cut at: every other one right after somebody was told something. */
uint64_t trace_moment(const struct trace *trace, uint64_t random);

/* Make the image of a power cut after `events` events in `dir`, which is empty. `seed` draws what
 * the disk kept. */
bool trace_image(const struct trace *trace, uint64_t events, uint64_t seed, const char *dir);

/* The marks among the first `events` events, in order. */
void trace_marks(const struct trace *trace, uint64_t events,
                 void (*each)(void *context, const char *mark, size_t len), void *context);
