/* absent.c - a program that would use libcurl if it were there
 *
 *   looked    tells which of its functions dlsym finds
 *   called    calls those that are there by weak references, which the preload pretends to have
 */
#include <curl/curl.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#undef curl_easy_setopt
#undef curl_easy_getinfo
#pragma weak curl_easy_init
#pragma weak curl_easy_setopt
#pragma weak curl_easy_perform
#pragma weak curl_easy_getinfo
#pragma weak curl_easy_reset
#pragma weak curl_easy_duphandle
#pragma weak curl_easy_cleanup
#pragma weak curl_easy_pause
#pragma weak curl_multi_init
#pragma weak curl_multi_add_handle
#pragma weak curl_multi_perform
#pragma weak curl_multi_cleanup

static void look(void *handle, const char *how)
{
	static const char *const names[] = { "curl_easy_init", "curl_easy_perform", "strlen" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *f = dlsym(handle, names[i]);
		const char *why = dlerror();

		printf("%s %s: %s\n", how, names[i],
		       f     ? "there"
		       : why ? "why not is told"
		             : "nothing");
	}
}

static void call(void)
{
	CURL *h = curl_easy_init ? curl_easy_init() : NULL;
	CURLM *m = curl_multi_init ? curl_multi_init() : NULL;
	int running = 0;
	long status;

	printf("handles: %s %s\n", h ? "some" : "none", m ? "some" : "none");
	if (!curl_easy_init)
		return;
	printf("failed: %d %d %d %d\n", curl_easy_setopt(h, CURLOPT_URL, "x") != CURLE_OK,
	       curl_easy_perform(h) != CURLE_OK,
	       curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK,
	       curl_easy_pause(h, 0) != CURLE_OK);
	printf("failed: %d %d %d\n", curl_multi_add_handle(m, h) != CURLM_OK,
	       curl_multi_perform(m, &running) != CURLM_OK, curl_easy_duphandle(h) == NULL);
	curl_easy_reset(h);
	curl_easy_cleanup(h);
	curl_multi_cleanup(m);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "called") == 0) {
		call();
		return 0;
	}
	look(RTLD_DEFAULT, "by default");
	look(dlopen(NULL, RTLD_NOW), "in the program");
	return 0;
}
