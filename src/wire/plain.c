/* plain.c - the language of whatever is no LLM */
#include "wire/plain.h"

const struct us_dialect us_plain = { .name = "http", .auth = "" };
