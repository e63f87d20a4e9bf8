/* secrets.c - a program that plants a secret wherever libcurl takes one
 *
 *   secrets URL BODY HOW [NAME...]
 *
 * Each secret goes into a handle of its own, and all of them into one more; each handle then posts
 * BODY to URL. Options are enumerated, so that one that nobody thought of is found too; those whose
 * NAMEs are given are left out. Secrets begin with MARKED. Told of each handle: its name, what was
 * refused of it, the transfer's code and status. HOW: quiet, verbose, or debug (a DEBUGFUNCTION,
 * whose data and all that a program can ask afterwards is printed).
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LISTS_MAX 64

static const char *url, *body, *how;
static char **left_out;

/* What libcurl keeps a pointer to: freed after the transfer. */
static struct curl_slist *lists[LISTS_MAX];
static size_t nlists;
static CURLU *parts;
static CURLSH *share;

static struct curl_slist *keep(struct curl_slist *list)
{
	if (nlists < LISTS_MAX)
		lists[nlists++] = list;
	return list;
}

static void forget(void)
{
	while (nlists)
		curl_slist_free_all(lists[--nlists]);
	curl_url_cleanup(parts);
	curl_share_cleanup(share);
	parts = NULL;
	share = NULL;
}

/* --- secrets that take more than one option -------------------------------------------------- */

static void plant_headers(CURL *h)
{
	static const char *const lines[] = {
		"Content-Type: application/json", "Authorization: Bearer MARKED-authorization",
		"api-key: MARKED-api-key",        "x-api-key: MARKED-x-api-key",
		"X-Custom: MARKED-custom",        "Cookie: session=MARKED-header-cookie",
		"anthropic-version: 2023-06-01",  "OpenAI-Organization: MARKED-organization",
	};
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < COUNT(lines); i++)
		list = curl_slist_append(list, lines[i]);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, keep(list));
}

static void make_parts(void)
{
	parts = curl_url();
	curl_url_set(parts, CURLUPART_URL, url, 0);
	curl_url_set(parts, CURLUPART_USER, "MARKED-user", 0);
	curl_url_set(parts, CURLUPART_PASSWORD, "MARKED-password", 0);
	curl_url_set(parts, CURLUPART_QUERY, "api-key=MARKED-query", 0);
	curl_url_set(parts, CURLUPART_FRAGMENT, "MARKED-fragment", 0);
}

static void plant_curlu(CURL *h)
{
	make_parts();
	curl_easy_setopt(h, CURLOPT_CURLU, parts);
}

static void plant_url(CURL *h)
{
	char *text = NULL;

	make_parts();
	curl_url_get(parts, CURLUPART_URL, &text, 0);
	curl_easy_setopt(h, CURLOPT_URL, text);
	curl_free(text);
}

#define COOKIE "Set-Cookie: session=MARKED-cookielist; domain=127.0.0.1; path=/"

static void plant_cookies(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_COOKIEFILE, "cookies"); /* made by test_secrets.py */
	curl_easy_setopt(h, CURLOPT_COOKIELIST, COOKIE);
}

static void plant_share(CURL *h)
{
	CURL *other = curl_easy_init();

	share = curl_share_init();
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
	curl_easy_setopt(other, CURLOPT_SHARE, share);
	curl_easy_setopt(other, CURLOPT_COOKIELIST, COOKIE);
	curl_easy_cleanup(other);
	curl_easy_setopt(h, CURLOPT_SHARE, share);
}

static void plant_netrc(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
	curl_easy_setopt(h, CURLOPT_NETRC_FILE, "netrc");
}

static void plant_home_netrc(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_NETRC, (long)CURL_NETRC_REQUIRED);
}

static void plant_basic(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_USERPWD, "MARKED-basic:MARKED-basic");
	curl_easy_setopt(h, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	curl_easy_setopt(h, CURLOPT_UNRESTRICTED_AUTH, 1L);
	curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 1L);
}

static void plant_bearer(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_XOAUTH2_BEARER, "MARKED-bearer");
	curl_easy_setopt(h, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
}

static void plant_sigv4(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_USERPWD, "MARKED-sigv4:MARKED-sigv4");
	curl_easy_setopt(h, CURLOPT_AWS_SIGV4, "aws:amz:MARKED:MARKED");
}

static void plant_proxy_header(CURL *h)
{
	struct curl_slist *list = curl_slist_append(NULL, "X-Proxy: MARKED-proxyheader");

	curl_easy_setopt(h, CURLOPT_HEADEROPT, (long)CURLHEADER_UNIFIED);
	curl_easy_setopt(h, CURLOPT_PROXYHEADER, keep(list));
}

static void plant_private(CURL *h) { curl_easy_setopt(h, CURLOPT_PRIVATE, "MARKED-private"); }

/* The own provider can't be reached so, and its breaker opens: these come last. */
static void plant_socket(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, "MARKED-unix-socket");
}

static void plant_abstract_socket(CURL *h)
{
	curl_easy_setopt(h, CURLOPT_ABSTRACT_UNIX_SOCKET, "MARKED-abstract-socket");
}

