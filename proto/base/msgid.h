#pragma once

/* Marks an English text that people read, so that it can be collected for translation. The text
 * itself is the key; whoever shows it looks the translation up. */
#define N_(text) text
