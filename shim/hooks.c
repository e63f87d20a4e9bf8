/* hooks.c - the exported functions
 *
 * Each finds the libcurl behind its caller and the shadow of its handle, and hands over. A call
 * from inside libcurl, a handle that we do not know, and everything once UNDERSTUDY_OFF is set,
 * goes on untouched. Without a libcurl (somebody asked whether these symbols exist) they fail as an
 * uninitialised libcurl would; they never load one and never abort.
 */
#include "hooks.h"

#include "dl.h"
#include "easy.h"
#include "setopt.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

/* The shadow, unless this call is to pass; then *real is where to. */
static struct shadow *managed(CURL *h, uintptr_t ra, const struct real **real)
{
	struct shadow *s = shim_off || !h || real_is_inside(ra) ? NULL : shadow_of(h);

	*real = s ? s->real : real_of(ra);
	return s;
}

EXPORT CURL *curl_easy_init(void)
{
	uintptr_t ra = REAL_HERE();
	const struct real *r = real_of(ra);
	CURL *h = r && r->easy_init ? r->easy_init() : NULL;

	if (h && !shim_off && !real_is_inside(ra))
		shadow_new(h, r);
	return h;
}

EXPORT void curl_easy_cleanup(CURL *h)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		shadow_take(h);
	if (r)
		r->easy_cleanup(h); /* first: its callbacks may still ask for what is ours */
	if (s)
		easy_cleanup(s);
	shadow_free(s);
}

EXPORT void curl_easy_reset(CURL *h)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		easy_reset(s);
	else if (r)
		r->easy_reset(h);
}

EXPORT CURL *curl_easy_duphandle(CURL *h)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);
	CURL *copy = r ? r->easy_duphandle(h) : NULL;

	return s && copy ? easy_duplicated(s, copy) : copy;
}

EXPORT CURLcode curl_easy_setopt(CURL *h, CURLoption o, ...)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);
	void *value;
	va_list ap;

	/* A long, a pointer and a curl_off_t are the same register; it is passed on as it is. */
	va_start(ap, o);
	value = va_arg(ap, void *);
	va_end(ap);
	if (s)
		return setopt_forward(s, o, value);
	return r ? r->easy_setopt(h, o, value) : CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_easy_perform(CURL *h)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		return easy_perform(s);
	return r ? r->easy_perform(h) : CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_easy_getinfo(CURL *h, CURLINFO info, ...)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);
	void *out;
	va_list ap;

	va_start(ap, info);
	out = va_arg(ap, void *);
	va_end(ap);
	if (s)
		return getinfo_answer(s, info, out);
	return r ? r->easy_getinfo(h, info, out) : CURLE_FAILED_INIT;
}

EXPORT CURLcode curl_easy_pause(CURL *h, int bits)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		return easy_pause(s, bits);
	return r ? r->easy_pause(h, bits) : CURLE_FAILED_INIT;
}

EXPORT CURLHcode curl_easy_header(CURL *h, const char *name, size_t index, unsigned int origin,
                                  int request, struct curl_header **out)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		return getinfo_header(s, name, index, origin, request, out);
	return r && r->easy_header ? r->easy_header(h, name, index, origin, request, out)
	                           : CURLHE_NOT_BUILT_IN;
}

EXPORT struct curl_header *curl_easy_nextheader(CURL *h, unsigned int origin, int request,
                                                struct curl_header *previous)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		return getinfo_nextheader(s, origin, request, previous);
	return r && r->easy_nextheader ? r->easy_nextheader(h, origin, request, previous) : NULL;
}

EXPORT CURLcode curl_easy_upkeep(CURL *h)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);

	if (s)
		return easy_upkeep(s);
	return r && r->easy_upkeep ? r->easy_upkeep(h) : CURLE_FAILED_INIT;
}

/* A multi of the program's runs the handle without us, so far: what we said of its last transfer
 * holds no more. While we use it, it may not be added, even if it is in no multi for a moment. */
EXPORT CURLMcode curl_multi_add_handle(CURLM *multi, CURL *h)
{
	const struct real *r;
	struct shadow *s = managed(h, REAL_HERE(), &r);
	CURLMcode rc;

	if (!r || !r->multi_add_handle)
		return CURLM_BAD_HANDLE;
	rc = s && s->run ? CURLM_ADDED_ALREADY : r->multi_add_handle(multi, h);
	if (s && !rc)
		result_forget(s);
	return rc;
}

void *hook_named(const char *name)
{
	static const struct {
		const char *name;
		void *hook;
	} hooks[] = {
#define HOOK(name) { "curl_" #name, (void *)curl_##name },
#define NEED(name)
#include "symbols.def"
#undef HOOK
#undef NEED
	};

	for (size_t i = 0; i < US_COUNT(hooks); i++)
		if (strcmp(hooks[i].name, name) == 0)
			return hooks[i].hook;
	return NULL;
}

/* All else waits for the first transfer that could be ours. */
__attribute__((constructor)) static void start(void)
{
	const char *off = getenv("UNDERSTUDY_OFF");

	shim_off = off && strcmp(off, "1") == 0;
}
