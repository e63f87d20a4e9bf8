/* feed.h - inside agent: runs a program with bytes on its stdin */
#ifndef US_AGENT_FEED_H
#define US_AGENT_FEED_H

#include "base/buf.h"

#define US_FEED_LIMIT_MS 10000

/* 0: it ended with 0. Its output goes nowhere. One that takes longer is killed. */
int us_feed(char *const argv[], struct us_span input, struct us_buf *why);

#endif
