/* leaky.c - a program with a bug: it loses memory, or uses it when it is gone
 *
 *   leaky URL BODY leak|late
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t drop(char *p, size_t size, size_t n, void *data) { return size * n; }

/* Whatever is called next writes over the only pointers. */
static __attribute__((noinline)) void lose(size_t n)
{
	char *volatile mine = malloc(n);

	mine[0] = 'x';
	mine = NULL;
}

static __attribute__((noinline)) void use_late(void)
{
	volatile char *mine = malloc(77);

	free((char *)mine);
	mine[0] = 'x';
}

int main(int argc, char **argv)
{
	CURL *h;

	if (strcmp(argv[3], "leak") == 0)
		for (size_t n = 1; n <= 10; n++)
			lose(n);
	h = curl_easy_init();
	curl_easy_setopt(h, CURLOPT_URL, argv[1]);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, argv[2]);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_perform(h);
	curl_easy_cleanup(h);
	if (strcmp(argv[3], "late") == 0)
		use_late();
	return 0;
}
