/* mirror.c - understudy mirror: what this host knows of providers, shared with others by Redis
 *
 * Calls never wait for Redis: they read the page, and this process, one for each page, keeps that
 * and Redis alike. `understudy run` starts one where a Redis is set, which ends with the program;
 * whoever preloads without it runs one as a service.
 */
#include "cli/mirror.h"

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/out.h"
#include "cli/settings.h"
#include "state/mirror.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "mirror"
#define WRONG 2
#define TICK_MS 200   /* a change is known elsewhere within two of these */
#define AGAIN_MS 1000 /* after a failure, and while another process mirrors this page */
#define TIMEOUT_MS 2000
#define PREFIX "understudy"

static const char usage[] =
	"usage: understudy mirror [--until PID]\n"
	"\n"
	"Shares with other hosts, by the Redis of UNDERSTUDY_REDIS_URL, which providers are down\n"
	"or want to be left alone, and what was spent of the budget. Calls do not wait for it: it\n"
	"keeps the page that they read.\n"
	"`understudy run` starts one where a Redis is set; with a preload alone, run it as a\n"
	"service. It ends on SIGTERM or SIGINT.\n"
	"\n"
	"  --until PID   end when this process does\n"
	"  --help        say this\n";

static volatile sig_atomic_t stop;

static void on_stop(int number) { stop = number; }

static void pause_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL); /* a signal cuts it short */
}

static bool is_over(pid_t until) { return stop || (until && kill(until, 0) && errno == ESRCH); }

/* One process mirrors a page; the others stand by. -1: this one may not. */
static int take_turn(const char *dir, pid_t until)
{
	struct us_buf path;
	int fd;

	us_buf_init(&path, 8192);
	us_buf_addf(&path, "%s/mirror", dir);
	fd = open(us_buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	us_buf_fini(&path);
	while (fd >= 0 && !is_over(until) && flock(fd, LOCK_EX | LOCK_NB))
		pause_ms(AGAIN_MS);
	return fd;
}

/* Told once per trouble: it may last. */
static void tell_trouble(struct us_redis *redis, int rc, bool *told)
{
	if (rc && !*told)
		us_out_tell(NAME, "Redis: %s", us_redis_why(redis));
	*told = rc != 0;
}

static void mirror(struct us_mirror *m, pid_t until)
{
	bool told = false;

	while (!is_over(until)) {
		int rc = us_mirror_tick(m, us_clock_ms());

		tell_trouble(m->redis, rc, &told);
		pause_ms(rc ? AGAIN_MS : TICK_MS);
	}
}

static int with_page(const struct us_conf *conf, const char *dir, pid_t until)
{
	static struct us_mirror m;
	struct us_page page;
	struct us_buf why;
	int turn, rc;

	us_buf_init(&why, 1024);
	m = (struct us_mirror){ .page = &page,
		                .policy = { .trip_after = (unsigned)conf->breaker.count,
		                            .open_ms = conf->breaker.ms },
		                .budget = conf->budget,
		                .prefix = US_SPAN(PREFIX) };
	rc = us_page_open(&page, dir, &why);
	if (!rc && page.shared)
		rc = us_redis_new(&m.redis, conf->redis_url, TIMEOUT_MS, &why);
	if (rc || !page.shared)
		us_out_tell(NAME, "%s", why.n ? us_buf_cstr(&why) : us_err_text(rc));
	turn = m.redis ? take_turn(dir, until) : -1;
	if (turn >= 0)
		mirror(&m, until);
	us_redis_free(m.redis);
	us_page_close(&page);
	us_buf_fini(&why);
	return turn >= 0 ? 0 : 1;
}

static int read_options(int argc, char **argv, pid_t *until, bool *help)
{
	static const struct option longs[] = { { "until", required_argument, NULL, 'u' },
		                               { "help", no_argument, NULL, 'h' },
		                               { 0 } };
	uint64_t pid;
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (letter == 'h') {
			*help = true;
			return 0;
		}
		if (letter != 'u' || !us_span_u64(us_span_of(optarg), &pid) || !pid ||
		    pid > INT32_MAX) {
			us_out_tell(NAME, "try `understudy mirror --help`");
			return WRONG;
		}
		*until = (pid_t)pid;
	}
	return 0;
}

int us_cli_mirror(int argc, char **argv)
{
	struct sigaction act = { .sa_handler = on_stop };
	struct us_conf conf;
	struct us_buf dir;
	pid_t until = 0;
	bool help = false;
	int rc = read_options(argc, argv, &until, &help);

	if (rc)
		return rc;
	if (help) {
		fputs(usage, stdout);
		return fflush(stdout) ? 1 : 0;
	}
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGINT, &act, NULL);
	us_settings_load(&conf, NAME);
	us_buf_init(&dir, 4096);
	us_settings_state_dir(&conf, &dir);
	if (conf.redis_url[0]) {
		rc = with_page(&conf, us_buf_cstr(&dir), until);
	} else {
		us_out_tell(NAME, "UNDERSTUDY_REDIS_URL is not set");
		rc = WRONG;
	}
	us_buf_fini(&dir);
	us_conf_fini(&conf);
	return rc;
}

/* A grandchild, so that the program has no child that it does not know. */
void us_mirror_start(void)
{
	char pid[24];
	pid_t child;

	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);

		if (fork() != 0)
			_exit(0);
		setsid();
		for (int fd = 0; null >= 0 && fd < 3; fd++)
			dup2(null, fd);
		close_range(3, ~0U, 0); /* of pipes that others wait to see closed */
		unsetenv("LD_PRELOAD");
		execl("/proc/self/exe", "understudy", NAME, "--until", pid, (char *)NULL);
		_exit(127);
	}
	if (child > 0)
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
}
