/* lessons.h - what targets have refused in this process, so that it is not sent to them again
 *
 * A few places that are filled once and never emptied: no lock that a fork could leave taken, and
 * whoever reads sees a whole lesson or none. Zero-initialise.
 */
#ifndef US_ENGINE_LESSONS_H
#define US_ENGINE_LESSONS_H

#include "wire/repair.h"
#include "wire/translate.h"

#include <stdatomic.h>

#define US_LESSONS_MAX 32 /* more than that, and it is not one member that is wrong */

struct us_lesson;

struct us_lessons {
	_Atomic(struct us_lesson *) list[US_LESSONS_MAX];
};

void us_lessons_fini(struct us_lessons *l);

/* `provider` and `model` as the request names them. What is known already, or has no room, or no
 * memory, is not noted: it will be learnt again. */
void us_lessons_add(struct us_lessons *l, struct us_span provider, struct us_span model,
                    const struct us_repair *repair);

/* Repairs the request by all that was learnt of this provider and model. 0 or US_ENOMEM. */
US_MUST_CHECK int us_lessons_apply(const struct us_lessons *l, struct us_span provider,
                                   struct us_span model, struct us_rendered *r);

#endif
