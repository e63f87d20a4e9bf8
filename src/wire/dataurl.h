/* dataurl.h - data: URLs, the way OpenAI's wire carries the bytes of images and files */
#ifndef US_WIRE_DATAURL_H
#define US_WIRE_DATAURL_H

#include "base/arena.h"

/* Splits `url` into its media type (in its usual spelling; guessed from the bytes when it is not
 * told) and base64 without blanks. Spans point into `url` or the arena. False: not a data: URL. */
bool us_dataurl_split(struct us_span url, struct us_arena *a, struct us_span *mime,
                      struct us_span *base64);

/* Base64 without the line ends and blanks that some put into it. */
struct us_span us_base64_unfold(struct us_span in, struct us_arena *a);

/* The media type that the first bytes show; empty when they are not known. */
struct us_span us_dataurl_sniff(struct us_span base64);

#endif
