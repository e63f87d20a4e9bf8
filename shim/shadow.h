/* shadow.h - what the program told each handle
 *
 * libcurl has no getter for options: what is to be put back after a managed transfer, or carried to
 * another provider, must have been written down when it was set. One shadow per easy handle of the
 * program (registry.h). A handle of ours, for a target, is known by the shadow that it stands in
 * for, should a program ever see it.
 */
#ifndef SHIM_SHADOW_H
#define SHIM_SHADOW_H

#include "base/buf.h"
#include "option.h"
#include "registry.h"

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_FORM };

struct run;    /* a managed transfer: run.h */
struct multi;  /* a multi of the program: multi.h */
struct place;  /* where its URL leads: asked.c */
struct result; /* what getinfo and the header API say after it: getinfo.c */

struct shadow {
	struct registered entry; /* first: the registry's */
	CURL *handle;
	const struct real *real;
	struct shadow *stands_for; /* `handle` is ours, and this is whose target it is; else NULL */
	struct option *options;
	size_t noptions, cap;
	uint16_t *at;       /* by the option's number: index + 1, 0 not set */
	enum method method; /* as in libcurl: one field, the last of the options that set it wins */
	bool upload, nobody;
	char *post;
	size_t npost; /* the copy made of COPYPOSTFIELDS; NULL: POSTFIELDS, or none */
	CURLM *multi; /* ours, once a blocking call was managed; holds the connections */
	struct shadow *target[2]; /* our handles for other providers: two when one is a hedge */
	struct place *place;
	struct run *run;       /* while a managed transfer runs */
	struct run *spare;     /* else, perhaps: memory for the next one */
	struct result *result; /* of the last one; NULL: libcurl's own answers hold */
	struct us_buf late;    /* values that a running transfer may still read, freed after it */
	struct multi *member;  /* the program has added it there */
	struct shadow *next, *prev; /* of the same multi */
	CURLMsg done;               /* what that multi says of it */
	bool queued, news; /* ... and the program has not read, or was not notified of, yet */
};

/* NULL for a handle that was not made through us. Of a handle of ours, for whom it stands in. */
struct shadow *shadow_of(CURL *handle);
/* NULL without memory: the handle then is simply not managed. */
struct shadow *shadow_new(CURL *handle, const struct real *real);
/* Forgets the handle; frees what is ours. Called after the real cleanup. */
void shadow_free(struct shadow *s);

/* Takes the shadow out of the registry and hands it over: before the real cleanup frees the
 * handle's address for another thread's init. */
struct shadow *shadow_take(CURL *handle);

/* The handle of s->target[n], made if it is not there yet. NULL without memory. */
CURL *shadow_target(struct shadow *s, unsigned n);
void shadow_drop_targets(struct shadow *s);
/* Frees what was replaced while a transfer ran. */
void shadow_let_go(struct shadow *s);

/* As curl_easy_reset: all options forgotten, connections kept. */
void shadow_reset(struct shadow *s);
/* As curl_easy_duphandle. False without memory. */
bool shadow_copy(struct shadow *to, const struct shadow *from);
/* Writes down an option that libcurl has accepted. */
void shadow_record(struct shadow *s, CURLoption o, void *value);

/* What was set, or NULL. Pairs of options that write one field in libcurl are kept under the wider
 * one: TIMEOUT under TIMEOUT_MS, CONNECTTIMEOUT under CONNECTTIMEOUT_MS, POSTFIELDSIZE under
 * POSTFIELDSIZE_LARGE, INFILESIZE and RESUME_FROM likewise. */
static inline const struct option *shadow_option(const struct shadow *s, CURLoption o)
{
	unsigned number = option_number(o);

	return number < OPTION_NUMBERS && s->at[number] ? &s->options[s->at[number] - 1] : NULL;
}

/* The value, or `otherwise` if it was never set. */
static inline void *shadow_value(const struct shadow *s, CURLoption o, void *otherwise)
{
	const struct option *found = shadow_option(s, o);

	return found ? found->value : otherwise;
}

static inline long shadow_long(const struct shadow *s, CURLoption o, long otherwise)
{
	return (long)(intptr_t)shadow_value(s, o, (void *)(intptr_t)otherwise);
}

#endif
