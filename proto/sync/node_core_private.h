#pragma once

#include "proto/sync/node_core.h"

/* Shared by the halves of the node's core: what happens here (node_core.c) and what the broker says
 * (node_core_heard.c). */

struct node_effect *node_result_add(struct node_result *result, enum node_effect_type type);
uint64_t node_backoff_ms(const struct node_core *state, uint32_t random);
/* Leave the session and try again after `wait_ms`. */
void node_close_for(struct node_result *result, const struct node_event *event, enum err code,
                    uint64_t wait_ms);
void node_close_and_retry(struct node_result *result, const struct node_event *event,
                          enum err code);
void node_close_refused(struct node_result *result, const struct node_event *event,
                        uint32_t retry_ms, enum err code);
void node_send_if_possible(struct node_result *result, uint64_t now_ms);
bool node_in_session(const struct node_core *state);

void node_on_welcome(struct node_result *result, const struct node_event *event);
void node_on_ack(struct node_result *result, const struct node_event *event);
void node_on_own_ops(struct node_result *result, const struct node_event *event);
void node_on_own_taken(struct node_result *result, const struct node_event *event);
void node_on_busy(struct node_result *result, const struct node_event *event);
void node_on_reject(struct node_result *result, const struct node_event *event);
void node_on_bye(struct node_result *result, const struct node_event *event);
void node_on_heard(struct node_result *result, const struct node_event *event);
