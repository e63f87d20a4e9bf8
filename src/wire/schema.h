/* schema.h - what has to be known of a JSON Schema to pass it on
 *
 * Schemas travel as their bytes; nothing here changes what one allows.
 */
#ifndef US_WIRE_SCHEMA_H
#define US_WIRE_SCHEMA_H

#include "wire/print.h"

/* The schema of a tool's parameters as OpenAI takes it: with "type":"object" and "properties":{}
 * where they are missing; that of no parameters when it is unset or no object. */
void us_schema_print(struct us_print *p, struct us_span schema);

/* Does its root take objects only? */
bool us_schema_is_object(struct us_span schema);

/* Does it keep to the subset that OpenAI can enforce: every object closed, every property
 * required, nothing that combines or negates schemas but anyOf? */
bool us_schema_is_strict(struct us_span schema);

#endif
