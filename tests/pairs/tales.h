/* tales.h - answers by chance: events as a decoder would give them */
#ifndef US_TESTS_TALES_H
#define US_TESTS_TALES_H

#include "base/rand.h"
#include "wire/answer.h"

/* Texts, refusals, calls in pieces of any length; the same each time for the same seed. */
void tell_by_chance(struct us_rand *chance, struct us_sink to);

#endif
