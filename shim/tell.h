/* tell.h - notes of the engine as log lines, one each */
#ifndef SHIM_TELL_H
#define SHIM_TELL_H

#include "engine/note.h"

/* us_call_env.note */
void tell_note(void *self, const struct us_note *n);

#endif
