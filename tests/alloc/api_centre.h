#pragma once

#include "broker/broker.h"
#include "tests/lib/api/api_fixture.h"

/* The broker's engine behind the interface: invitations, revoking and what is held are its own
 * work. One at a time. */

/* The options of the ledger it works on, which is opened next. */
struct ledger_options centre_ledger_options(void);
void centre_open(struct machine *place);
/* Before the ledger is closed; what the options need goes after it. */
void centre_close(void);
void centre_forget_options(void);
/* What the interface asks of it. */
struct api_daemon centre_daemon(void);

struct broker *centre_broker(void);
/* The last frame it sent since it was forgotten; valid until the next. */
struct bytes centre_sent(void);
void centre_forget_sent(void);

/* The first byte of the key that the site's machine has; the others are 0. */
enum { CENTRE_HOUSING_KEY = 77 };

/* A second copy of `node` is suspected: what it writes from now on is held. One record is, at
 * `broker`. */
void centre_prepare_held(struct machine *node, struct machine *broker);
