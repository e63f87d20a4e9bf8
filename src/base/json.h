/* json.h - cJSON, bound privately
 *
 * The only file that knows cJSON. It is loaded at the first use, out of reach of a host that
 * exports functions of the same names, and is for our own documents: configuration, state, events.
 * Wire bodies are read by wire/scan, because cJSON turns numbers into doubles.
 */
#ifndef US_BASE_JSON_H
#define US_BASE_JSON_H

#include "base/err.h"

#include <cjson/cJSON.h>

/* X(name): cJSON_<name> becomes us_json()-><name>. */
#define US_CJSON_FUNCTIONS(X)                                                                      \
	X(ParseWithLengthOpts)                                                                     \
	X(Minify)                                                                                  \
	X(Delete)                                                                                  \
	X(PrintUnformatted)                                                                        \
	X(Print)                                                                                   \
	X(free)                                                                                    \
	X(CreateObject)                                                                            \
	X(CreateArray)                                                                             \
	X(AddItemToArray)                                                                          \
	X(AddItemToObject)                                                                         \
	X(CreateString)                                                                            \
	X(AddStringToObject)                                                                       \
	X(AddNumberToObject)                                                                       \
	X(AddBoolToObject)                                                                         \
	X(AddNullToObject)                                                                         \
	X(AddObjectToObject)                                                                       \
	X(AddArrayToObject)                                                                        \
	X(AddRawToObject)                                                                          \
	X(GetObjectItemCaseSensitive)                                                              \
	X(GetArraySize)

struct us_json {
#define X(name) __typeof__(cJSON_##name) *name;
	US_CJSON_FUNCTIONS(X)
#undef X
};

/* The functions, or NULL when libcjson is not on this machine. Thread-safe. */
const struct us_json *us_json(void);

/* Parses `n` bytes of JSON with // and C comments; on failure NULL and the line of the error
 * (from 1) in *line. Freed by us_json()->Delete. */
US_MUST_CHECK cJSON *us_json_read(const char *text, size_t n, unsigned *line);

#endif
