/* mock_kinds.h - short names for the tables of what a request may contain */
#ifndef US_CLI_MOCK_KINDS_H
#define US_CLI_MOCK_KINDS_H

#include "cli/mock_check.h"

#include <limits.h>

enum {
	NIL = US_MOCK_NULL,
	BOOL = US_MOCK_BOOL,
	INT = US_MOCK_INT,
	NUM = US_MOCK_INT | US_MOCK_NUM,
	STR = US_MOCK_STR,
	ARR = US_MOCK_ARR,
	OBJ = US_MOCK_OBJ
};

/* clang-format off */
#define REQ .required = true
#define SOME .low = 1, .high = LLONG_MAX
#define NAME64 .kinds = STR, .chars = US_MOCK_NAME, .max_len = 64
#define OBJECT(member, looks) { .name = (member), OBJ, REQ, .shape = &(looks) }
/* clang-format on */

#endif
