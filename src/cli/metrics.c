/* metrics.c - understudy metrics: the figures as Prometheus reads them */
#include "cli/metrics.h"

#include "base/clock.h"
#include "cli/cli.h"

#define NAME "metrics"

struct options {
	struct us_view view;
	const char *listen; /* NULL: print once */
};

static int metrics(struct us_view *v)
{
	struct options *o = (struct options *)v; /* its first member */
	struct us_page page;
	struct us_buf text;
	int rc;

	us_view_settle(&o->view);
	if (o->listen)
		return us_metrics_serve(&o->view, o->listen);
	us_buf_init(&text, US_METRICS_MAX);
	rc = us_view_look(&o->view, &page);
	if (!rc)
		rc = us_metrics_print(&text, page.file ? &page : NULL, &o->view.policy,
		                      us_clock_ms()) != 0;
	if (!rc)
		fwrite(text.p, 1, text.n, stdout);
	us_page_close(&page);
	us_buf_fini(&text);
	return us_out_done(&o->view.out) ? 1 : rc;
}

/* --- the command line ------------------------------------------------------------------------ */

static const char help_text[] =
	"usage: understudy metrics [OPTION]...\n"
	"\n"
	"Prints what was counted, of each provider and model and of each program that was run\n"
	"under a name, in the text format of Prometheus. Names are those of OpenTelemetry's\n"
	"conventions for GenAI where it has one.\n"
	"\n"
	"  --listen [ADDRESS:]PORT  answer scrapers, on 127.0.0.1 if no address is given\n"
	"  --state DIR              the state in that directory, not in that of UNDERSTUDY_STATE\n"
	"  --help                   say this\n"
	"\n"
	"Without --listen it is for the textfile collector of the node exporter. Counters begin\n"
	"at 0 when the state is made (a restart of the machine, mostly).\n"
	"\n"
	"The exit status is 0, 1 if the state cannot be read, 2 if an option is wrong.\n";

static int take(struct us_view *v, int letter, const char *value)
{
	struct options *o = (struct options *)v;

	if (letter != 'l')
		return us_view_take(&o->view, letter, value);
	o->listen = value;
	return 0;
}

int us_cli_metrics(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "listen", required_argument, NULL, 'l' },
		US_VIEW_OPTIONS,
	};
	static const struct us_view_command command = { NAME, "", longs, take, help_text, metrics };
	struct options o = { .listen = NULL };

	return us_view_main(&o.view, &command, argc, argv);
}
