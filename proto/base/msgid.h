#pragma once

/* Marks an English text that people read, so that it is collected for translation. The text itself
 * is the key; whoever shows it looks the translation up (proto/text/text.h). */
#define N_(text) text
/* The two English forms of a text with a number in it, as two arguments. */
#define P_(one, many) one, many
