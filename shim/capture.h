/* capture.h - a request body that comes from a READFUNCTION, kept while it is read
 *
 * So that it can be sent again, or translated. Beyond its ceiling it is no longer kept, and the
 * call can't be repeated.
 */
#ifndef SHIM_CAPTURE_H
#define SHIM_CAPTURE_H

#include "base/buf.h"
#include "shadow.h"

struct capture {
	const struct shadow *shadow;
	struct us_buf kept;
	size_t at;              /* where the present attempt reads */
	bool ended;             /* the program's callback said end */
	bool lost;              /* more was read than may be kept */
	struct us_span instead; /* what is sent in its place; p NULL: nothing is */
};

void capture_init(struct capture *c, const struct shadow *s, size_t max);
void capture_fini(struct capture *c);

/* From the beginning again. False: it can't be had. */
bool capture_rewind(struct capture *c);

/* Reads to the end without sending. False: the callback paused, failed, or it is too large. */
bool capture_all(struct capture *c);

/* Is all kept that there is to read? Asks nobody: it may be read now. */
bool capture_is_whole(const struct capture *c);

/* For CURLOPT_READFUNCTION and SEEKFUNCTION; the data is the capture. */
size_t capture_read(char *to, size_t size, size_t n, void *capture);
int capture_seek(void *capture, curl_off_t offset, int origin);

#endif
