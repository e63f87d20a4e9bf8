/* plugin.c - a plugin that asks by the libcurl it was linked with */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "flavour.h"

struct got {
	char text[8192];
	size_t n;
};

static size_t take(char *p, size_t size, size_t n, void *data)
{
	struct got *got = data;
	size_t room = sizeof(got->text) - 1 - got->n;
	size_t fits = size * n < room ? size * n : room;

	memcpy(got->text + got->n, p, fits);
	got->n += fits;
	return size * n;
}

#undef curl_easy_getinfo

/* Asks, and prints what came. */
int ask(const char *url, const char *body)
{
	CURL *h = curl_easy_init();
	struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
	struct got got = { "", 0 };
	long status = 0;
	const char *name = flavour(h, curl_easy_getinfo, curl_version());
	CURLcode code;
	char *hello;

	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &got);
	code = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(h);
	curl_slist_free_all(list);
	hello = strstr(got.text, "Hello from ");
	printf("%s %d %ld %.19s\n", name, (int)code, status, hello ? hello : "nothing");
	fflush(stdout);
	return code;
}
