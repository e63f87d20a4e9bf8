/* err.c - words for the error codes */
#include "base/err.h"

const char *us_err_text(int err)
{
	switch (err) {
	case US_OK:
		return "ok";
#define X(name, value, text)                                                                       \
	case US_##name:                                                                            \
		return text;
		US_ERRORS(X)
#undef X
	default:
		return "unknown error";
	}
}
