/* getinfo.h - what libcurl's queries answer after a managed transfer
 *
 * When the program's own provider served it at once, libcurl's own answers hold and there is no
 * result. Otherwise times count from the beginning of the call, and when another provider served it
 * physical facts (addresses, TLS, HTTP version) are those of its transfer, while what describes the
 * answer fits the bytes that the program was given.
 */
#ifndef SHIM_GETINFO_H
#define SHIM_GETINFO_H

#include "base/buf.h"
#include "shadow.h"

struct result {
	CURL *target; /* of ours, whose the facts are; NULL: the program's */
	CURL *blank;  /* ... for a kept answer's, which are nobody's: it did nothing */
	long version; /* of that one */
	bool tls;
	bool reworded;        /* another body was sent than the program's */
	bool url_changed;     /* another URL was asked, without the program's key */
	char *url;            /* EFFECTIVE_URL: what the program asked for */
	char *content_type;   /* into `head` */
	curl_off_t before_us; /* time of the call before the attempt that is shown */
	curl_off_t after_us;  /* ... and after it: others have tried, in vain */
	long connects_before;
	curl_off_t head_bytes, body_bytes, uploaded;
	curl_off_t length; /* of the body, as its head says; -1 unknown */
	bool refused;      /* FAILONERROR held back the body */
	bool spliced;      /* it broke off and was gone on with: no transfer brought all of it */
	long status; /* of what its own provider went on with, or was kept; 0: libcurl knows it */
	struct us_buf head; /* as delivered, lines ended by NUL */
	struct curl_header *headers;
	size_t nheaders;
};

/* NULL without memory. */
struct result *result_new(CURL *target, const char *url);
/* ... `head` is a kept answer's. False without memory. */
bool result_of_nobody(struct result *r, const struct real *real, struct us_span origin,
                      struct us_span head);
/* The last transfer's is forgotten: libcurl's own answers hold. */
void result_forget(struct shadow *s);
/* The head that the program was given, for content type, length and the header API. */
void result_head(struct result *r, struct us_span head);
/* The handle whose transfer is shown. */
CURL *result_facts(const struct shadow *s);

CURLcode getinfo_answer(struct shadow *s, CURLINFO info, void *out);

CURLHcode getinfo_header(struct shadow *s, const char *name, size_t index, unsigned origin,
                         int request, struct curl_header **out);
struct curl_header *getinfo_nextheader(struct shadow *s, unsigned origin, int request,
                                       struct curl_header *previous);

#endif
