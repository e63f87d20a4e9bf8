/* walk.c - a random walk over the multi interface
 *
 *   walk URL SEED STEPS
 *
 * Handles are made, added, removed, paused, reset, duplicated and cleaned up in any state, from
 * within callbacks too, while their providers do what providers do. What libcurl promises of all
 * that is checked after every step; what is broken is printed, one line each.
 */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define HANDLES 24
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define HELLO "\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}"

struct member {
	CURL *easy; /* NULL: none at the moment */
	bool in, done;
};

static struct member members[HANDLES];
static CURLM *multi;
static const char *url;
static struct curl_slist *headers;
static unsigned state;
static unsigned long reported, succeeded;

static unsigned chance(unsigned n)
{
	state = state * 1103515245u + 12345u;
	return (state >> 8) % n;
}

static void expect(bool is, const char *what)
{
	if (!is)
		printf("broken: %s\n", what);
}

/* --- callbacks ------------------------------------------------------------------------------- */

static void try_forbidden(struct member *m)
{
	int running;

	expect(curl_multi_remove_handle(multi, m->easy) == CURLM_RECURSIVE_API_CALL,
	       "remove_handle is refused in a callback");
	expect(curl_multi_perform(multi, &running) == CURLM_RECURSIVE_API_CALL,
	       "perform is refused in a callback");
}

static size_t on_data(char *p, size_t size, size_t n, void *member)
{
	if (chance(40) == 0)
		return 0;
	if (chance(20) == 0)
		return CURL_WRITEFUNC_PAUSE;
	if (chance(20) == 0)
		try_forbidden(member);
	return size * n;
}

static int on_progress(void *member, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                       curl_off_t ulnow)
{
	return chance(3000) == 0;
}

/* --- steps ----------------------------------------------------------------------------------- */

static void set(struct member *m)
{
	bool streamed = chance(2);

	curl_easy_setopt(m->easy, CURLOPT_URL, url);
	curl_easy_setopt(m->easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(m->easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(m->easy, CURLOPT_WRITEDATA, m);
	curl_easy_setopt(m->easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(m->easy, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(m->easy, CURLOPT_POSTFIELDSIZE, -1L);
	curl_easy_setopt(m->easy, CURLOPT_COPYPOSTFIELDS,
	                 streamed ? "{\"stream\":true," HELLO : "{" HELLO);
	curl_easy_setopt(m->easy, CURLOPT_TIMEOUT_MS, chance(3) ? 0L : 50L + (long)chance(900));
	curl_easy_setopt(m->easy, CURLOPT_FAILONERROR, chance(4) == 0 ? 1L : 0L);
}

static void add(struct member *m)
{
	if (!m->easy) {
		m->easy = curl_easy_init();
		set(m);
	}
	if (m->in) {
		expect(curl_multi_add_handle(multi, m->easy) == CURLM_ADDED_ALREADY,
		       "a handle is added once");
		expect(curl_easy_perform(m->easy) == CURLE_FAILED_INIT,
		       "a handle in a multi can't be performed");
		return;
	}
	expect(curl_multi_add_handle(multi, m->easy) == CURLM_OK, "a handle can be added");
	m->in = true;
	m->done = false;
}

static void take_out(struct member *m)
{
	if (!m->easy || chance(4))
		return;
	expect(curl_multi_remove_handle(multi, m->easy) == CURLM_OK, "a handle can be removed");
	m->in = false;
}

static void clean_up(struct member *m)
{
	if (chance(8))
		return;
	curl_easy_cleanup(m->easy);
	*m = (struct member){ 0 };
}

static void resume(struct member *m)
{
	if (m->easy)
		curl_easy_pause(m->easy, CURLPAUSE_CONT);
}

static void change_mind(struct member *m)
{
	if (!m->easy)
		return;
	if (chance(4) == 0 && !m->in)
		curl_easy_reset(m->easy);
	if (!m->in)
		set(m);
	else
		curl_easy_setopt(m->easy, CURLOPT_URL, url);
}

static void ask(struct member *m)
{
	char *type = NULL;
	double total;
	long status = 0;

	if (!m->easy)
		return;
	curl_easy_getinfo(m->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(m->easy, CURLINFO_TOTAL_TIME, &total);
	curl_easy_getinfo(m->easy, CURLINFO_CONTENT_TYPE, &type);
	expect(status >= 0 && status < 600, "a status is a status");
}

static void start_anew(struct member *m)
{
	if (chance(300))
		return;
	curl_multi_cleanup(multi);
	multi = curl_multi_init();
	for (size_t i = 0; i < HANDLES; i++)
		members[i].in = members[i].done = false;
}

/* --- going on -------------------------------------------------------------------------------- */

static int alive(void)
{
	int n = 0;

	for (size_t i = 0; i < HANDLES; i++)
		n += members[i].in && !members[i].done;
	return n;
}

static struct member *member_of(const CURL *easy)
{
	for (size_t i = 0; i < HANDLES; i++)
		if (members[i].easy == easy)
			return &members[i];
	return NULL;
}

/* A refusal is no sign of life: a walk of nothing else would test nothing. */
static bool is_well(const CURLMsg *msg)
{
	long status = 0;

	curl_easy_getinfo(msg->easy_handle, CURLINFO_RESPONSE_CODE, &status);
	return msg->data.result == CURLE_OK && status == 200;
}

static void read_messages(void)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(multi, &left))) {
		struct member *m = member_of(msg->easy_handle);

		expect(m && m->in && !m->done, "who is in it is reported, and once");
		if (m)
			m->done = true;
		reported++;
		succeeded += is_well(msg);
	}
}

static void go_on(struct member *m)
{
	int running = -1;

	expect(curl_multi_perform(multi, &running) == CURLM_OK, "perform works");
	read_messages();
	expect(running == alive(), "who runs is counted");
	if (chance(3) == 0)
		curl_multi_poll(multi, NULL, 0, (int)chance(20), NULL);
	for (size_t i = 0; i < HANDLES; i++) {
		if (!members[i].done || chance(3) == 0)
			continue;
		curl_multi_remove_handle(multi, members[i].easy);
		members[i].in = members[i].done = false;
	}
}

static void (*const steps[])(struct member *m) = {
	add,      add,      add,    go_on,       go_on, go_on,      go_on,
	take_out, clean_up, resume, change_mind, ask,   start_anew,
};

int main(int argc, char **argv)
{
	url = argv[1];
	state = (unsigned)atoi(argv[2]);
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Authorization: Bearer own-key");
	multi = curl_multi_init();
	for (long n = atol(argv[3]); n > 0; n--)
		steps[chance(COUNT(steps))](&members[chance(HANDLES)]);
	for (size_t i = 0; i < HANDLES; i++) {
		if (members[i].easy && chance(2))
			curl_multi_remove_handle(multi, members[i].easy);
		curl_easy_cleanup(members[i].easy);
	}
	curl_multi_cleanup(multi);
	curl_slist_free_all(headers);
	printf("%lu reported, %lu of them well\n", reported, succeeded);
	return 0;
}
