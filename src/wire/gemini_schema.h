/* gemini_schema.h - JSON Schema and Google's older Schema, each made of the other
 *
 * The Schema of `parameters` and `responseSchema` is a subset of OpenAPI's: types in capitals,
 * `nullable`, integers as strings, no references.
 */
#ifndef US_WIRE_GEMINI_SCHEMA_H
#define US_WIRE_GEMINI_SCHEMA_H

#include "wire/loss.h"
#include "wire/print.h"
#include "wire/scan.h"

/* Appends the JSON Schema that says the same. 0 or an error of memory. */
int us_gemini_schema_to_json(struct us_val schema, struct us_buf *out);

/* Appends the Schema that comes nearest; tells what it cannot say. References are replaced by what
 * they mean, as far as they go. */
int us_gemini_schema_from_json(struct us_val schema, struct us_buf *out, struct us_diags *diags);

/* Does it describe an object without any property? `parameters` of such are left out. */
bool us_gemini_schema_is_bare(struct us_val schema);

#endif
