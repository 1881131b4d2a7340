#pragma once

/* Descriptors of this process: every connection, store and open file takes one. */

/* Raise the soft limit to the hard one, at most DESCRIPTORS_MAX (proto/base/limits.h); the limit
 * that holds now. */
int descriptors_raise(void);
int descriptors_max(void);
/* How many are open; reads a folder of the kernel's. -1: not known. */
int descriptors_open(void);
/* How far the lowest free one is from the limit; 0: none is free. Cheap. */
int descriptors_left(void);
