/* mock_schema.h - a walk over every schema inside a JSON Schema */
#ifndef US_CLI_MOCK_SCHEMA_H
#define US_CLI_MOCK_SCHEMA_H

#include "cli/mock_words.h"

/* Looks at one schema; `at` leads to it from the root, which has none. The sentence that says what
 * is wrong with it, or .p NULL. */
typedef struct us_span us_mock_schema_look(const struct us_mock_json *schema,
                                           const struct us_mock_path *at, bool strict,
                                           struct us_arena *arena);

/* The first sentence that any of them gets. */
struct us_span us_mock_schema_walk(const struct us_mock_json *schema, us_mock_schema_look *look,
                                   bool strict, struct us_arena *arena);

/* Is the schema's type, or one of them, `name`? */
bool us_mock_schema_is(const struct us_mock_json *schema, const char *name);

/* The first keyword of the schema among "a|b|c"; .p NULL if there is none. */
struct us_span us_mock_schema_keyword(const struct us_mock_json *schema, const char *names);

#endif
