/* shadow.h - what the program told each handle
 *
 * libcurl has no getter for options: what is to be put back after a managed transfer, or carried to
 * another provider, must have been written down when it was set. One shadow per easy handle, found
 * by the handle's address (CURLOPT_PRIVATE belongs to the program).
 *
 * As libcurl demands, one thread at a time uses a handle; only the registry is locked.
 */
#ifndef SHIM_SHADOW_H
#define SHIM_SHADOW_H

#include "real.h"

#include <stddef.h>

enum kind { KIND_LONG, KIND_OFF, KIND_FUNC, KIND_PTR, KIND_STR, KIND_SLIST, KIND_BLOB };
enum class { CLASS_PLAIN, CLASS_CARRY, CLASS_SHAPE, CLASS_OURS, CLASS_BARS, CLASS_SECRET };

/* What is known of an option; never NULL. */
struct option_info {
	enum kind kind;
	enum class class;
};
struct option_info option_info(CURLoption o);

struct option {
	CURLoption id;
	enum kind kind;
	void *value; /* as it was passed; STR and BLOB: our copy, if anything reads it (see
	                setopt.def) */
};

enum method { METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_FORM };

struct run;    /* a managed transfer: easy.c */
struct place;  /* where its URL leads: asked.c */
struct result; /* what getinfo and the header API say after it: getinfo.c */

struct shadow {
	CURL *handle;
	const struct real *real;
	struct shadow *next; /* in the registry */
	struct option *options;
	size_t noptions, cap;
	uint16_t *at;       /* by the option's number: index + 1, 0 not set */
	enum method method; /* as in libcurl: one field, the last of the options that set it wins */
	bool upload, nobody;
	char *post;
	size_t npost; /* the copy made of COPYPOSTFIELDS; NULL: POSTFIELDS, or none */
	CURLM *multi; /* ours, once a managed transfer has run; holds the connections */
	CURL *target; /* our handle for other providers */
	struct place *place;
	struct run *run;       /* while a managed transfer runs */
	struct result *result; /* of the last one; NULL: libcurl's own answers hold */
};

/* NULL for a handle that was not made through us. */
struct shadow *shadow_of(CURL *handle);
/* NULL without memory: the handle then is simply not managed. */
struct shadow *shadow_new(CURL *handle, const struct real *real);
/* Forgets the handle; frees what is ours. Called after the real cleanup. */
void shadow_free(struct shadow *s);

/* Takes the shadow out of the registry and hands it over: before the real cleanup frees the
 * handle's address for another thread's init. */
struct shadow *shadow_take(CURL *handle);

/* As curl_easy_reset: all options forgotten, connections kept. */
void shadow_reset(struct shadow *s);
/* As curl_easy_duphandle. False without memory. */
bool shadow_copy(struct shadow *to, const struct shadow *from);
/* Writes down an option that libcurl has accepted. */
void shadow_record(struct shadow *s, CURLoption o, void *value);

/* What was set, or NULL. */
const struct option *shadow_option(const struct shadow *s, CURLoption o);
/* The value, or `otherwise` if it was never set. */
void *shadow_value(const struct shadow *s, CURLoption o, void *otherwise);
long shadow_long(const struct shadow *s, CURLoption o, long otherwise);

/* Pairs of options that write one field in libcurl are kept under the wider one: TIMEOUT under
 * TIMEOUT_MS, CONNECTTIMEOUT under CONNECTTIMEOUT_MS, POSTFIELDSIZE under POSTFIELDSIZE_LARGE,
 * RESUME_FROM under RESUME_FROM_LARGE. */

#endif
