#pragma once

#include "proto/record/merge.h"

/* Inside a record's state: registers in a sorted array whose room follows from its count, so that
 * it grows by doubling without a word in the contract for its capacity. Every array of registers
 * here is made with reg_room. */

enum { REG_ROOM_MIN = 8 };
uint32_t reg_room(uint32_t count);

int reg_compare(uint16_t field, struct bytes member, const struct reg *reg);
/* The place of a register at or after `from`, or where it would go. */
uint32_t reg_place(const struct rec *rec, uint32_t from, uint16_t field, struct bytes member);
bool reg_is_at(const struct rec *rec, uint32_t at, uint16_t field, struct bytes member);
/* Do two registers have the same context and siblings? */
bool reg_state_equal(const struct reg *a, const struct reg *b);
