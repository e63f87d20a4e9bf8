/* groups.h - the groups of checks; each plays one recording and reports what it found */
#ifndef US_TESTS_GROUPS_H
#define US_TESTS_GROUPS_H

#include "recording.h"
#include "report.h"

/* requests.c: requests that the provider accepted */
void as_they_are(struct report *r, const struct recording *rec);
void to_the_other_dialect(struct report *r, const struct recording *rec);
void within_their_dialect(struct report *r, const struct recording *rec);

/* answers.c: answers that were no errors */
void in_any_chunking(struct report *r, const struct recording *rec);
void in_the_other_dialect(struct report *r, const struct recording *rec);

/* cuts.c: streams that end too early */
void cut_after_each_event(struct report *r, const struct recording *rec);

/* errors.c: answers that were errors */
void as_errors(struct report *r, const struct recording *rec);

#endif
