#pragma once

#include <stdbool.h>

/* Descriptors of this process: every connection, store and open file takes one. */

/* Raise the soft limit to the hard one, at most DESCRIPTORS_MAX (proto/base/limits.h); the limit
 * that holds now. */
int descriptors_raise(void);
int descriptors_max(void);
/* How many are open; reads a folder of the kernel's. -1: not known. */
int descriptors_open(void);
/* How far the lowest free one is from the limit; 0: none is free. Cheap. */
int descriptors_left(void);

/* Some held back: given up when there are no others, so that whoever asks can still be told. */
enum { DESCRIPTORS_RESERVE = 8 };
struct descriptors_reserve {
    int fds[DESCRIPTORS_RESERVE];
    int count;
    bool lent;
};

/* Hold them; before others are opened, so that their numbers are low and a limit that is lowered
 * later leaves them of use. */
void descriptors_hold(struct descriptors_reserve *reserve);
/* Give them up when none is left, take them back when twice as many are free. True: that changed.
 */
bool descriptors_tend(struct descriptors_reserve *reserve);
void descriptors_free(struct descriptors_reserve *reserve);
