/* test_escalate.c - failures, the human who is told of them, and what he answers */
#include "agent/deliver.h"
#include "state/plea.h"

#include "agent_world.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>

/* --- a clock that waiting moves ------------------------------------------------------------------
 */

static uint64_t ahead_ms;
static void (*meanwhile)(struct world *w); /* called once, during a wait */
static struct world *now_in;

static int shifted(clockid_t id, struct timespec *now)
{
	int rc = clock_gettime(id, now);

	now->tv_sec += (time_t)(ahead_ms / 1000);
	return rc;
}

static void skip_ahead(uint64_t ms)
{
	void (*f)(struct world * w) = meanwhile;

	ahead_ms += ms + 1000;
	meanwhile = NULL;
	if (f)
		f(now_in);
}

/* --- who is told: an HTTP server of a few lines --------------------------------------------------
 */

static struct {
	int fd, port, status;
	unsigned n;
	char last[64 << 10];
	pthread_mutex_t lock;
	pthread_t thread;
} sink = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void answer(int fd)
{
	static char got[64 << 10];
	char text[128], *body, *length;
	size_t n = 0;
	ssize_t part;

	while ((part = read(fd, got + n, sizeof(got) - 1 - n)) > 0) {
		n += (size_t)part;
		got[n] = '\0';
		body = strstr(got, "\r\n\r\n");
		length = strcasestr(got, "content-length:");
		if (body && length &&
		    n >= (size_t)(body + 4 - got) + strtoul(length + 15, NULL, 10))
			break;
	}
	pthread_mutex_lock(&sink.lock);
	strcpy(sink.last, got);
	sink.n++;
	snprintf(text, sizeof(text),
	         "HTTP/1.1 %d X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", sink.status);
	pthread_mutex_unlock(&sink.lock);
	if (write(fd, text, strlen(text)) < 0)
		return;
}

static void says(int status)
{
	pthread_mutex_lock(&sink.lock);
	sink.status = status;
	pthread_mutex_unlock(&sink.lock);
}

static void *serve(void *unused)
{
	int fd;

	while ((fd = accept(sink.fd, NULL, NULL)) >= 0) {
		answer(fd);
		close(fd);
	}
	return NULL;
}

static int start_all(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof(at);

	sink.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(sink.fd, (struct sockaddr *)&at, n) || listen(sink.fd, 64) ||
	    getsockname(sink.fd, (struct sockaddr *)&at, &n) ||
	    pthread_create(&sink.thread, NULL, serve, NULL))
		return -1;
	sink.port = ntohs(at.sin_port);
	return start_server(state);
}

static int stop_all(void **state)
{
	shutdown(sink.fd, SHUT_RDWR);
	pthread_join(sink.thread, NULL);
	return stop_server(state);
}

static const char *const channels[] = { "WEBHOOK",       "SLACK", "PAGERDUTY",
	                                "PAGERDUTY_URL", "MAIL",  "SENDMAIL",
	                                "COMMAND",       "RATE",  "TTL" };

static void set(const char *name, const char *value)
{
	char variable[64];

	snprintf(variable, sizeof(variable), "UNDERSTUDY_ESCALATE_%s", name);
	if (value)
		setenv(variable, value, 1);
	else
		unsetenv(variable);
}

static void reopen(struct world *w)
{
	understudy_close(w->u);
	understudy_close(w->other);
	w->u = opened();
	w->other = opened();
	w->u->pause = w->other->pause = skip_ahead;
}

