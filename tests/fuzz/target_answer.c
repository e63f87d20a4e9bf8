/* target_answer.c - an answer in any dialect and framing: what events it is worth
 *
 * The events keep the promises of answer.h, and are the same however the bytes arrive. Where the
 * decoder is not asked for them, watching comes to the same end.
 */
#include "reading.h"

#include "../unit/events.h"

static struct fuzz_read note(const struct fuzz_reading *r, struct fuzz_cuts cuts, struct events *e)
{
	struct fuzz_read read;
	const char *broken;

	events_init(e);
	read = fuzz_read(r, cuts, (struct us_sink){ events_put, e });
	broken = read.rc ? e->broken : events_broken(e);
	/* Only text has characters that could be cut. */
	if (broken && (fuzz_is_text(r->body) || !strstr(broken, "character")))
		fuzz_must(false, broken);
	return read;
}

static void play(struct us_span in)
{
	struct fuzz_reading r = fuzz_reading(&in);
	struct fuzz_cuts cuts = fuzz_cuts(&in), none = { .at = 0 };
	struct fuzz_read whole, pieces;
	struct events one, other;

	r.body = in;
	whole = note(&r, none, &one);
	pieces = note(&r, cuts, &other);
	fuzz_must(whole.rc == pieces.rc && whole.clean == pieces.clean &&
	                  whole.failed == pieces.failed,
	          "pieces come to the same end");
	fuzz_must(us_span_eq(us_buf_span(&one.lines), us_buf_span(&other.lines)),
	          "pieces give the same events");
	events_fini(&one);
	events_fini(&other);
	fuzz_read(&r, none, (struct us_sink){ NULL, NULL });
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	fuzz_seed_answer(g, to, NULL, 0);
}

const struct fuzz_target fuzz_answer = { .name = "answer", .play = play, .seed = seed };
