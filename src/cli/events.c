/* events.c - understudy events: what happened lately, in all processes of this user
 */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/event_line.h"
#include "cli/view.h"
#include "state/event_json.h"

#include <time.h>

#define NAME "events"
#define LINE_MAX_BYTES 4096
#define LOOK_MS 100    /* how often, when following */
#define STUCK_LOOKS 10 /* so long a record that is being written is waited for */

struct options {
	struct us_view view;
	bool follow, json;
	uint64_t last; /* only so many; UINT64_MAX: all that are there */
};

/* Where we are in the ring. */
struct place {
	uint64_t made_ms, next;
	unsigned stuck; /* looks at a record that is not there yet */
	bool begun;
};

static void print_json(const struct us_out *out, const struct us_page *page,
                       const struct us_event *e)
{
	struct us_buf line;

	us_buf_init(&line, LINE_MAX_BYTES);
	us_event_json(&line, page, e);
	fwrite(us_buf_cstr(&line), 1, line.n, out->to);
	us_buf_fini(&line);
}

/* --- the ring -------------------------------------------------------------------------------- */

static void find_beginning(struct place *at, const struct us_page *page, uint64_t first,
                           uint64_t end, uint64_t last)
{
	bool other = at->begun && at->made_ms != us_page_made_ms(page);

	if (!at->begun)
		at->next = end - first > last ? end - last : first;
	else if (other)
		at->next = first;
	if (at->begun && !other && at->next < first)
		us_out_tell(NAME, "%llu events were overwritten before they could be read",
		            (unsigned long long)(first - at->next));
	if (at->next < first)
		at->next = first;
	at->made_ms = us_page_made_ms(page);
	at->begun = true;
}

/* A record that is not there yet: is it to be waited for? Its writer may have died. */
static bool is_awaited(struct place *at, const struct options *o)
{
	if (o->follow && at->stuck++ < STUCK_LOOKS)
		return true;
	at->stuck = 0;
	return false;
}

static void show(struct place *at, struct us_page *page, const struct options *o)
{
	const struct us_events *ring = us_page_events(page);
	uint64_t first, end;
	struct us_event e;

	us_events_range(ring, &first, &end);
	find_beginning(at, page, first, end, o->last);
	for (; at->next < end; at->next++) {
		enum us_event_read got = us_events_read(ring, at->next, &e);

		if (got == US_EVENT_NOT_YET && is_awaited(at, o))
			return;
		if (got != US_EVENT_GOOD)
			continue;
		at->stuck = 0;
		if (o->json)
			print_json(&o->view.out, page, &e);
		else
			us_event_line(&o->view.out, page, &e);
	}
}

/* 0, or 1 when it can't be read or nobody reads what is said. */
static int look(struct place *at, struct options *o)
{
	struct us_page page;
	int rc = us_view_look(&o->view, &page);

	if (page.file)
		show(at, &page, o);
	if (!at->next && !rc && !o->follow && !o->json)
		fputs("no events yet\n", o->view.out.to);
	at->begun = true; /* without a page: whatever comes is new */
	us_page_close(&page);
	return us_out_done(&o->view.out) ? 1 : rc;
}

static int events(struct us_view *v)
{
	struct options *o = (struct options *)v; /* its first member */
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	struct place at = { 0 };
	int rc;

	us_view_settle(&o->view);
	do
		rc = look(&at, o);
	while (!rc && o->follow && nanosleep(&pause, NULL) == 0);
	return rc;
}

/* --- the command line ------------------------------------------------------------------------ */

static const char help_text[] =
	"usage: understudy events [OPTION]...\n"
	"\n"
	"Shows what happened lately in all processes of this user: calls that ended, and of\n"
	"those that were not healthy each attempt, verdict, wait and failover, and how breakers\n"
	"turned. The latest 4096 are kept; UNDERSTUDY_EVENTS names a file for all of them.\n"
	"\n"
	"  --follow     go on as more come\n"
	"  --json       a line of JSON for each; understudy(1) names its members\n"
	"  --last N     only the last N of those that are there\n"
	"  --state DIR  the state in that directory, not in that of UNDERSTUDY_STATE\n"
	"  --help       say this\n"
	"\n"
	"A line has the time, the name that `understudy run` gave, the process and the number of\n"
	"its call, the event, the provider and the model. Nothing of what is asked or answered\n"
	"is ever kept.\n"
	"\n"
	"The exit status is 0, 1 if the state cannot be read, 2 if an option is wrong.\n";

static int take(struct us_view *v, int letter, const char *value)
{
	struct options *o = (struct options *)v;

	switch (letter) {
	case 'f':
		o->follow = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'n':
		if (us_span_u64(us_span_of(value), &o->last))
			return 0;
		return us_view_refuse(&o->view, "--last", "takes a number");
	default:
		return us_view_take(&o->view, letter, value);
	}
}

int us_cli_events(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "last", required_argument, NULL, 'n' },
		US_VIEW_OPTIONS,
	};
	static const struct us_view_command command = { NAME, "f", longs, take, help_text, events };
	struct options o = { .last = UINT64_MAX };

	return us_view_main(&o.view, &command, argc, argv);
}