struct plant {
	const char *name;
	void (*set)(CURL *h);
};

static const struct plant plants[] = {
	{ "headers", plant_headers },
	{ "url", plant_url },
	{ "curlu", plant_curlu },
	{ "cookies", plant_cookies },
	{ "share", plant_share },
	{ "netrc", plant_netrc },
	{ "home-netrc", plant_home_netrc },
	{ "basic", plant_basic },
	{ "bearer", plant_bearer },
	{ "sigv4", plant_sigv4 },
	{ "proxy-header", plant_proxy_header },
	{ "private", plant_private },
};

static const struct plant sockets[] = {
	{ "socket", plant_socket },
	{ "abstract-socket", plant_abstract_socket },
};

/* --- whatever option libcurl has ------------------------------------------------------------- */

static bool is_left_out(const char *name)
{
	for (char **p = left_out; *p; p++)
		if (strcmp(*p, name) == 0)
			return true;
	return false;
}

static bool holds_text(const struct curl_easyoption *o)
{
	return (o->type == CURLOT_STRING || o->type == CURLOT_SLIST || o->type == CURLOT_BLOB) &&
	       !(o->flags & CURLOT_FLAG_ALIAS) && !is_left_out(o->name);
}

static CURLcode set_option(CURL *h, const struct curl_easyoption *o)
{
	char secret[256];
	struct curl_blob blob = { secret, 0, CURL_BLOB_COPY };

	blob.len = (size_t)snprintf(secret, sizeof(secret), "MARKED-%s", o->name);
	if (o->type == CURLOT_STRING)
		return curl_easy_setopt(h, o->id, secret);
	if (o->type == CURLOT_BLOB)
		return curl_easy_setopt(h, o->id, &blob);
	/* good as a header line, and as a host, port and address */
	snprintf(secret, sizeof(secret), "MARKED-%s:80:127.0.0.1", o->name);
	return curl_easy_setopt(h, o->id, keep(curl_slist_append(NULL, secret)));
}

/* --- asking ---------------------------------------------------------------------------------- */

static size_t swallow(char *p, size_t size, size_t n, void *data)
{
	if (strcmp(how, "debug") == 0)
		fwrite(p, size, n, stdout);
	return size * n;
}

static int tell(CURL *h, curl_infotype type, char *p, size_t n, void *data)
{
	fwrite(p, 1, n, stdout);
	return 0;
}

static void print_infos(CURL *h)
{
	for (int i = 0; i < 128; i++) {
		char *text = NULL;
		CURLINFO info = (CURLINFO)(CURLINFO_STRING + i);

		if (info != CURLINFO_PRIVATE && !curl_easy_getinfo(h, info, &text) && text)
			printf("info %d: %s\n", i, text);
	}
}

static void print_headers(CURL *h)
{
	unsigned any = CURLH_HEADER | CURLH_TRAILER | CURLH_CONNECT | CURLH_1XX | CURLH_PSEUDO;
	struct curl_header *at = NULL;

	while ((at = curl_easy_nextheader(h, any, -1, at)))
		printf("header %s: %s\n", at->name, at->value);
}

static CURL *begin(void)
{
	CURL *h = curl_easy_init();

	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, swallow);
	if (strcmp(how, "quiet") != 0)
		curl_easy_setopt(h, CURLOPT_VERBOSE, 1L);
	if (strcmp(how, "debug") == 0)
		curl_easy_setopt(h, CURLOPT_DEBUGFUNCTION, tell);
	return h;
}

static void end(CURL *h, const char *name, CURLcode refused)
{
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;
	long status = 0;

	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	if (strcmp(how, "debug") == 0) {
		printf("\nerror: %s\n", error);
		print_infos(h);
		print_headers(h);
	}
	printf("@ %s %d %d %ld\n", name, (int)refused, (int)code, status);
	curl_easy_cleanup(h);
	forget();
}

static void perform_plants(const struct plant *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		CURL *h = begin();

		list[i].set(h);
		end(h, list[i].name, CURLE_OK);
	}
}

static void perform_options(void)
{
	const struct curl_easyoption *o = NULL;

	while ((o = curl_easy_option_next(o)))
		if (holds_text(o)) {
			CURL *h = begin();
			CURLcode refused = set_option(h, o);

			end(h, o->name, refused);
		}
}

static void perform_all(void)
{
	const struct curl_easyoption *o = NULL;
	CURL *h = begin();

	while ((o = curl_easy_option_next(o)))
		if (holds_text(o))
			set_option(h, o);
	for (size_t i = 0; i < COUNT(plants); i++)
		if (plants[i].set != plant_curlu && plants[i].set != plant_sigv4)
			plants[i].set(h);
	end(h, "all", CURLE_OK);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	url = argv[1];
	body = argv[2];
	how = argv[3];
	left_out = argv + 4;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	perform_plants(plants, COUNT(plants));
	perform_options();
	perform_all();
	perform_plants(sockets, COUNT(sockets));
	curl_global_cleanup();
	return 0;
}
