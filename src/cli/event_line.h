/* event_line.h - an event in a line, for people */
#ifndef US_CLI_EVENT_LINE_H
#define US_CLI_EVENT_LINE_H

#include "cli/out.h"
#include "state/page.h"

void us_event_line(const struct us_out *out, const struct us_page *page, const struct us_event *e);

#endif