static int make_escalation(void **state)
{
	char url[64];
	int rc;

	for (size_t i = 0; i < US_COUNT(channels); i++)
		set(channels[i], NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/secret", sink.port);
	set("WEBHOOK", url);
	rc = make(state);
	now_in = *state;
	says(200);
	pthread_mutex_lock(&sink.lock);
	sink.n = 0;
	sink.last[0] = '\0';
	pthread_mutex_unlock(&sink.lock);
	ahead_ms = 0;
	us_clock_use(shifted);
	now_in->u->pause = now_in->other->pause = skip_ahead;
	return rc;
}

static int drop_escalation(void **state)
{
	us_clock_use(clock_gettime);
	return drop(state);
}

static const char *asked(struct understudy *u, const char *task, const char *error)
{
	const struct understudy_failure f = { .task = task,
		                              .error = error,
		                              .context = "it is \"here\"" };
	static char id[UNDERSTUDY_QUESTION_ID];

	if (understudy_escalate(u, &f, id))
		fail_msg("%s", understudy_error());
	return id;
}

static unsigned told(void)
{
	unsigned n;

	pthread_mutex_lock(&sink.lock);
	n = sink.n;
	pthread_mutex_unlock(&sink.lock);
	return n;
}

static void assert_told(const char *words)
{
	static char last[sizeof(sink.last)];

	pthread_mutex_lock(&sink.lock);
	strcpy(last, sink.last);
	pthread_mutex_unlock(&sink.lock);
	if (!strstr(last, words))
		fail_msg("\"%s\" is not in: %s", words, last);
}

static int answered(struct understudy *u, const char *id, const char *words)
{
	struct us_letter l;
	int rc;

	us_letter_init(&l);
	rc = us_outbox_find(u, us_span_of(id), &l);
	if (!rc)
		rc = us_outbox_answer(u, &l, us_span_of(words), US_SPAN("ada"), false);
	us_letter_fini(&l);
	return rc;
}

/* --- the policy ----------------------------------------------------------------------------------
 */

static void three_retries_two_fallbacks_then_a_human(void **state)
{
	static const char *const fallbacks[] = { "b", "c", "d" };
	struct understudy_failure f = {
		.task = "t", .error = "broken", .fallbacks = fallbacks, .nfallbacks = 3
	};
	struct understudy_decision d;
	struct world *w = *state;

	for (; f.retry_count < 3; f.retry_count++) {
		assert_int_equal(understudy_handle_failure(w->u, &f, &d), 0);
		assert_int_equal(d.action, UNDERSTUDY_ACTION_RETRY);
		assert_int_equal(d.delay_ms, 1000 << f.retry_count);
	}
	for (; f.fallbacks_used < 2; f.fallbacks_used++) {
		assert_int_equal(understudy_handle_failure(w->u, &f, &d), 0);
		assert_int_equal(d.action, UNDERSTUDY_ACTION_FALLBACK);
		assert_ptr_equal(d.tool, fallbacks[f.fallbacks_used]);
	}
	assert_int_equal(told(), 0);
	assert_int_equal(understudy_handle_failure(w->u, &f, &d), 0);
	assert_int_equal(d.action, UNDERSTUDY_ACTION_HUMAN);
	assert_int_equal(strlen(d.question), UNDERSTUDY_QUESTION_ID - 1);
	assert_int_equal(told(), 1);
}

static void a_tool_that_is_not_there_is_not_retried(void **state)
{
	static const char *const fallbacks[] = { "b" };
	struct understudy_failure f = {
		.task = "t", .unavailable = 1, .fallbacks = fallbacks, .nfallbacks = 1
	};
	struct understudy_decision d;
	struct world *w = *state;

	assert_int_equal(understudy_handle_failure(w->u, &f, &d), 0);
	assert_int_equal(d.action, UNDERSTUDY_ACTION_FALLBACK);
	f.fallbacks_used = 1;
	assert_int_equal(understudy_handle_failure(w->u, &f, &d), 0);
	assert_int_equal(d.action, UNDERSTUDY_ACTION_HUMAN);
}

/* --- telling -------------------------------------------------------------------------------------
 */

static void a_webhook_gets_what_a_program_needs(void **state)
{
	struct world *w = *state;
	const char *id = asked(w->u, "report-7", "no tool works \xff\x1b[2J");

	assert_int_equal(told(), 1);
	assert_told("POST /secret HTTP/1.1");
	assert_told(id);
	assert_told("\"task\":\"report-7\"");
	assert_told("\"error\":\"no tool works ??[2J\""); /* no half characters, no escapes */
	assert_told("\"context\":\"it is \\\"here\\\"\"");
	assert_int_equal(understudy_deliver(w->other), 0); /* nothing is left to tell */
	assert_int_equal(told(), 1);
}

static void slack_and_pagerduty_get_it_in_their_own_form(void **state)
{
	struct world *w = *state;
	char url[64];

	set("SLACK", getenv("UNDERSTUDY_ESCALATE_WEBHOOK"));
	set("WEBHOOK", NULL);
	reopen(w);
	assert_int_equal(answered(w->other, asked(w->u, "a<b>&c", "broken"), "abort"), 0);
	assert_told("{\"text\":\"a&lt;b&gt;&amp;c needs you: broken\\n");
	set("SLACK", NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/v2/enqueue", sink.port);
	set("PAGERDUTY_URL", url);
	set("PAGERDUTY", "PD_KEY");
	setenv("PD_KEY", "r0uting", 1);
	reopen(w);
	asked(w->u, "t", "broken");
	assert_told("\"routing_key\":\"r0uting\",\"event_action\":\"trigger\",\"dedup_key\":"
	            "\"understudy-");
	assert_told("\"payload\":{\"summary\":\"t needs you: broken\",\"source\":");
	assert_told("\"severity\":\"error\"");
}

static void script(struct world *w, const char *name, const char *text, char path[128])
{
	FILE *f;

	snprintf(path, 128, "%s/%s", w->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", text);
	fclose(f);
	chmod(path, 0700);
}

static void assert_file_has(const char *path, const char *words)
{
	char text[4096];
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	if (!strstr(text, words))
		fail_msg("\"%s\" is not in: %s", words, text);
}

static void mail_and_a_command_get_it_on_stdin(void **state)
{
	struct world *w = *state;
	char path[128], out[160], command[400];

	snprintf(out, sizeof(out), "%s/letter", w->dir);
	snprintf(command, sizeof(command), "{ echo \"$@\"; cat; } >%s; echo noise", out);
	script(w, "sendmail", command, path);
	set("WEBHOOK", NULL);
	set("MAIL", "ada@example.com");
	set("SENDMAIL", path);
	reopen(w);
	asked(w->u, "t\nBcc: eve@example.com", "br\xc3\xb6ken");
	assert_file_has(
		out,
		"-i -t\nTo: ada@example.com\nSubject: t Bcc: eve@example.com needs you: br??ken\n");
	assert_file_has(out, "it is \"here\"");
	set("MAIL", NULL);
	script(w, "command", command, path);
	set("COMMAND", path);
	reopen(w);
	asked(w->u, "t2", "broken");
	assert_file_has(out, "{\"questions\":[{\"id\":\"");
}

static void what_cannot_be_told_is_told_later(void **state)
{
	struct world *w = *state;

	says(503);
	asked(w->u, "t", "broken");
	assert_int_equal(told(), 1);
	assert_int_equal(understudy_deliver(w->other), 1); /* its time has not come */
	assert_int_equal(told(), 1);
	ahead_ms += 11000;
	assert_int_equal(understudy_deliver(w->other), 1);
	assert_int_equal(told(), 2);
	ahead_ms += 9000; /* it waits longer from try to try */
	understudy_deliver(w->u);
	assert_int_equal(told(), 2);
	says(202);
	ahead_ms += 600000;
	assert_int_equal(understudy_deliver(w->other), 0);
	assert_int_equal(told(), 3);
	ahead_ms += 600000;
	assert_int_equal(understudy_deliver(w->other), 0);
	assert_int_equal(told(), 3);
}

static void the_same_failure_is_one_question_until_it_is_closed(void **state)
{
	char first[UNDERSTUDY_QUESTION_ID];
	struct world *w = *state;
	struct us_letter l;

	strcpy(first, asked(w->u, "t", "broken"));
	for (int i = 0; i < 20; i++)
		assert_string_equal(asked(i % 2 ? w->u : w->other, "t", "broken again"), first);
	assert_int_equal(told(), 1);
	us_letter_init(&l);
	assert_int_equal(us_outbox_find(w->u, us_span_of(first), &l), 0);
	assert_int_equal(l.q.count, 21);
	us_letter_fini(&l);
	assert_int_equal(answered(w->u, first, "retry"), 0);
	assert_string_not_equal(asked(w->u, "t", "broken"), first);
	assert_int_equal(told(), 2);
}

static void of_a_crowd_that_reports_the_same_one_question_comes(void **state)
{
	struct world *w = *state;
	struct us_arena a;
	struct us_span *ids;
	size_t n;
	int status;

	for (int i = 0; i < 8; i++)
		if (fork() == 0) {
			struct understudy_failure f = { .task = "t", .error = "broken" };
			struct understudy *u;

			status = understudy_open(&u) || understudy_escalate(u, &f, NULL);
			understudy_close(u);
			_exit(status);
		}
	for (int i = 0; i < 8; i++) {
		wait(&status);
		assert_int_equal(status, 0);
	}
	us_arena_init(&a, 1 << 20);
	assert_int_equal(us_outbox_list(w->u, &a, &ids, &n), 0);
	assert_int_equal(n, 1);
	us_arena_fini(&a);
	assert_int_equal(told(), 1);
}

static void a_storm_is_told_together(void **state)
{
	struct world *w = *state;
	char task[16];

	set("RATE", "3/60s");
	reopen(w);
	for (int i = 0; i < 40; i++) {
		snprintf(task, sizeof(task), "t%d", i);
		asked(w->u, task, "broken");
	}
	assert_int_equal(told(), 3);
	ahead_ms += 61000;
	assert_int_equal(understudy_deliver(w->u), 0);
	assert_int_equal(told(), 4);
	assert_told("\"total\":37");
}

static void who_dies_while_telling_is_replaced(void **state)
{
	struct world *w = *state;
	char path[128];

	script(w, "command", "kill -9 $PPID", path);
	set("WEBHOOK", NULL);
	set("COMMAND", path);
	if (fork() == 0) {
		struct understudy_failure f = { .task = "t", .error = "broken" };
		struct understudy *u;

		if (understudy_open(&u) == 0)
			understudy_escalate(u, &f, NULL);
		_exit(0);
	}
	wait(NULL);
	set("COMMAND", NULL);
	snprintf(path, sizeof(path), "http://127.0.0.1:%d/", sink.port);
	set("WEBHOOK", path);
	reopen(w);
	assert_int_equal(understudy_deliver(w->u), 0);
	assert_int_equal(told(), 1);
}

/* --- answering -----------------------------------------------------------------------------------
 */

static char question[UNDERSTUDY_QUESTION_ID];

static void say_use(struct world *w)
{
	assert_int_equal(answered(w->other, question, "use  search b"), 0);
}

static void the_program_waits_for_the_answer(void **state)
{
	struct understudy_answer *a;
	struct world *w = *state;

	strcpy(question, asked(w->u, "t", "broken"));
	meanwhile = say_use;
	assert_int_equal(understudy_await(w->u, question, 3600000, NULL, &a), UNDERSTUDY_ANSWERED);
	assert_string_equal(understudy_answer_verb(a), "use");
	assert_string_equal(understudy_answer_text(a), "search b");
	understudy_answer_free(a);
	/* And after a restart it is still there. */
	assert_int_equal(understudy_await(w->other, question, 0, "abort", &a), UNDERSTUDY_ANSWERED);
	understudy_answer_free(a);
	assert_int_equal(answered(w->u, question, "abort"), US_ECONFLICT);
}

static void pending_denied_expired_and_defaulted_are_different(void **state)
{
	struct understudy_answer *a;
	struct world *w = *state;
	char id[UNDERSTUDY_QUESTION_ID];

	strcpy(id, asked(w->u, "t1", "broken"));
	assert_int_equal(understudy_await(w->u, id, 0, NULL, &a), UNDERSTUDY_PENDING);
	assert_string_equal(understudy_answer_verb(a), "");
	understudy_answer_free(a);
	assert_int_equal(understudy_await(w->u, id, 20000, NULL, NULL), UNDERSTUDY_PENDING);
	assert_int_equal(answered(w->other, id, "abort"), 0);
	assert_int_equal(understudy_await(w->u, id, 0, NULL, NULL), UNDERSTUDY_DENIED);

	strcpy(id, asked(w->u, "t2", "broken"));
	assert_int_equal(understudy_await(w->u, id, 5000, "use b", &a), UNDERSTUDY_DEFAULTED);
	assert_string_equal(understudy_answer_text(a), "b");
	understudy_answer_free(a);
	assert_int_equal(answered(w->u, id, "retry"), US_ECONFLICT); /* too late */

	strcpy(id, asked(w->u, "t3", "broken"));
	ahead_ms += (uint64_t)24 * 3600 * 1000;
	assert_int_equal(answered(w->u, id, "retry"), US_ECONFLICT);
	assert_int_equal(understudy_await(w->u, id, 0, "retry", NULL), UNDERSTUDY_EXPIRED);
	assert_int_equal(understudy_await(w->u, "0123456789abcdef", 0, NULL, NULL),
	                 UNDERSTUDY_ENOENT);
	assert_int_equal(understudy_await(w->u, id, 0, "perhaps", NULL), UNDERSTUDY_EINVAL);
}

static void a_question_is_found_by_the_beginning_of_its_id(void **state)
{
	struct world *w = *state;
	char id[UNDERSTUDY_QUESTION_ID];

	strcpy(id, asked(w->u, "t", "broken"));
	id[6] = '\0';
	assert_int_equal(answered(w->other, id, "text go\nleft"), 0);
	assert_int_equal(answered(w->other, "", "retry"), US_ENOENT);
	assert_int_equal(answered(w->other, "zz", "retry"), US_ENOENT);
	asked(w->u, "t2", "broken");
}

static void without_redis_a_question_goes_into_files_and_is_found_there(void **state)
{
	struct understudy_answer *a;
	struct world *w = *state;
	char id[UNDERSTUDY_QUESTION_ID];

	setenv("UNDERSTUDY_STORE_TIMEOUT", "200ms", 1);
	reopen(w);
	redis_server_stop(&server);
	/* The words are those of our own error, which changes on the way. */
	assert_int_equal(understudy_tool_call(w->u, NULL, 0, NULL, 0, NULL, NULL),
	                 UNDERSTUDY_EINVAL);
	strcpy(id, asked(w->u, "t", understudy_error()));
	assert_int_equal(told(), 1);
	assert_told("at least one tool");
	assert_int_equal(answered(w->other, id, "text hello"), 0);
	assert_true(redis_server_start(&server));
	assert_int_equal(understudy_await(w->other, id, 0, NULL, &a), UNDERSTUDY_ANSWERED);
	assert_string_equal(understudy_answer_text(a), "hello");
	understudy_answer_free(a);
	unsetenv("UNDERSTUDY_STORE_TIMEOUT");
}

static void what_the_preload_left_becomes_one_question(void **state)
{
	struct world *w = *state;
	struct us_arena a;
	struct us_span *ids;
	size_t n;

	for (int i = 0; i < 3; i++)
		assert_int_equal(us_plea_leave(w->dir, US_SPAN("curl"), US_SPAN("nobody serves")),
		                 0);
	assert_int_equal(us_plea_leave(w->dir, US_SPAN("php"), US_SPAN("nobody serves")), 0);
	assert_int_equal(understudy_deliver(w->u), 0);
	assert_told("\"total\":2");
	assert_told("\"task\":\"curl\"");
	assert_int_equal(us_plea_leave(w->dir, US_SPAN("curl"), US_SPAN("nobody serves")), 0);
	assert_int_equal(understudy_deliver(w->other), 0);
	assert_int_equal(told(), 1);
	us_arena_init(&a, 1 << 20);
	assert_int_equal(us_outbox_list(w->u, &a, &ids, &n), 0);
	assert_int_equal(n, 2);
	us_arena_fini(&a);
}

static void a_stored_question_that_is_cut_is_damaged(void **state)
{
	struct us_question q = { .id = "0123", .task = US_SPAN("t"), .verb = US_SPAN("use") }, read;
	struct us_buf bytes;

	us_buf_init(&bytes, 4096);
	q.told[US_CHANNEL_mail].tries = 7;
	assert_int_equal(us_question_encode(&q, &bytes), 0);
	for (size_t n = 0; n < bytes.n; n++)
		assert_false(us_question_decode(&read, us_span(bytes.p, n)));
	assert_true(us_question_decode(&read, us_buf_span(&bytes)));
	assert_string_equal(read.id, "0123");
	assert_true(us_span_is(read.verb, "use"));
	assert_int_equal(read.told[US_CHANNEL_mail].tries, 7);
	us_buf_fini(&bytes);
}

static void whatever_bytes_come_no_question_reads_beyond_them(void **state)
{
	struct us_question q = { .id = "0123", .task = US_SPAN("t"), .error = US_SPAN("error") };
	struct us_rand rand = { 7 };
	struct us_buf bytes;

	us_buf_init(&bytes, 4096);
	assert_int_equal(us_question_encode(&q, &bytes), 0);
	for (int i = 0; i < 20000; i++) {
		size_t at = (size_t)us_rand_between(&rand, 0, bytes.n - 1);
		char was = bytes.p[at], *copy;

		bytes.p[at] = (char)us_rand_next(&rand);
		copy = test_malloc(bytes.n); /* its end is watched */
		memcpy(copy, bytes.p, bytes.n);
		if (us_question_decode(&q, us_span(copy, bytes.n))) {
			assert_true(strlen(q.id) < sizeof(q.id));
			assert_non_null(us_question_state_word(q.state));
			assert_true(q.by.n <= bytes.n);
		}
		test_free(copy);
		bytes.p[at] = was;
	}
	us_buf_fini(&bytes);
}

#define EACH(f)                                                                                    \
	{ "in files: " #f, f, make_escalation, drop_escalation, &files },                          \
	{                                                                                          \
		"in Redis: " #f, f, make_escalation, drop_escalation, &redis                       \
	}
#define ONE(f, kind)                                                                               \
	{                                                                                          \
#f, f, make_escalation, drop_escalation, kind                                      \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(three_retries_two_fallbacks_then_a_human, &files),
		ONE(a_tool_that_is_not_there_is_not_retried, &files),
		EACH(a_webhook_gets_what_a_program_needs),
		ONE(slack_and_pagerduty_get_it_in_their_own_form, &files),
		ONE(mail_and_a_command_get_it_on_stdin, &files),
		EACH(what_cannot_be_told_is_told_later),
		EACH(the_same_failure_is_one_question_until_it_is_closed),
		EACH(of_a_crowd_that_reports_the_same_one_question_comes),
		EACH(a_storm_is_told_together),
		ONE(who_dies_while_telling_is_replaced, &files),
		EACH(the_program_waits_for_the_answer),
		EACH(pending_denied_expired_and_defaulted_are_different),
		EACH(a_question_is_found_by_the_beginning_of_its_id),
		EACH(what_the_preload_left_becomes_one_question),
		ONE(without_redis_a_question_goes_into_files_and_is_found_there, &redis),
		cmocka_unit_test(a_stored_question_that_is_cut_is_damaged),
		cmocka_unit_test(whatever_bytes_come_no_question_reads_beyond_them),
	};

	return cmocka_run_group_tests_name("escalate", tests, start_all, stop_all);
}
