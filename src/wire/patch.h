/* patch.h - a request for another server of the same dialect, changed as little as can be */
#ifndef US_WIRE_PATCH_H
#define US_WIRE_PATCH_H

#include "wire/translate.h"

/* Can the request be said to this target so? If not it must go through the hub. */
bool us_patch_fits(const struct us_request *q, const struct us_for *to);

/* Writes q's source text to r->body for r->to: the model's name, and members that the server or
 * the model takes under another name or not at all; every other byte stays. What is dropped is
 * told in r->diags. 0, US_ENOMEM or US_E2BIG. */
int us_patch(const struct us_request *q, struct us_rendered *r);

#endif
