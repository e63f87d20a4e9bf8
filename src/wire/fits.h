/* fits.h - is a JSON value of the form that its schema describes? */
#ifndef US_WIRE_FITS_H
#define US_WIRE_FITS_H

#include "base/span.h"

/* Is `json` one value, and of that form, as far as the words that are read here tell: type, enum,
 * const, required, properties, additionalProperties (false), items, at any depth? What else a
 * schema says is not looked at. `schema` unset, or none: any form will do. */
bool us_json_fits(struct us_span json, struct us_span schema);

#endif
