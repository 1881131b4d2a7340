#pragma once

#include <stdint.h>

/* The questions of the scored rating: how an organisation manages promises, complaints, disputes
 * and the measuring of satisfaction. Our own, after the subjects of ISO 10001 to 10004; a
 * `csm-question` record replaces one or adds one. Texts are keys for translation. */

enum { CSM_STANDARDS = 4, CSM_QUESTIONS_MAX = 16 };

/* Which set an answer belongs to. */
extern const char csm_question_set[];
/* standard 1..4 (enum iso_standard), level 1..3, number from 0; NULL past the last. */
const char *csm_question(uint32_t standard, uint32_t level, uint32_t number);
uint32_t csm_question_count(uint32_t standard, uint32_t level);
