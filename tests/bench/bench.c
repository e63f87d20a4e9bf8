/* bench.c - the two ends of a measurement; it knows nothing of understudy
 *
 *   bench serve               a provider that answers at once; prints its port
 *   bench call URL N          N calls on one handle: ns per call
 *   bench multi URL N HANDLES N calls, so many at a time in one multi: ns per call
 *   bench first URL N         N streams: ns to the first byte of each
 *   bench events URL N        one stream of N events: ns per event
 *   bench memory URL          private memory after 50 calls, in KiB
 *   bench exec PRELOAD N      N times /bin/true under this preload: ns per run
 */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM 50

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* --- the provider ---------------------------------------------------------------------------- */

static const char plain[] =
	"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"gpt-4o\","
	"\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello, how "
	"can I help "
	"you today?\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{"
	"\"prompt_tokens\":9,\"completion_tokens\":9,\"total_tokens\":18}}";
static const char stream_head[] =
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
static const char event[] =
	"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":"
	"\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"logprobs\":null,"
	"\"finish_reason\":null}]}\n\n";
static const char last[] =
	"data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":"
	"\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,"
	"\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

static bool send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);

		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool chunk(int fd, const char *text)
{
	char line[4096];
	int n = snprintf(line, sizeof(line), "%zx\r\n%s\r\n", strlen(text), text);

	return send_all(fd, line, (size_t)n);
}

static bool stream(int fd, long events)
{
	bool ok = send_all(fd, stream_head, sizeof(stream_head) - 1);

	for (long i = 0; ok && i < events; i++)
		ok = chunk(fd, event);
	return ok && chunk(fd, last) && send_all(fd, "0\r\n\r\n", 5);
}

static bool whole(int fd)
{
	char text[2048];
	int n = snprintf(text, sizeof(text),
	                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	                 "Content-Length: %zu\r\n\r\n%s",
	                 strlen(plain), plain);

	return send_all(fd, text, (size_t)n);
}

/* Reads one request. False: the peer has gone. The number behind "user":" says how many events. */
static bool request(int fd, bool *streamed, long *events)
{
	char buf[65536];
	size_t n = 0, body = 0;
	char *end = NULL, *mark;

	while (!end || n < (size_t)(end - buf) + body) {
		ssize_t got = recv(fd, buf + n, sizeof(buf) - 1 - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
		buf[n] = '\0';
		if (!end && (end = strstr(buf, "\r\n\r\n"))) {
			end += 4;
			mark = strcasestr(buf, "content-length:");
			body = mark ? strtoul(mark + 15, NULL, 10) : 0;
		}
	}
	*streamed = strstr(end, "\"stream\":true") != NULL;
	mark = strstr(end, "\"user\":\"");
	*events = mark ? strtol(mark + 8, NULL, 10) : 1;
	return true;
}

static void *connection(void *arg)
{
	int fd = (int)(intptr_t)arg;
	bool streamed, ok = true;
	long events;

	while (ok && request(fd, &streamed, &events))
		ok = streamed ? stream(fd, events) : whole(fd);
	close(fd);
	return NULL;
}

static int serve(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&a, size) || listen(fd, 1024) ||
	    getsockname(fd, (struct sockaddr *)&a, &size))
		return 1;
	printf("%d\n", ntohs(a.sin_port));
	fflush(stdout);
	for (;;) {
		int peer = accept(fd, NULL, NULL), one = 1;
		pthread_t t;

		setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));

		if (peer >= 0 && !pthread_create(&t, NULL, connection, (void *)(intptr_t)peer))
			pthread_detach(t);
	}
}

/* --- the program ----------------------------------------------------------------------------- */

static uint64_t first_at;
static size_t got;

static size_t on_data(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	if (!first_at)
		first_at = now_ns();
	got += n;
	return size * n;
}

static CURL *client(const char *url, const char *body)
{
	CURL *c = curl_easy_init();

	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	return c;
}

static uint64_t perform(CURL *c)
{
	uint64_t began = now_ns();

	first_at = 0;
	got = 0;
	if (curl_easy_perform(c) != CURLE_OK || !got) {
		fprintf(stderr, "bench: a call failed\n");
		exit(1);
	}
	return began;
}

#define ASK "\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]"

