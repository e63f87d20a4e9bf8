/* deliver.h - inside agent and cli: tells humans what is to be told */
#ifndef US_AGENT_DELIVER_H
#define US_AGENT_DELIVER_H

#include "agent/outbox.h"

/* As far as it is due. *waiting: questions that are still to be told on some channel. */
int us_deliver(struct understudy *u, size_t *waiting);

/* Is any channel set? */
bool us_deliver_has_channel(const struct us_conf *c);
const char *us_deliver_channel_name(size_t channel);

#endif
