/* push.c SERVER BODY CA take|deny - a program that takes what a server pushes, and prints all it is
 * given
 *
 * It knows nothing of understudy. A pushed handle is libcurl's copy of the one that asked: what the
 * program does not set there is as the program has set it here. libcurl 7.88 takes pushes of a
 * server on its scheme's own port only, so the server is one, as far as the URL says.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static size_t on_bytes(char *p, size_t size, size_t n, void *whose)
{
	printf("%s \"%.*s\"\n", (const char *)whose, (int)(size * n), p);
	return size * n;
}

static const char *who(CURL *easy)
{
	char *whose = NULL;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &whose);
	return whose ? whose : "nobody's";
}

static bool takes;

/* Only the private pointer is set: libcurl's documentation asks for no more. */
static int on_push(CURL *parent, CURL *easy, size_t n, struct curl_pushheaders *headers, void *data)
{
	printf("%s is pushed %s, %s\n", who(parent), curl_pushheader_byname(headers, ":path"),
	       (const char *)data);
	if (!takes)
		return CURL_PUSH_DENY;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, "pushed");
	if (strcmp(curl_pushheader_byname(headers, ":path"), "/mine") == 0)
		curl_easy_setopt(easy, CURLOPT_WRITEDATA, "its own");
	return CURL_PUSH_OK;
}

static void hear(CURLM *multi)
{
	int left;
	CURLMsg *msg;

	while ((msg = curl_multi_info_read(multi, &left))) {
		CURL *easy = msg->easy_handle;
		long status = 0;

		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		printf("%s ends: %d, %ld\n", who(easy), (int)msg->data.result, status);
		curl_multi_remove_handle(multi, easy);
		curl_easy_cleanup(easy);
	}
}

int main(int argc, char **argv)
{
	CURLM *multi = curl_multi_init();
	CURL *easy = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	struct curl_slist *there;
	char to[64];
	int running = 1;

	if (argc < 5 || !multi || !easy || strncmp(argv[1], "https://", 8) != 0)
		return 2;
	takes = strcmp(argv[4], "take") == 0;
	snprintf(to, sizeof(to), "::%s", argv[1] + 8);
	there = curl_slist_append(NULL, to);
	curl_multi_setopt(multi, CURLMOPT_PUSHFUNCTION, on_push);
	curl_multi_setopt(multi, CURLMOPT_PUSHDATA, "as was wished");
	curl_easy_setopt(easy, CURLOPT_URL, "https://127.0.0.1/v1/chat/completions");
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, there);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, argv[2]);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_CAINFO, argv[3]);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, "asked");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, "body");
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_bytes);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, "head");
	curl_multi_add_handle(multi, easy);
	while (running) {
		curl_multi_perform(multi, &running);
		hear(multi);
		curl_multi_poll(multi, NULL, 0, running ? 1000 : 0, NULL);
	}
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	curl_slist_free_all(there);
	return 0;
}