static uint64_t calls(const char *url, long n)
{
	CURL *c = client(url, "{" ASK "}");
	uint64_t began;

	for (int i = 0; i < WARM; i++)
		perform(c);
	began = now_ns();
	for (long i = 0; i < n; i++)
		perform(c);
	began = (now_ns() - began) / (uint64_t)(n ? n : 1);
	curl_easy_cleanup(c);
	return began;
}

static void must(bool ok)
{
	if (ok)
		return;
	fprintf(stderr, "bench: a call failed\n");
	exit(1);
}

/* Each handle that is done is sent again, until n calls are done. */
static long turn(CURLM *m, long n)
{
	CURLMsg *msg;
	int left;
	long done = 0;

	while ((msg = curl_multi_info_read(m, &left))) {
		CURL *c = msg->easy_handle;

		must(msg->data.result == CURLE_OK);
		curl_multi_remove_handle(m, c);
		if (++done <= n)
			curl_multi_add_handle(m, c);
	}
	return done;
}

static uint64_t multi(const char *url, long n, long handles)
{
	CURLM *m = curl_multi_init();
	CURL **list = calloc((size_t)handles, sizeof(CURL *));
	uint64_t began = 0;
	int running;
	long done = -handles; /* the first round connects */

	for (long i = 0; i < handles; i++)
		curl_multi_add_handle(m, list[i] = client(url, "{" ASK "}"));
	while (done < n) {
		must(curl_multi_perform(m, &running) == CURLM_OK);
		done += turn(m, n);
		if (!began && done >= 0) {
			began = now_ns();
			done = 0;
		}
		must(curl_multi_poll(m, NULL, 0, 1000, NULL) == CURLM_OK);
	}
	began = (now_ns() - began) / (uint64_t)done;
	for (long i = 0; i < handles; i++) {
		curl_multi_remove_handle(m, list[i]);
		curl_easy_cleanup(list[i]);
	}
	free(list);
	curl_multi_cleanup(m);
	return began;
}

static uint64_t firsts(const char *url, long n)
{
	CURL *c = client(url, "{\"stream\":true,\"user\":\"3\"," ASK "}");
	uint64_t sum = 0;

	for (long i = -WARM; i < n; i++) {
		uint64_t began = perform(c);

		sum += i < 0 ? 0 : first_at - began;
	}
	curl_easy_cleanup(c);
	return sum / (uint64_t)n;
}

static uint64_t events(const char *url, long n)
{
	char body[256];
	CURL *c;
	uint64_t began;

	snprintf(body, sizeof(body), "{\"stream\":true,\"user\":\"%ld\"," ASK "}", n);
	c = client(url, body);
	perform(c);
	began = perform(c);
	began = (now_ns() - began) / (uint64_t)n;
	curl_easy_cleanup(c);
	return began;
}

static uint64_t memory(const char *url)
{
	char line[256];
	uint64_t kib = 0, v;
	FILE *f;

	calls(url, 1);
	f = fopen("/proc/self/smaps_rollup", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Private_Dirty: %lu", &v) == 1)
			kib = v;
	if (f)
		fclose(f);
	return kib;
}

static uint64_t runs(const char *preload, long n)
{
	char variable[4096];
	char *argv[] = { "/bin/true", NULL }, *env[] = { variable, NULL };
	uint64_t best = UINT64_MAX;

	snprintf(variable, sizeof(variable), "%s%s", *preload ? "LD_PRELOAD=" : "X=", preload);
	for (long i = 0; i < n; i++) {
		uint64_t began = now_ns();
		pid_t pid;

		if (posix_spawn(&pid, argv[0], NULL, NULL, argv, env) || waitpid(pid, NULL, 0) < 0)
			return 0;
		began = now_ns() - began;
		best = began < best ? began : best;
	}
	return best;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "", *where = argc > 2 ? argv[2] : "";
	long n = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	long handles = argc > 4 ? strtol(argv[4], NULL, 10) : 1;
	uint64_t v;

	if (!strcmp(what, "serve"))
		return serve();
	if (!strcmp(what, "call"))
		v = calls(where, n);
	else if (!strcmp(what, "multi"))
		v = multi(where, n, handles);
	else if (!strcmp(what, "first"))
		v = firsts(where, n);
	else if (!strcmp(what, "events"))
		v = events(where, n);
	else if (!strcmp(what, "memory"))
		v = memory(where);
	else if (!strcmp(what, "exec"))
		v = runs(where, n);
	else
		return 2;
	printf("%lu\n", v);
	return 0;
}
