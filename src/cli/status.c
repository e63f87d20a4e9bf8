/* status.c - understudy status: what the processes of this user have seen of the providers
 */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/status.h"
#include "cli/view.h"

#include <time.h>

#define WATCH_DEFAULT_S 2
#define WATCH_MAX_S 86400

struct options {
	struct us_view view;
	bool json;
	uint64_t watch_s; /* 0: once */
};

static int print(const struct us_status *st, const struct options *o)
{
	if (o->json)
		return us_status_json(st, &o->view.out);
	if (st->page && us_page_nth(st->page, 0))
		us_status_tables(st, &o->view.out);
	else
		fputs("no calls yet\n", o->view.out.to);
	return 0;
}

static int show(struct us_status *st, struct options *o)
{
	struct us_page page;
	int rc = us_view_look(&o->view, &page);

	st->page = page.file ? &page : NULL;
	st->now_ms = us_clock_ms();
	if (!rc)
		rc = print(st, o);
	us_page_close(&page);
	return us_out_done(&o->view.out) ? 1 : rc;
}

/* On a terminal the picture is drawn anew, elsewhere the next one is added. */
static int watch(struct us_status *st, struct options *o)
{
	const struct timespec pause = { .tv_sec = (time_t)o->watch_s };
	int rc;

	do {
		if (o->view.out.terminal && !o->json)
			fputs("\033[H\033[2J", o->view.out.to);
		rc = show(st, o);
		if (!o->view.out.terminal && !o->json)
			fputc('\n', o->view.out.to);
	} while (!rc && nanosleep(&pause, NULL) == 0);
	return rc;
}

static int status(struct us_view *v)
{
	struct options *o = (struct options *)v; /* its first member */
	struct us_status st = { 0 };

	us_view_settle(&o->view);
	st.dir = us_buf_cstr(&o->view.dir);
	st.policy = o->view.policy;
	st.budget = o->view.budget;
	return o->watch_s ? watch(&st, o) : show(&st, o);
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

static int take(struct us_view *v, int letter, const char *value)
{
	struct options *o = (struct options *)v;

	switch (letter) {
	case 'j':
		o->json = true;
		return 0;
	case 'w':
		o->watch_s = WATCH_DEFAULT_S;
		if (!value || (us_span_u64(us_span_of(value), &o->watch_s) && o->watch_s &&
		               o->watch_s <= WATCH_MAX_S))
			return 0;
		return us_view_refuse(&o->view, "--watch",
		                      "takes a number of seconds from 1 to 86400");
	default:
		return us_view_take(&o->view, letter, value);
	}
}

int us_cli_status(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", optional_argument, NULL, 'w' },
		US_VIEW_OPTIONS,
	};
	static const struct us_view_command command = { US_STATUS_NAME, "",        longs,
		                                        take,           help_text, status };
	struct options o = { 0 };

	return us_view_main(&o.view, &command, argc, argv);
}
