/* event_json.h - an event as a line of JSON: of the file, and of `understudy events --json` */
#ifndef US_STATE_EVENT_JSON_H
#define US_STATE_EVENT_JSON_H

#include "base/buf.h"
#include "state/page.h"

/* Appends it, with its line end. What an event does not tell is left out. */
int us_event_json(struct us_buf *out, const struct us_page *page, const struct us_event *e);

#endif
