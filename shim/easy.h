/* easy.h - the driver of a blocking call
 *
 * A managed curl_easy_perform runs in a multi of ours: every timer is exact, an attempt can be
 * cancelled, and the program's own handle does the work on its own provider.
 */
#ifndef SHIM_EASY_H
#define SHIM_EASY_H

#include "asked.h"
#include "capture.h"
#include "getinfo.h"
#include "relay.h"

/* One managed transfer, while it runs. */
struct run {
	struct shadow *shadow;
	struct world *world;
	struct asked asked;
	struct us_call *call;
	struct relay relay;
	struct capture capture;
	bool captures;  /* the body comes from a READFUNCTION */
	bool dressed;   /* the program's handle bears our callbacks */
	bool limited;   /* ... and limits of ours */
	CURL *flying;   /* in our multi: the program's handle or the target's; NULL: none */
	bool cancelled; /* the attempt in flight is to be stopped */
	bool landed;    /* it has ended by itself */
	size_t skip_head, skip_body; /* bytes that libcurl will bring again after a pause */
	CURLcode ended;              /* how the last attempt ended */
	CURLcode own;                /* how the last one on the program's handle ended */
	unsigned attempts;
	uint64_t began_ms, attempt_ms;
	uint64_t own_ms, own_end_ms;    /* the last attempt on the program's handle: from, to */
	long connects, connects_before; /* of all attempts; of those before the present one */
	unsigned refused_status;        /* FAILONERROR: of the last head shown */
	struct curl_slist *headers;     /* of the target's request */
	struct us_buf url;
	char target_error[CURL_ERROR_SIZE];
	const char *key_variable; /* of the target in flight */
};

CURLcode easy_perform(struct shadow *s);
CURLcode easy_pause(struct shadow *s, int bits);
CURLcode easy_upkeep(struct shadow *s);
void easy_reset(struct shadow *s);
/* `copy` is libcurl's duplicate of the handle: gives it a shadow, and returns it. */
CURL *easy_duplicated(struct shadow *s, CURL *copy);

/* Frees our multi and target handle; the shadow is in no registry and the real handle is gone. */
void easy_cleanup(struct shadow *s);

#endif
