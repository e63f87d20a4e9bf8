/* target_page.c - the shared page, after somebody has written into it what he should not have
 *
 * The input: a place (two bytes), and what is written there, over and over. Whatever lies there, it
 * can be opened, looked at and counted in, and says nothing impossible.
 */
#include "fuzz.h"

#include "state/page.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PLACES 61 /* of 512 bytes, and a few: all of the file */

static const struct us_health_policy policy = { 5, 60000, 10000 };

static char dir[64];

static void drop_dir(void)
{
	char file[96];

	snprintf(file, sizeof(file), "%s/state-1", dir);
	unlink(file);
	rmdir(dir);
}

/* A page with a provider in it. */
static bool begin(struct us_page *page)
{
	if (!dir[0]) {
		strcpy(dir, "/tmp/understudy-fuzz-XXXXXX");
		if (!mkdtemp(dir))
			fuzz_broken("a directory can be made");
		atexit(drop_dir);
	}
	if (us_page_open(page, dir, NULL))
		return false;
	us_page_slot(page, US_SPAN("openai"), US_SPAN("https://h:443"), US_SPAN("m"));
	return true;
}

static void scribble(struct us_span in)
{
	unsigned at = fuzz_byte(&in) << 8;
	char file[96];
	int fd;

	at |= fuzz_byte(&in);
	snprintf(file, sizeof(file), "%s/state-1", dir);
	fd = open(file, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && in.n && pwrite(fd, in.p, in.n, (off_t)at * 2) < 0)
		fuzz_broken("the page can be written");
	if (fd >= 0)
		close(fd);
}

static void look(struct us_page *page)
{
	struct us_slot *s;

	for (size_t i = 0; (s = us_page_nth(page, i)); i++) {
		struct us_health_look l = us_health_look(&s->health, &policy, 1000);

		fuzz_must(i < US_PAGE_SLOTS, "there are no more slots than there are");
		fuzz_must(l.state <= US_BREAKER_HALF_OPEN, "a breaker has one of its states");
		us_slot_percentile(s, 50);
	}
}

static void use(struct us_page *page)
{
	struct us_slot *s =
		us_page_slot(page, US_SPAN("openai"), US_SPAN("https://h:443"), US_SPAN("m"));
	uint64_t again = 0;
	enum us_admit asked;

	fuzz_must(s != NULL, "there is always a slot");
	asked = us_health_ask(&s->health, &policy, 1000, &again);
	fuzz_must(asked || again > 0, "who is not admitted is told when to ask again");
	us_health_fail(&s->health, &policy, asked, 1000);
	us_health_ok(&s->health, US_ADMIT_YES, 900);
	us_slot_count(s, US_COUNT_ok);
	us_slot_latency(s, 3);
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
	dir[0] = '\0';
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	for (unsigned i = 0; !g->kind[0] && i < 4; i++) {
		unsigned char first[2] = { 0, (unsigned char)(i * 6) };

		fuzz_seed(to, first, sizeof(first), US_SPAN("\xff\xff\xff\xff\xff\xff\xff\xff"));
	}
}

const struct fuzz_target fuzz_page = { .name = "page", .play = play, .seed = seed };
