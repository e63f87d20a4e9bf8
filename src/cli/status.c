/* status.c - understudy status: what the processes of this user have seen of the providers
 *
 * The page is only read, and not made if it is not there. Whoever writes it goes on writing
 * meanwhile: each figure is right, the sum of two may be off by one.
 */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/settings.h"
#include "cli/status.h"

#include <getopt.h>
#include <time.h>

#define WATCH_DEFAULT_S 2
#define WATCH_MAX_S 86400

struct options {
	struct us_out out;
	struct us_buf dir;
	bool json, help;
	uint64_t watch_s; /* 0: once */
};

static int print(const struct us_status *st, const struct options *o)
{
	if (o->json)
		return us_status_json(st, &o->out);
	if (st->page && us_page_nth(st->page, 0))
		us_status_tables(st, &o->out);
	else
		fputs("no calls yet\n", o->out.to);
	return 0;
}

static int show(struct us_status *st, const struct options *o)
{
	struct us_page page;
	struct us_buf why;
	int rc;

	us_buf_init(&why, US_STATUS_DIR_MAX);
	rc = us_page_look(&page, st->dir, &why);
	st->page = rc ? NULL : &page;
	st->now_ms = us_clock_ms();
	if (rc && rc != US_ENOENT) {
		us_out_tell(US_STATUS_NAME, "%s", us_buf_cstr(&why));
		rc = 1;
	} else {
		rc = print(st, o);
	}
	us_page_close(&page);
	us_buf_fini(&why);
	return us_out_done(&o->out) ? 1 : rc;
}

/* On a terminal the picture is drawn anew, elsewhere the next one is added. */
static int watch(struct us_status *st, const struct options *o)
{
	const struct timespec pause = { .tv_sec = (time_t)o->watch_s };
	int rc;

	do {
		if (o->out.terminal && !o->json)
			fputs("\033[H\033[2J", o->out.to);
		rc = show(st, o);
		if (!o->out.terminal && !o->json)
			fputc('\n', o->out.to);
	} while (!rc && nanosleep(&pause, NULL) == 0);
	return rc;
}

/* The settings say where the page lies and how long a breaker stays open. */
static int status(struct options *o)
{
	struct us_status st = { 0 };
	struct us_conf conf;
	int rc;

	us_settings_load(&conf, US_STATUS_NAME);
	if (!o->dir.n)
		us_settings_state_dir(&conf, &o->dir);
	st.dir = us_buf_cstr(&o->dir);
	/* The time of a probe is not shown, and so not needed. */
	st.policy.trip_after = (unsigned)conf.breaker.count;
	st.policy.open_ms = conf.breaker.ms;
	rc = o->watch_s ? watch(&st, o) : show(&st, o);
	us_conf_fini(&conf);
	return rc;
}

/* --- the command line ------------------------------------------------------------------------ */

static const char help_text[] =
	"usage: understudy status [OPTION]...\n"
	"\n"
	"Shows the providers that programs of this user have called, as all their processes see\n"
	"them, and what was counted since the state was made.\n"
	"\n"
	"  --json             one line of JSON; understudy(1) names its members\n"
	"  --watch[=SECONDS]  again and again, every 2 seconds by default\n"
	"  --state DIR        the state in that directory, not in that of UNDERSTUDY_STATE\n"
	"  --help             say this\n"
	"\n"
	"BREAKER   closed: it is asked; open: it is not; half-open: one call tries it;\n"
	"          cooling: it wished to be left alone\n"
	"LEFT      calls that went on to another provider\n"
	"STOOD IN  calls it served in another's place\n"
	"SKIPPED   calls that passed it by while it was open or cooling\n"
	"CUT       answers that broke off in the middle\n"
	"P50, P99  half of the calls, 99 of 100, had their first content in less time\n"
	"\n"
	"The exit status is 0, 1 if the state cannot be read, 2 if an option is wrong.\n";

static int help(void)
{
	fputs(help_text, stdout);
	return fflush(stdout) ? 1 : 0;
}

static int refuse(const char *what, const char *why)
{
	us_out_tell(US_STATUS_NAME, "%s %s", what, why);
	us_out_tell(US_STATUS_NAME, "try `understudy status --help`");
	return 2;
}

static int take(struct options *o, int letter, const char *value)
{
	switch (letter) {
	case 'j':
		o->json = true;
		return 0;
	case 'w':
		o->watch_s = WATCH_DEFAULT_S;
		if (!value || (us_span_u64(us_span_of(value), &o->watch_s) && o->watch_s &&
		               o->watch_s <= WATCH_MAX_S))
			return 0;
		return refuse("--watch", "takes a number of seconds from 1 to 86400");
	case 's':
		us_buf_clear(&o->dir);
		return us_buf_add_str(&o->dir, value) ? refuse("--state", "is too long") : 0;
	case 'h':
		o->help = true;
		return 0;
	default: /* getopt has said what is wrong */
		us_out_tell(US_STATUS_NAME, "try `understudy status --help`");
		return 2;
	}
}

static int read_options(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", optional_argument, NULL, 'w' },
		{ "state", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int letter, rc = 0;

	optind = 1;
	while (!rc && (letter = getopt_long(argc, argv, "", longs, NULL)) != -1)
		rc = take(o, letter, optarg);
	return !rc && optind < argc ? refuse(argv[optind], "is no option") : rc;
}

int us_cli_status(int argc, char **argv)
{
	struct options o = { .out = us_out_open(stdout) };
	int rc;

	us_buf_init(&o.dir, US_STATUS_DIR_MAX);
	rc = read_options(&o, argc, argv);
	if (!rc)
		rc = o.help ? help() : status(&o);
	us_buf_fini(&o.dir);
	return rc;
}
