/* schema.h - what has to be known of a JSON Schema to pass it on
 *
 * Schemas travel as their bytes; nothing here changes what one allows.
 */
#ifndef US_WIRE_SCHEMA_H
#define US_WIRE_SCHEMA_H

#include "wire/hub.h"
#include "wire/print.h"

/* What a tool's parameters are where all tools are functions: one that takes free text takes it as
 * the one member of an object. */
struct us_span us_schema_of(const struct us_tool *t);

/* The schema of a tool's parameters as OpenAI takes it: with "type":"object" and "properties":{}
 * where they are missing; that of no parameters when it is unset or no object. */
void us_schema_print(struct us_print *p, struct us_span schema);

/* Members of a tool as a function: name, description, parameters. */
void us_schema_print_function(struct us_print *p, const struct us_tool *t);

/* Does its root take objects only? */
bool us_schema_is_object(struct us_span schema);

/* Does it keep to the subset that OpenAI can enforce: every object closed, every property
 * required, nothing that combines or negates schemas but anyOf? */
bool us_schema_is_strict(struct us_span schema);

#endif
