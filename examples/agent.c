/* agent.c - an agent that may be killed at any time, and goes on where it was
 *
 *   cc agent.c $(pkg-config --cflags --libs understudy libcurl) -o agent
 *   understudy run --task trip --restart on-failure -- ./agent
 *
 * Its model calls are plain libcurl, which the preload protects. DIE_AFTER=STEP has it killed once,
 * for the tests; JOURNAL is where it notes what it really does.
 */
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <understudy.h>

struct text {
	char bytes[65536];
	size_t n;
};

static void journal(const char *what)
{
	FILE *f = fopen(getenv("JOURNAL") ? getenv("JOURNAL") : "/dev/stderr", "a");

	if (f) {
		fprintf(f, "%s\n", what);
		fclose(f);
	}
}

static size_t keep(char *p, size_t size, size_t n, void *self)
{
	struct text *t = self;

	n = size * n < sizeof(t->bytes) - t->n ? size * n : sizeof(t->bytes) - t->n;
	memcpy(t->bytes + t->n, p, n);
	t->n += n;
	return n;
}

/* Asks the model; its answer is the JSON as it came. 0: it has answered. */
static int ask(const char *prompt, struct text *answer)
{
	const char *base = getenv("OPENAI_BASE_URL"), *key = getenv("OPENAI_API_KEY");
	char url[512], body[1024], bearer[512];
	struct curl_slist *head;
	long status = 0;
	CURL *h = curl_easy_init();

	snprintf(url, sizeof(url), "%s/chat/completions", base ? base : "https://api.openai.com/v1");
	snprintf(body, sizeof(body),
	         "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}", prompt);
	snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", key ? key : "");
	head = curl_slist_append(curl_slist_append(NULL, bearer), "Content-Type: application/json");
	answer->n = 0;
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, head);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, answer);
	curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(h);
	curl_slist_free_all(head);
	return status == 200 ? 0 : 1;
}

/* A tool that is down, and one that is busy the first time. */
static int search_down(void *self, struct understudy_call *call)
{
	(void)self;
	understudy_call_error(call, "no such host");
	return 403;
}

static int search(void *self, struct understudy_call *call)
{
	(void)self;
	if (understudy_call_attempt(call) == 1)
		return 503;
	return understudy_call_result(call, "three trains", 12);
}

static void die_here(const char *step)
{
	const char *where = getenv("DIE_AFTER");

	if (where && strcmp(where, step) == 0)
		raise(SIGKILL);
}

/* Runs a step unless an earlier life has completed it. */
static void step(struct understudy *u, struct understudy_task *t, const char *name)
{
	static const struct understudy_tool tools[] = { { .name = "trains", .call = search_down },
		                                        { .name = "trains-2", .call = search } };
	struct understudy_policy quick = { .backoff_low_ms = 10, .backoff_high_ms = 100 };
	struct understudy_result *r = NULL;
	static struct text answer;
	const void *bytes;

	if (understudy_step_get(t, name, NULL, NULL))
		return;
	journal(name);
	if (strcmp(name, "search") == 0) {
		if (understudy_tool_call(u, tools, 2, NULL, 0, &quick, &r))
			exit(1);
		bytes = understudy_result_bytes(r, &answer.n);
	} else {
		if (ask(name, &answer))
			exit(1);
		bytes = answer.bytes;
	}
	if (understudy_step_complete(t, name, bytes, answer.n))
		exit(1);
	understudy_result_free(r);
	die_here(name);
}

int main(void)
{
	static const char *const steps[] = { "plan", "search", "choose", "write" };
	struct understudy *u;
	struct understudy_task *t;
	const void *text;
	size_t n;
	int resumed;

	if (understudy_open(&u) || (resumed = understudy_resume_or_start(u, NULL, &t)) < 0) {
		fprintf(stderr, "%s\n", understudy_error());
		return 1;
	}
	if (resumed)
		unsetenv("DIE_AFTER");
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		step(u, t, steps[i]);
	understudy_step_get(t, "search", &text, &n);
	printf("found: %.*s\n", (int)n, (const char *)text);
	understudy_step_get(t, "write", &text, &n);
	printf("wrote: %.*s\n", (int)n, (const char *)text);
	understudy_drop(t);
	understudy_task_free(t);
	understudy_close(u);
	return 0;
}
