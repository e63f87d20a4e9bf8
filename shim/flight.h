/* flight.h - an attempt of a run, while it flies in the multi
 *
 * Two fly at most: the second is a hedge, or what has become of one. One that has ended by itself
 * has landed; it stays in the multi until the next one starts, or the end.
 */
#ifndef SHIM_FLIGHT_H
#define SHIM_FLIGHT_H

#include "base/buf.h"
#include "shadow.h"

struct run;

/* What the runs in one multi have in common. */
struct fleet {
	size_t aloft;    /* attempts in flight that have not ended */
	size_t launched; /* attempts, ever */
	size_t handles;  /* of the program's in that multi, ours or not */
	size_t slots;    /* connections that it may have, to one host or to all; 0: any number */
	uint64_t bound;  /* no run is due before; it may be too early, never too late */
	uint64_t now_ms; /* the time: looked at once in each turn of the loop, and by run_new */
};

struct flight {
	struct run *run;
	unsigned number;             /* by which the engine knows it */
	CURL *handle;                /* in the multi: the program's or the target's; NULL: none */
	bool cancelled;              /* it is to be stopped */
	bool landed;                 /* it has ended by itself */
	bool queues;                 /* ... may still wait for one of the multi's connections */
	size_t skip_head, skip_body; /* bytes that libcurl will bring again after a pause */
	uint64_t began_ms;
	uint64_t queue_ms, turn_ms; /* when its turn was last looked for, and seen to have come */
	long connects_before;       /* of the attempts before it */
	CURL *target;               /* our handle, if it was used; what it was dressed with: */
	struct curl_slist *headers;
	struct us_buf url;
	char error[CURL_ERROR_SIZE];
	const char *key_variable;
};

/* Whatever is not known yet of one that is new. */
void flight_add(struct run *r, struct flight *f);
void flight_drop_all(struct run *r);

/* The attempt of this number, or that is in the multi by this handle; NULL: there is none. */
struct flight *flight_find(struct run *r, unsigned number);
struct flight *flight_by(struct run *r, const CURL *handle);
static inline bool flight_is_aloft(const struct flight *f) { return f->handle && !f->landed; }
bool flight_is_own(const struct flight *f);
/* Is there an older one in flight beside it? */
bool flight_is_second(const struct flight *f);
/* It was outrun within a callback, where nothing can be taken out of a multi. */
static inline bool flight_is_outrun(const struct flight *f)
{
	return f->cancelled && flight_is_aloft(f);
}
/* Does any fly? */
bool flight_any(const struct run *r);

/* One that does not fly, to be dressed; all that have landed are taken out. NULL without memory. */
struct flight *flight_free(struct run *r);
/* Adds its handle to the multi. False: it can't be sent. */
bool flight_launch(struct flight *f, CURL *handle);
/* How often it has connected: libcurl tries some failures again by itself. */
long flight_connects(const struct flight *f);
/* Its transfer has ended by itself. */
void flight_landed(struct flight *f);
/* Takes it out of the multi; one that has not ended is closed. */
void flight_end(struct flight *f);
void flight_end_all(struct run *r);
/* As curl_easy_pause, for all in the multi, or else for the program's handle. */
CURLcode flight_pause_all(struct run *r, int bits);

/* May one that is launched now have to wait for a connection? */
bool flight_may_queue(const struct run *r);
bool flight_waits(const struct flight *f);
/* Does it still? */
void flight_look_at_queue(struct flight *f);

#endif
