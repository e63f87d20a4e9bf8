/* target_cross_answer.c - an answer from each dialect to each program, as a stream and whole
 *
 * Who hears it is a strict reader of the program's dialect that shares no code with src/wire
 * (tests/recorded/listen_*.c): it must find no rule broken, and understand what the events add up
 * to, from the stream as from the document. Our own reader must find it complete.
 */
#include "reading.h"

#include "../recorded/programs.h"
#include "wire/writer.h"

#define ANSWER_MAX ((size_t)16 << 20)
#define BLOCKS_MAX 100

struct cross {
	struct fuzz_reading from;
	struct fuzz_cuts cuts;
	const struct program *program;
	struct heard sum; /* what should be understood */
	bool judged;      /* by a strict reader */
	bool many;        /* blocks, more than our own readers follow */
	bool torn;        /* arguments that only began like an object: in a stream they are out */
	struct fuzz_read read;
};

static struct us_look look_of(const struct program *p)
{
	return (struct us_look){ .req = &p->asked,
		                 .model = US_SPAN("asked-for"),
		                 .seed = 20,
		                 .now_s = 1700000000,
		                 .framing = p->listener->framing,
		                 .in_estimate = 7 };
}

static bool is_torn(const struct us_resp *r)
{
	for (size_t i = 0; i < r->nblocks; i++)
		if (r->blocks[i].args_kind == US_ARGS_INVALID &&
		    us_span_starts(us_span_trim(r->blocks[i].args), "{"))
			return true;
	return false;
}

static void expect(struct cross *x)
{
	struct us_resp sum;

	us_resp_init(&sum, ANSWER_MAX);
	x->read = fuzz_read(&x->from, x->cuts, (struct us_sink){ us_resp_put, &sum });
	fuzz_count_pause(true);
	x->torn = is_torn(&sum);
	x->many = sum.nblocks > BLOCKS_MAX;
	heard_init(&x->sum);
	if (!x->read.rc)
		x->program->listener->expect(&x->sum, &sum, &x->program->asked);
	if (sum.usage.cache_read + sum.usage.cache_write > sum.usage.in)
		x->sum.usage.known = 0; /* a part larger than the whole: no dialect can say both */
	x->sum.done = x->read.clean;
	x->sum.failed = !x->read.clean;
	us_resp_fini(&sum);
	fuzz_count_pause(false);
}

/* What our own decoder of the program's dialect makes of it. */
static void read_back(const struct cross *x, struct us_span bytes, bool stream)
{
	const struct listener *l = x->program->listener;
	enum us_framing own = l->framing ? l->framing : l->dialect->framing;
	struct fuzz_reading again = { l->dialect, stream ? own : US_FRAMING_WHOLE, bytes };
	struct fuzz_read r = fuzz_read(&again, x->cuts, (struct us_sink){ NULL, NULL });

	fuzz_must(!r.rc && r.clean, "our own reader finds it complete");
}

static void hear(const struct cross *x, struct us_span bytes, bool stream)
{
	const struct listener *l = x->program->listener;
	const char *differs;
	struct heard h;

	if (!x->judged || (stream && x->torn))
		return;
	heard_init(&h);
	(stream ? l->stream : l->document)(&h, bytes, &x->program->asked);
	fuzz_must(!h.broken, h.broken ? h.broken : "");
	fuzz_must(h.done == x->read.clean, "all of it is told, or its end is not");
	differs = x->read.clean ? heard_differs(&h, &x->sum) : heard_goes_beyond(&h, &x->sum);
	fuzz_must(!differs, differs ? differs : "");
	heard_fini(&h);
	if (x->read.clean && !x->many)
		read_back(x, bytes, stream);
}

static void tell(struct cross *x, bool stream)
{
	struct us_look look = look_of(x->program);
	struct us_writer *w =
		us_writer_new(x->program->listener->dialect, &look, NULL, stream, ANSWER_MAX);
	struct fuzz_read r;

	if (!w)
		return;
	r = fuzz_read(&x->from, x->cuts, (struct us_sink){ us_writer_put, w });
	fuzz_must(r.rc == x->read.rc && r.clean == x->read.clean,
	          "whoever listens, it is the same");
	fuzz_must(r.rc || w->done == r.clean, "the writer knows when it is done");
	fuzz_count_pause(true);
	if (!r.rc && (stream || w->done))
		hear(x, us_buf_span(&w->out), stream);
	fuzz_count_pause(false);
	us_writer_free(w);
}

static void cross(struct us_span in)
{
	const struct us_dialect *to = fuzz_dialect(&in);
	unsigned n = fuzz_byte(&in);
	struct cross x = { .from = fuzz_reading(&in) };

	x.cuts = fuzz_cuts(&in);
	x.from.body = in;
	x.judged = fuzz_is_text(in);
	for (size_t i = 0; i < nprograms * 2; i++) {
		x.program = &programs[(n + i) % nprograms];
		if (x.program->listener->dialect == to)
			break;
	}
	if (x.program->listener->dialect != to || to == x.from.dialect)
		return;
	expect(&x);
	tell(&x, true);
	tell(&x, false);
	heard_fini(&x.sum);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	for (size_t i = 0; i < nprograms; i++) {
		unsigned char first[2] = { fuzz_mark(programs[i].listener->dialect),
			                   (unsigned char)i };

		fuzz_seed_answer(g, to, first, sizeof(first));
	}
}

const struct fuzz_target fuzz_cross_answer = { .name = "cross_answer",
	                                       .play = cross,
	                                       .seed = seed };
