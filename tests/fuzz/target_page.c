/* target_page.c - the shared page, after somebody has written into it what he should not have
 *
 * The input: a place (two bytes, in steps of eight), and what is written there. Whatever lies
 * there, the page can be opened, looked at and counted in, and says nothing impossible.
 */
#include "fuzz.h"

#include "state/event_json.h"
#include "state/page.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct us_health_policy policy = { .trip_after = 5,
	                                        .open_ms = 60000,
	                                        .probe_ms = 10000 };

static char dir[64];

/* The file of the page; the caller closes it. */
static int open_file(int flags)
{
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd = -1;
	DIR *d = at < 0 ? NULL : fdopendir(at);

	for (struct dirent *e; d && fd < 0 && (e = readdir(d));)
		if (strncmp(e->d_name, "state", 5) == 0)
			fd = openat(at, e->d_name, flags | O_CLOEXEC);
	if (d)
		closedir(d);
	return fd;
}

static void drop_dir(void)
{
	DIR *d = opendir(dir);

	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
	dir[0] = '\0';
}

/* A page with a provider in it. */
static bool begin(struct us_page *page)
{
	strcpy(dir, "/tmp/understudy-fuzz-XXXXXX");
	if (!mkdtemp(dir))
		fuzz_broken("a directory can be made");
	if (us_page_open(page, dir, NULL))
		return false;
	us_page_slot(page, US_SPAN("openai"), US_SPAN("https://h:443"), US_SPAN("m"));
	return true;
}

static void scribble(struct us_span in)
{
	unsigned at = fuzz_byte(&in) << 8;
	int fd = open_file(O_WRONLY);

	at |= fuzz_byte(&in);
	if (fd >= 0 && in.n && pwrite(fd, in.p, in.n, (off_t)at * 8) < 0)
		fuzz_broken("the page can be written");
	if (fd >= 0)
		close(fd);
}

static void look_at_events(struct us_page *page)
{
	struct us_events *r = us_page_events(page);
	uint64_t first, end;
	struct us_buf out;

	us_buf_init(&out, (size_t)1 << 20);
	us_events_range(r, &first, &end);
	fuzz_must(first <= end && end - first <= US_EVENTS_MAX,
	          "no more events than there is room");
	for (; first < end; first++) {
		struct us_event e;

		us_buf_clear(&out);
		if (us_events_read(r, first, &e) == US_EVENT_GOOD)
			fuzz_must(!us_event_json(&out, page, &e), "an event can be told");
	}
	us_buf_fini(&out);
}

static void look(struct us_page *page)
{
	struct us_slot *s;

	for (size_t i = 0; (s = us_page_nth(page, i)); i++) {
		struct us_health_look l = us_health_look(&s->health, &policy, 1000);

		fuzz_must(i < US_PAGE_SLOTS, "there are no more slots than there are");
		fuzz_must(l.state <= US_BREAKER_HALF_OPEN, "a breaker has one of its states");
		us_times_percentile(&s->first, &s->answer, 50);
	}
	look_at_events(page);
}

static void use(struct us_page *page)
{
	struct us_slot *s =
		us_page_slot(page, US_SPAN("openai"), US_SPAN("https://h:443"), US_SPAN("m"));
	struct us_event e = { .kind = 0 };
	uint64_t again = 0;
	enum us_admit asked;

	fuzz_must(s != NULL, "there is always a slot");
	asked = us_health_ask(&s->health, &policy, 1000, &again);
	fuzz_must(asked || again > 0, "who is not admitted is told when to ask again");
	us_health_fail(&s->health, &policy, asked, 1000);
	us_health_ok(&s->health, US_ADMIT_YES, 900);
	us_slot_count(s, US_COUNT_ok);
	us_times_add(&s->first, 3);
	us_page_tree(page, US_SPAN("tree"));
	us_events_add(us_page_events(page), &e);
}

static void play(struct us_span in)
{
	struct us_page page, other;

	if (!begin(&page))
		return;
	scribble(in);
	look(&page);
	use(&page);
	us_page_close(&page);
	if (!us_page_look(&other, dir, NULL)) {
		look(&other);
		us_page_close(&other);
	}
	if (!us_page_open(&other, dir, NULL)) { /* which mends what is no page any more */
		use(&other);
		us_page_close(&other);
	}
	drop_dir();
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	for (unsigned i = 0; !g->kind[0] && i < 4; i++) {
		unsigned char first[2] = { (unsigned char)(i & 2), (unsigned char)(i * 6) };

		fuzz_seed(to, first, sizeof(first), US_SPAN("\xff\xff\xff\xff\xff\xff\xff\xff"));
	}
}

const struct fuzz_target fuzz_page = { .name = "page", .play = play, .seed = seed };
