/* post.c - one HTTP request, by the libcurl of the machine
 *
 * Where the preload stands before that libcurl, it lets this pass: no provider is meant. Redirects
 * are not followed: a webhook's address is a secret that is meant for one host.
 */
#include "agent/post.h"

#define CURL_DISABLE_TYPECHECK /* else curl_easy_setopt is a macro */
#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>

#define FUNCTIONS(X)                                                                               \
	X(easy_init)                                                                               \
	X(easy_setopt)                                                                             \
	X(easy_perform)                                                                            \
	X(easy_getinfo)                                                                            \
	X(easy_cleanup)                                                                            \
	X(easy_strerror)                                                                           \
	X(slist_append)                                                                            \
	X(slist_free_all)                                                                          \
	X(global_init)

static struct {
#define X(name) __typeof__(curl_##name) *name;
	FUNCTIONS(X)
#undef X
} curl;

static bool usable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
	const char *name;
	size_t at;
} slots[] = {
#define X(name) { "curl_" #name, offsetof(__typeof__(curl), name) },
	FUNCTIONS(X)
#undef X
};

static void bind_all(void)
{
	void *lib = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);

	if (!lib)
		lib = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
	if (!lib)
		return;
	for (size_t i = 0; i < US_COUNT(slots); i++) {
		void *f = dlsym(lib, slots[i].name);

		if (!f)
			return;
		memcpy((char *)&curl + slots[i].at, &f, sizeof(f));
	}
	usable = curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static size_t ignore(char *p, size_t size, size_t n, void *self) { return size * n; }

static int perform(CURL *h, struct us_buf *why)
{
	CURLcode rc = curl.easy_perform(h);
	long status = 0;

	if (rc) {
		us_buf_add_str(why, curl.easy_strerror(rc));
		return US_EAWAY;
	}
	curl.easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return 0;
	us_buf_addf(why, "HTTP status %ld", status);
	return US_EIO;
}

int us_post_json(const char *url, struct us_span body, struct us_buf *why)
{
	struct curl_slist *head = NULL;
	CURL *h = NULL;
	int rc = US_ENOMEM;

	pthread_once(&once, bind_all);
	if (!usable) {
		us_buf_add_str(why, "there is no libcurl on this machine");
		return US_ENOTSUP;
	}
	h = curl.easy_init();
	head = curl.slist_append(NULL, "Content-Type: application/json");
	if (!h || !head)
		goto out;
	curl.easy_setopt(h, CURLOPT_URL, url);
	curl.easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl.easy_setopt(h, CURLOPT_HTTPHEADER, head);
	curl.easy_setopt(h, CURLOPT_POSTFIELDS, body.p);
	curl.easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
	curl.easy_setopt(h, CURLOPT_WRITEFUNCTION, ignore);
	curl.easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)US_POST_LIMIT_MS);
	curl.easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl.easy_setopt(h, CURLOPT_USERAGENT, "understudy/" US_VERSION);
	rc = perform(h, why);
out:
	curl.slist_free_all(head);
	if (h)
		curl.easy_cleanup(h);
	return rc;
}
