/* outcomes.h - what becomes of every exchange, in numbers */
#ifndef US_TESTS_OUTCOMES_H
#define US_TESTS_OUTCOMES_H

#include "recording.h"

/* A line of TAP, and what the numbers are. True: none failed. */
bool outcomes_print(const struct recordings *all, unsigned number);

#endif
