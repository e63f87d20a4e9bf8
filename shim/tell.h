/* tell.h - notes of the engine as log lines, events as lines of a file, one each */
#ifndef SHIM_TELL_H
#define SHIM_TELL_H

#include "conf/conf.h"
#include "engine/note.h"
#include "state/page.h"

/* us_call_env.note */
void tell_note(void *self, const struct us_note *n);

/* us_call_env.event: a line in the file of the settings. Names are those of the page. */
void tell_open(const struct us_page *page, const struct us_conf *conf);
void tell_event(void *self, const struct us_event *e);

#endif
