/* test_store_faults.c - what goes wrong with a store: disks, damage, a Redis that is slow or mad
 *
 * Each failure is told in words, within the timeout; what was acknowledged before is there after.
 */
#include "state/store.h"

#include "base/clock.h"
#include "redis_server.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#define TIMEOUT_MS 300
#define AT_MOST_MS 2500 /* the timeout, and a busy machine */

struct world {
	char dir[64];
	struct us_store *s;
	struct us_item item;
};

static struct redis_server server;
static uint64_t timeout_ms = TIMEOUT_MS;

static struct us_store *opened(const char *dir, const char *url)
{
	const struct us_store_place place = {
		.dir = dir, .redis_url = url, .durable = US_DURABLE_FULL, .timeout_ms = TIMEOUT_MS
	};
	struct us_store *s;

	assert_int_equal(us_store_open(&s, &place, NULL), 0);
	return s;
}

static int make_files(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	strcpy(w->dir, "/tmp/understudy-store-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->s = opened(w->dir, NULL);
	us_item_init(&w->item);
	*state = w;
	return 0;
}

static int make_redis(void **state)
{
	struct world *w = test_calloc(1, sizeof(*w));

	if (!redis_server_make(&server))
		return -1;
	w->s = opened("", server.url);
	us_item_init(&w->item);
	*state = w;
	return 0;
}

static int drop(void **state)
{
	struct world *w = *state;
	char command[160] = "true";

	us_item_fini(&w->item);
	us_store_close(w->s);
	if (w->dir[0])
		snprintf(command, sizeof(command), "rm -rf %s", w->dir);
	redis_server_drop(&server);
	test_free(w);
	return system(command);
}

static const struct us_span task = { "task", 4 };

static int put(struct world *w, const char *value)
{
	return us_store_put(w->s, task, us_span_of(value), &(struct us_put){ 0 }, NULL);
}

static void assert_value(struct world *w, const char *value)
{
	assert_int_equal(us_store_get(w->s, task, &w->item), 0);
	assert_true(us_span_is(us_buf_span(&w->item.value), value));
}

static void assert_told(struct world *w, const char *words)
{
	if (!strstr(us_store_why(w->s), words))
		fail_msg("\"%s\" lacks \"%s\"", us_store_why(w->s), words);
}

/* --- files -------------------------------------------------------------------------------------
 */

static void path_of(struct world *w, const char *name, char path[128])
{
	snprintf(path, 128, "%s/%s", w->dir, name);
}

/* Flips a byte; negative `at` counts from the end. */
static void damage(struct world *w, const char *name, long at)
{
	char path[128];
	FILE *f;
	int c;

	path_of(w, name, path);
	f = fopen(path, "r+");
	assert_non_null(f);
	fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
	c = fgetc(f);
	fseek(f, at, at < 0 ? SEEK_END : SEEK_SET);
	fputc(c ^ 1, f);
	fclose(f);
}

static void cut(struct world *w, const char *name, long n)
{
	char path[128];

	path_of(w, name, path);
	assert_int_equal(truncate(path, n), 0);
}

/* The first write goes to .1, the second to .0. */
static void a_damaged_newest_copy_is_told_and_the_one_before_given(void **state)
{
	struct world *w = *state;

	for (long at = 0; at < 80 + 4 + 3; at++) {
		assert_int_equal(us_store_drop(w->s, task, &(struct us_put){ 0 }), 0);
		assert_int_equal(put(w, "one"), 0);
		assert_int_equal(put(w, "two"), 0);
		assert_value(w, "two");
		damage(w, "task.0", at);
		assert_value(w, "one");
		assert_true(w->item.damaged);
		assert_told(w, "damaged");
		assert_int_equal(put(w, "three"), 0);
		assert_value(w, "three");
	}
}

static void a_file_that_was_cut_anywhere_is_damaged_too(void **state)
{
	struct world *w = *state;

	for (long n = 0; n < 80 + 4 + 3; n++) {
		assert_int_equal(us_store_drop(w->s, task, &(struct us_put){ 0 }), 0);
		assert_int_equal(put(w, "one"), 0);
		assert_int_equal(put(w, "two"), 0);
		cut(w, "task.0", n);
		assert_value(w, "one");
		assert_true(w->item.damaged);
	}
}

static void two_damaged_copies_are_an_error_and_not_nothing(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	assert_int_equal(put(w, "two"), 0);
	cut(w, "task.0", 10);
	cut(w, "task.1", 10);
	assert_int_equal(us_store_get(w->s, task, &w->item), US_EDAMAGED);
	assert_told(w, "neither copy");
	assert_int_equal(put(w, "three"), 0);
	assert_value(w, "three");
}

static void who_compares_versions_can_go_on_after_damage(void **state)
{
	struct us_put how = { 0 };
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	assert_int_equal(put(w, "two"), 0);
	damage(w, "task.0", -1);
	assert_value(w, "one");
	how.version = w->item.version;
	assert_int_equal(us_store_put(w->s, task, US_SPAN("three"), &how, NULL), 0);
	assert_value(w, "three");
}

static void a_damaged_claim_still_refuses_the_zombie_that_was_overwritten(void **state)
{
	struct us_put old = { 0 }, now = { 0 };
	struct world *w = *state;

	assert_int_equal(us_store_claim(w->s, task, &old.token), 0);
	assert_int_equal(us_store_claim(w->s, task, &now.token), 0);
	assert_int_equal(us_store_put(w->s, task, US_SPAN("1"), &now, NULL), 0);
	damage(w, "task.lock", 9);
	assert_int_equal(us_store_put(w->s, task, US_SPAN("2"), &old, NULL), US_ESTALE);
	assert_int_equal(us_store_put(w->s, task, US_SPAN("3"), &now, NULL), 0);
}

static void what_a_killed_writer_left_behind_is_taken_over(void **state)
{
	struct world *w = *state;
	char path[128];
	FILE *f;

	assert_int_equal(put(w, "one"), 0);
	path_of(w, "task.new", path);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("half of a long, long record that will never be finished, and a little more", f);
	fclose(f);
	assert_value(w, "one");
	assert_int_equal(put(w, "two"), 0);
	assert_value(w, "two");
	assert_int_equal(access(path, F_OK), -1);
}

static void a_lock_that_is_never_given_back_is_not_waited_for_for_ever(void **state)
{
	struct world *w = *state;
	uint64_t began = us_clock_ms();
	char path[128];
	int fd;

	assert_int_equal(put(w, "one"), 0);
	path_of(w, "task.lock", path);
	fd = open(path, O_RDWR);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(put(w, "two"), US_ETIME);
	assert_told(w, "locked");
	assert_true(us_clock_ms() - began < AT_MOST_MS);
	assert_value(w, "one"); /* readers need no lock */
	close(fd);
	assert_int_equal(put(w, "two"), 0);
}

static void no_room_is_told_raises_no_signal_and_keeps_what_was_there(void **state)
{
	struct rlimit before, none;
	struct world *w = *state;
	char big[4096];

	memset(big, 'x', sizeof(big));
	assert_int_equal(put(w, "one"), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){ 1000, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	assert_int_equal(
		us_store_put(w->s, task, us_span(big, sizeof(big)), &(struct us_put){ 0 }, NULL),
		US_EIO);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_told(w, "File too large");
	assert_value(w, "one");
	assert_false(w->item.damaged);
}

static void a_directory_where_others_could_write_is_not_used(void **state)
{
	struct us_store_place place = { .timeout_ms = 1 };
	struct world *w = *state;
	struct us_store *s;
	struct us_buf why;

	us_buf_init(&why, 1000);
	chmod(w->dir, 0770);
	place.dir = w->dir;
	assert_int_equal(us_store_open(&s, &place, &why), US_EIO);
	assert_non_null(strstr(us_buf_cstr(&why), "others could write there"));
	place.dir = "/proc/nowhere/x";
	assert_int_equal(us_store_open(&s, &place, &why), US_EIO);
	assert_non_null(strstr(us_buf_cstr(&why), "/proc/nowhere/x"));
	us_buf_fini(&why);
}

static void a_directory_is_made_with_its_parents_for_us_alone(void **state)
{
	struct world *w = *state;
	char path[160];
	struct stat st;

	snprintf(path, sizeof(path), "%s/a/b/c", w->dir);
	us_store_close(w->s);
	w->s = opened(path, NULL);
	assert_int_equal(put(w, "one"), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static bool ignore(void *self, struct us_span key) { return true; }

static int weeks_later(clockid_t id, struct timespec *now)
{
	int rc = clock_gettime(id, now);

	now->tv_sec += 21 * 24 * 3600;
	return rc;
}

static void long_after_the_end_of_a_task_nothing_is_left_of_it(void **state)
{
	struct us_put how = { .ttl_ms = 1000 };
	struct world *w = *state;
	char command[160];

	assert_int_equal(us_store_claim(w->s, task, &how.token), 0);
	assert_int_equal(us_store_put(w->s, task, US_SPAN("1"), &how, NULL), 0);
	assert_int_equal(
		us_store_put(w->s, US_SPAN("kept"), US_SPAN("1"), &(struct us_put){ 0 }, NULL), 0);
	us_clock_use(weeks_later);
	assert_int_equal(us_store_list(w->s, US_SPAN(""), ignore, NULL), 0);
	us_clock_use(clock_gettime);
	snprintf(command, sizeof(command),
	         "test \"$(ls -A %s | tr '\\n' ' ')\" = 'kept.1 kept.lock '", w->dir);
	assert_int_equal(system(command), 0);
}

/* --- Redis -------------------------------------------------------------------------------------
 */

static void tell(const char *words) { assert_true(redis_server_tell(&server, words)); }

/* A failing call, with its words, within the timeout. */
static void assert_fails(struct world *w, int rc, const char *words)
{
	uint64_t began = us_clock_ms();

	assert_int_equal(put(w, "lost"), rc);
	assert_told(w, words);
	assert_true(us_clock_ms() - began < AT_MOST_MS);
}

static void a_redis_that_hangs_costs_the_timeout_and_no_more(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	kill(server.pid, SIGSTOP);
	assert_fails(w, US_ETIME, "in time");
	assert_int_equal(us_store_get(w->s, task, &w->item), US_ETIME);
	kill(server.pid, SIGCONT);
	/* The late answers are nobody's: this one is to our question. */
	assert_int_equal(put(w, "two"), 0);
	assert_value(w, "two");
}

static void a_redis_that_hangs_for_long_is_left_alone_for_a_moment(void **state)
{
	struct world *w = *state;
	bool left_alone = false;
	uint64_t began;

	assert_int_equal(put(w, "one"), 0);
	kill(server.pid, SIGSTOP);
	for (int i = 0; i < 3; i++)
		assert_fails(w, US_ETIME, "in time");
	began = us_clock_ms();
	while (!left_alone && us_clock_ms() - began < AT_MOST_MS)
		left_alone = put(w, "lost") == US_ETIME && strstr(us_store_why(w->s), "left alone");
	assert_true(left_alone);
	began = us_clock_ms();
	kill(server.pid, SIGCONT);
	while (put(w, "two") == US_ETIME && us_clock_ms() - began < AT_MOST_MS)
		;
	assert_value(w, "two");
}

static void a_redis_that_is_gone_is_told_and_found_again(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	redis_server_stop(&server);
	assert_fails(w, US_EAWAY, "");
	assert_true(us_store_why(w->s)[0] != '\0');
	assert_true(redis_server_start(&server));
	assert_int_equal(put(w, "two"), 0);
	assert_value(w, "two");
}

static void a_restart_in_between_is_not_even_noticed(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	redis_server_stop(&server);
	assert_true(redis_server_start(&server));
	assert_int_equal(put(w, "two"), 0);
	assert_value(w, "two");
}

static void a_zombie_is_refused_although_redis_forgot_everything(void **state)
{
	struct us_put old = { 0 }, now = { 0 };
	struct world *w = *state;

	assert_int_equal(us_store_claim(w->s, task, &old.token), 0);
	tell("FLUSHALL");
	assert_int_equal(us_store_claim(w->s, task, &now.token), 0);
	assert_int_equal(us_store_put(w->s, task, US_SPAN("1"), &old, NULL), US_ESTALE);
	assert_int_equal(us_store_put(w->s, task, US_SPAN("2"), &now, NULL), 0);
}

static void a_replica_refuses_to_be_written(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	tell("REPLICAOF 127.0.0.1 1");
	assert_fails(w, US_EIO, "READONLY");
	tell("REPLICAOF NO ONE");
	assert_value(w, "one");
	assert_int_equal(put(w, "two"), 0);
}

static void a_full_redis_is_told(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	tell("CONFIG SET maxmemory 1");
	assert_fails(w, US_EIO, "OOM");
	tell("CONFIG SET maxmemory 0");
	assert_value(w, "one");
}

static void a_password_and_a_database_are_taken_from_the_url(void **state)
{
	struct world *w = *state;
	char url[128];

	tell("CONFIG SET requirepass s@cret");
	us_store_close(w->s);
	w->s = opened("", server.url);
	assert_fails(w, US_EIO, "unauthenticated");
	snprintf(url, sizeof(url), "redis://:s%%40cret@127.0.0.1:%d/3", server.port);
	us_store_close(w->s);
	w->s = opened("", url);
	assert_int_equal(put(w, "one"), 0);
	snprintf(url, sizeof(url), "unix://default:s%%40cret@%s?db=3", server.socket);
	us_store_close(w->s);
	w->s = opened("", url);
	assert_value(w, "one");
	snprintf(url, sizeof(url), "redis://:wrong@127.0.0.1:%d", server.port);
	us_store_close(w->s);
	w->s = opened("", url);
	assert_fails(w, US_EIO, "WRONGPASS");
}

static void somebody_elses_value_under_our_name_is_damage(void **state)
{
	struct world *w = *state;

	tell("SET understudy:v:task 1");
	assert_int_equal(us_store_get(w->s, task, &w->item), US_EDAMAGED);
	tell("DEL understudy:v:task");
	tell("HSET understudy:v:task n 5 s 0 0 rubbish");
	assert_int_equal(us_store_get(w->s, task, &w->item), US_EDAMAGED);
	assert_told(w, "neither copy");
}

static void a_damaged_record_in_redis_gives_the_one_before(void **state)
{
	struct world *w = *state;

	assert_int_equal(put(w, "one"), 0);
	assert_int_equal(put(w, "two"), 0);
	tell("HSET understudy:v:task 1 rubbish");
	assert_value(w, "one");
	assert_true(w->item.damaged);
}

/* --- something that is not Redis ----------------------------------------------------------------
 */

struct impostor {
	int listen_fd, port;
	const char *says;
	size_t n;
	bool drips; /* a byte now and then, without an end */
};

static void say(const struct impostor *m, int fd)
{
	struct timespec pause = { .tv_nsec = 50000000 };
	char question[4096];

	while (read(fd, question, sizeof(question)) > 0) {
		if (send(fd, m->says, m->n, MSG_NOSIGNAL) < 0)
			return;
		while (m->drips && send(fd, "x", 1, MSG_NOSIGNAL) == 1)
			nanosleep(&pause, NULL);
		if (!m->n)
			return;
	}
}

static void *pretend(void *self)
{
	struct impostor *m = self;
	int fd;

	while ((fd = accept(m->listen_fd, NULL, NULL)) >= 0) {
		say(m, fd);
		close(fd);
	}
	return NULL;
}

static void assert_nonsense(struct world *w, struct impostor *m)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	uint64_t began = us_clock_ms();
	socklen_t n = sizeof(at);
	pthread_t thread;
	char url[64];
	int rc;

	m->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(m->listen_fd, (struct sockaddr *)&at, n), 0);
	assert_int_equal(listen(m->listen_fd, 8), 0);
	assert_int_equal(getsockname(m->listen_fd, (struct sockaddr *)&at, &n), 0);
	assert_int_equal(pthread_create(&thread, NULL, pretend, m), 0);
	snprintf(url, sizeof(url), "redis://127.0.0.1:%d", ntohs(at.sin_port));
	us_store_close(w->s);
	w->s = opened("", url);
	rc = put(w, "x");
	if (rc != US_ESYNTAX && rc != US_EAWAY && rc != US_ETIME && rc != US_EIO)
		fail_msg("%d after \"%.20s\"", rc, m->says);
	assert_true(us_store_why(w->s)[0] != '\0');
	assert_true(us_store_get(w->s, task, &w->item) < 0);
	assert_true(us_store_list(w->s, task, ignore, NULL) < 0);
	assert_true(us_clock_ms() - began < 3 * AT_MOST_MS);
	us_store_close(w->s);
	w->s = opened("", url); /* hangs up */
	shutdown(m->listen_fd, SHUT_RDWR);
	pthread_join(thread, NULL);
	close(m->listen_fd);
}

static void nonsense_is_told_and_never_believed(void **state)
{
	const struct us_span answers[] = {
		US_SPAN(""),
		US_SPAN("HTTP/1.1 400 Bad Request\r\n\r\n"),
		US_SPAN("+OK\r\n"),
		US_SPAN(":17\r\n"),
		US_SPAN("$-1\r\n"),
		US_SPAN("*0\r\n"),
		US_SPAN("*2\r\n$2\r\nOK\r\n$3\r\nabc\r\n"),
		US_SPAN("*1\r\n$2\r\nOK\r\n"),
		US_SPAN("*2\r\n*1\r\n+OK\r\n:1\r\n"),
		US_SPAN("$99999999\r\nshort"),
		US_SPAN("$-7\r\n"),
		US_SPAN("*-9\r\n"),
		US_SPAN("\0\0\0\0\r\n"),
		US_SPAN("-ERR no\r\n"),
	};
	struct world *w = *state;

	for (size_t i = 0; i < US_COUNT(answers); i++)
		assert_nonsense(w, &(struct impostor){ .says = answers[i].p, .n = answers[i].n });
}

static void an_answer_that_drips_without_an_end_is_left_in_time(void **state)
{
	struct world *w = *state;

	assert_nonsense(w, &(struct impostor){ .says = "$100000\r\n", .n = 9, .drips = true });
}

static void a_wrong_url_is_told_without_its_password(void **state)
{
	static const char *const wrong[][2] = {
		{ "http://:secret@host", "must begin with redis://" },
		{ "rediss://:secret@host", "TLS" },
		{ "redis://:secret@host:0", "host or port" },
		{ "redis://:secret@host:99999", "host or port" },
		{ "redis://:secret@a,b", "redis+sentinel://" },
		{ "redis://:secret@host/x", "number of a database" },
		{ "redis://:secret@[::1", "host or port" },
		{ "unix://:secret@tmp/x", "path" },
		{ "unix://:secret@/tmp/x?d=1", "?db=NUMBER" },
	};

	for (size_t i = 0; i < US_COUNT(wrong); i++) {
		struct us_store_place place = { .redis_url = wrong[i][0], .timeout_ms = 10 };
		struct us_store *s;
		struct us_buf why;

		us_buf_init(&why, 1000);
		assert_int_equal(us_store_open(&s, &place, &why), US_EINVAL);
		if (!strstr(us_buf_cstr(&why), wrong[i][1]) || strstr(us_buf_cstr(&why), "secret"))
			fail_msg("%s: %s", wrong[i][0], us_buf_cstr(&why));
		us_buf_fini(&why);
	}
}

/* --- Sentinel -----------------------------------------------------------------------------------
 */

/* A redis-server as Sentinel over `server`; what it writes into its file is its own business. */
static pid_t start_sentinel(int port)
{
	char path[128], command[32];
	FILE *f;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/sentinel.conf", server.dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "port %d\nbind 127.0.0.1\nsentinel monitor stage 127.0.0.1 %d 1\n", port,
	        server.port);
	fclose(f);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(command, sizeof(command), "--sentinel");
		freopen("/dev/null", "w", stdout);
		execlp("redis-server", "redis-server", path, command, (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void a_sentinel_tells_who_the_master_is(void **state)
{
	struct world *w = *state;
	uint64_t until = us_clock_ms() + 10000;
	int port = free_port(), rc;
	pid_t pid = start_sentinel(port);
	char url[128], path[128];

	/* The first Sentinel of the list is not there at all. What is slow here is the machine. */
	timeout_ms = AT_MOST_MS;
	snprintf(url, sizeof(url), "redis+sentinel://127.0.0.1:1,127.0.0.1:%d/stage", port);
	us_store_close(w->s);
	w->s = opened("", url);
	while ((rc = put(w, "one")) && us_clock_ms() < until)
		;
	assert_int_equal(rc, 0);
	assert_value(w, "one");
	us_store_close(w->s);
	snprintf(url, sizeof(url), "redis+sentinel://127.0.0.1:%d/nobody", port);
	w->s = opened("", url);
	assert_fails(w, US_EAWAY, "does not know this master");
	us_store_close(w->s);
	/* One that is behind the times names a replica. */
	tell("REPLICAOF 127.0.0.1 1");
	snprintf(url, sizeof(url), "redis+sentinel://127.0.0.1:%d/stage", port);
	w->s = opened("", url);
	assert_fails(w, US_EAWAY, "not the master");
	timeout_ms = TIMEOUT_MS;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	snprintf(path, sizeof(path), "%s/sentinel.conf", server.dir);
	unlink(path);
}

#define FILES(f) cmocka_unit_test_setup_teardown(f, make_files, drop)
#define REDIS(f) cmocka_unit_test_setup_teardown(f, make_redis, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(a_damaged_newest_copy_is_told_and_the_one_before_given),
		FILES(a_file_that_was_cut_anywhere_is_damaged_too),
		FILES(two_damaged_copies_are_an_error_and_not_nothing),
		FILES(who_compares_versions_can_go_on_after_damage),
		FILES(a_damaged_claim_still_refuses_the_zombie_that_was_overwritten),
		FILES(what_a_killed_writer_left_behind_is_taken_over),
		FILES(a_lock_that_is_never_given_back_is_not_waited_for_for_ever),
		FILES(no_room_is_told_raises_no_signal_and_keeps_what_was_there),
		FILES(a_directory_where_others_could_write_is_not_used),
		FILES(a_directory_is_made_with_its_parents_for_us_alone),
		FILES(long_after_the_end_of_a_task_nothing_is_left_of_it),
		REDIS(a_redis_that_hangs_costs_the_timeout_and_no_more),
		REDIS(a_redis_that_hangs_for_long_is_left_alone_for_a_moment),
		REDIS(a_redis_that_is_gone_is_told_and_found_again),
		REDIS(a_restart_in_between_is_not_even_noticed),
		REDIS(a_zombie_is_refused_although_redis_forgot_everything),
		REDIS(a_replica_refuses_to_be_written),
		REDIS(a_full_redis_is_told),
		REDIS(a_password_and_a_database_are_taken_from_the_url),
		REDIS(somebody_elses_value_under_our_name_is_damage),
		REDIS(a_damaged_record_in_redis_gives_the_one_before),
		FILES(nonsense_is_told_and_never_believed),
		FILES(an_answer_that_drips_without_an_end_is_left_in_time),
		FILES(a_wrong_url_is_told_without_its_password),
		REDIS(a_sentinel_tells_who_the_master_is),
	};

	return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
