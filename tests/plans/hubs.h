/* hubs.h - requests by chance, in the language of none of the providers */
#ifndef US_TESTS_HUBS_H
#define US_TESTS_HUBS_H

#include "base/rand.h"
#include "wire/request.h"

/* Anything that a decoder may hand out, odd things as often as usual ones: images and documents of
 * each kind, foreign thoughts, calls without results and results without calls, names and ids that
 * no provider takes, empty texts, wishes that contradict each other. The same for the same seed. */
void hub_by_chance(struct us_rand *chance, struct us_arena *a, struct us_req *out);

#endif
