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
#include "multi.h"
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

	if (s) {
		multi_forget(s);
		shadow_take(h);
	}
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

/* --- multi ----------------------------------------------------------------------------------- */

/* As above; without memory, or a libcurl that is too old, there is nothing to be found. */
static struct multi *managed_multi(CURLM *h, uintptr_t ra, const struct real **real)
{
	struct multi *m = shim_off || real_is_inside(ra) ? NULL : multi_of(h);

	*real = m ? m->real : real_of(ra);
	return m;
}

EXPORT CURLM *curl_multi_init(void)
{
	uintptr_t ra = REAL_HERE();
	const struct real *r = real_of(ra);
	CURLM *h = r && r->multi_init ? r->multi_init() : NULL;

	if (h && !shim_off && !real_is_inside(ra))
		multi_new(h, r);
	return h;
}

EXPORT CURLMcode curl_multi_cleanup(CURLM *h)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_cleanup(m);
	return r ? r->multi_cleanup(h) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_add_handle(CURLM *h, CURL *easy)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);
	struct shadow *s = m ? shadow_of(easy) : NULL;

	if (s)
		return multi_add(m, s);
	return r ? r->multi_add_handle(h, easy) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_remove_handle(CURLM *h, CURL *easy)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);
	struct shadow *s = m ? shadow_of(easy) : NULL;

	if (s)
		return multi_remove(m, s);
	return r ? r->multi_remove_handle(h, easy) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_perform(CURLM *h, int *running)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_go(m, &(struct go){ .kind = GO_PERFORM }, running);
	return r ? r->multi_perform(h, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_socket_action(CURLM *h, curl_socket_t fd, int events, int *running)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_go(m, &(struct go){ GO_ACTION, fd, events }, running);
	return r ? r->multi_socket_action(h, fd, events, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_socket(CURLM *h, curl_socket_t fd, int *running)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_go(m, &(struct go){ GO_SOCKET, fd, 0 }, running);
	return r ? r->multi_socket(h, fd, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_socket_all(CURLM *h, int *running)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_go(m, &(struct go){ .kind = GO_ALL }, running);
	return r ? r->multi_socket_all(h, running) : CURLM_BAD_HANDLE;
}

EXPORT CURLMsg *curl_multi_info_read(CURLM *h, int *left)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_info(m, left);
	return r ? r->multi_info_read(h, left) : NULL;
}

EXPORT CURLMcode curl_multi_timeout(CURLM *h, long *ms)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_due(m, ms);
	return r ? r->multi_timeout(h, ms) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_wait(CURLM *h, struct curl_waitfd extra[], unsigned int n, int ms,
                                 int *ready)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_sleep(m, false, extra, n, ms, ready);
	return r ? r->multi_wait(h, extra, n, ms, ready) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_poll(CURLM *h, struct curl_waitfd extra[], unsigned int n, int ms,
                                 int *ready)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (m)
		return multi_sleep(m, true, extra, n, ms, ready);
	return r && r->multi_poll ? r->multi_poll(h, extra, n, ms, ready) : CURLM_BAD_HANDLE;
}

EXPORT CURLMcode curl_multi_setopt(CURLM *h, CURLMoption o, ...)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);
	void *value;
	va_list ap;

	va_start(ap, o);
	value = va_arg(ap, void *);
	va_end(ap);
	if (m)
		return multi_set(m, o, value);
	return r ? r->multi_setopt(h, o, value) : CURLM_BAD_HANDLE;
}

EXPORT CURL **curl_multi_get_handles(CURLM *h)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (!r || !r->multi_get_handles)
		return NULL;
	return m ? multi_handles(m) : r->multi_get_handles(h);
}

EXPORT CURLMcode curl_multi_get_offt(CURLM *h, CURLMinfo_offt info, curl_off_t *value)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (!r || !r->multi_get_offt)
		return CURLM_BAD_HANDLE;
	return m ? multi_offt(m, info, value) : r->multi_get_offt(h, info, value);
}

EXPORT CURLMcode curl_multi_notify_enable(CURLM *h, unsigned int what)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (!r || !r->multi_notify_enable)
		return CURLM_BAD_HANDLE;
	return m ? multi_notify_enable(m, what) : r->multi_notify_enable(h, what);
}

EXPORT CURLMcode curl_multi_notify_disable(CURLM *h, unsigned int what)
{
	const struct real *r;
	struct multi *m = managed_multi(h, REAL_HERE(), &r);

	if (!r || !r->multi_notify_disable)
		return CURLM_BAD_HANDLE;
	return m ? multi_notify_disable(m, what) : r->multi_notify_disable(h, what);
}

/* --- all of them ----------------------------------------------------------------------------- */

void *hook_named(const char *name)
{
	static const struct {
		const char *name;
		void *hook;
	} hooks[] = {
#define HOOK(name) { "curl_" #name, (void *)curl_##name },
#define NEED(name)
#define BOTH(name) HOOK(name)
#include "symbols.def"
#undef HOOK
#undef NEED
#undef BOTH
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

	shim_off = !DL_IS_GLIBC || (off && strcmp(off, "1") == 0);
}
