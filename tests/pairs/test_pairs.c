/* test_pairs.c - each dialect's program with each dialect's provider
 *
 * A question is put into the program's dialect, translated for the provider, judged and answered by
 * the stand-in, and the answer translated back: whole and streamed, in any chunking, cut short. All
 * of it is one loop over the table of dialects: a new row is tried with all others.
 */
#include "asks.h"
#include "tales.h"
#include "ways.h"

#include "../recorded/groups.h"
#include "../recorded/programs.h"
#include "../recorded/stand_in.h"
#include "wire/writer.h"

#include <stdlib.h>

#define ALL_MAX ((size_t)64 << 20)
/* Questions, answers, and streams that are cut, by chance. */
#define ASKS 60
#define TALES 25
#define CUTS 3

static struct us_arena names; /* of what failed: they outlive the way */

/* --- groups ----------------------------------------------------------------------------------- */

typedef void each(struct report *r, const struct program *p, const struct us_dialect *to);

static void by_hand(struct report *r, const struct program *p, const struct us_dialect *to)
{
	const char *name;

	for (size_t i = 0, more = true; more; i++)
		for (unsigned stream = 0; stream < 2; stream++) {
			struct us_buf body;

			us_buf_init(&body, ALL_MAX);
			more = ask_by_hand(i, stream, &body, &name);
			if (more)
				way_go(r, p, to, name, us_buf_span(&body), true, &names);
			us_buf_fini(&body);
		}
}

static void by_chance(struct report *r, const struct program *p, const struct us_dialect *to)
{
	for (uint64_t seed = 0; seed < ASKS; seed++) {
		struct us_rand chance = { seed };
		struct us_buf body;
		char name[32];

		us_buf_init(&body, ALL_MAX);
		snprintf(name, sizeof(name), "seed %u", (unsigned)seed);
		ask_by_chance(&chance, &body);
		way_go(r, p, to, name, us_buf_span(&body), false, &names);
		us_buf_fini(&body);
	}
}

/* An answer of a dialect, as its own programs are told it. */
static bool tell(const struct us_dialect *d, enum us_framing framing, uint64_t seed, bool stream,
                 struct us_arena *a, struct recording *out)
{
	struct us_req asked = { .stream_usage = true };
	struct us_look look = { .req = &asked,
		                .model = US_SPAN("m"),
		                .seed = seed,
		                .now_s = 1700000000,
		                .framing = framing };
	struct us_writer *w = us_writer_new(d, &look, NULL, stream, ALL_MAX);
	struct us_rand chance = { seed };

	if (!w)
		return false;
	tell_by_chance(&chance, (struct us_sink){ us_writer_put, w });
	*out = (struct recording){
		.dialect = d,
		.status = 200,
		.stream = stream,
		.type = us_span_of(us_framing_type(stream ? framing : US_FRAMING_WHOLE)),
		.answer = us_arena_copy(a, us_buf_span(&w->out)),
		.file = us_arena_printf(&names, "seed %u from %s, %s", (unsigned)seed, d->name,
		                        stream ? "streamed" : "whole")
	};
	us_writer_free(w);
	return true;
}

/* Who reads its own streams so is who writes them so. */
static void tell_all(struct report *r, uint64_t n,
                     void (*play_one)(struct report *, const struct recording *))
{
	for (size_t i = 0; i < nprograms; i++)
		for (uint64_t seed = 0; seed < n; seed++)
			for (unsigned stream = 0; stream < 2; stream++) {
				struct recording rec;
				struct us_arena a;

				us_arena_init(&a, ALL_MAX);
				if (tell(programs[i].listener->dialect,
				         program_framing(&programs[i]), seed, stream, &a, &rec))
					play_one(r, &rec);
				us_arena_fini(&a);
			}
}

static void to_all(struct report *r, const struct recording *rec)
{
	in_any_chunking(r, rec);
	for (size_t i = 0; i < nprograms; i++)
		answer_is_told(r, rec, &programs[i]);
}

static void tell_to_all(struct report *r, each *unused) { tell_all(r, TALES, to_all); }

static void cut_for_all(struct report *r, each *unused) { tell_all(r, CUTS, cut_after_each_event); }

static void all_pairs(struct report *r, each *go_each)
{
	const struct us_dialect *to;

	for (size_t i = 0; i < nprograms; i++)
		for (size_t k = 0; (to = us_dialect_at(k)); k++) {
			r->files++;
			go_each(r, &programs[i], to);
		}
}

/* What a body says is wrong. The spans live in the arena. */
static bool read_error(const struct us_dialect *d, const struct us_buf *body, struct us_arena *a,
                       struct us_hub_err *err)
{
	struct us_doc doc = { 0 };
	bool is = !us_doc_parse(&doc, us_arena_copy(a, us_buf_span(body))) &&
	          d->decode_error(us_doc_root(&doc), a, err);

	us_doc_fini(&doc);
	return is;
}

/* A failure of one dialect's provider, told in the other: in its words, by the type that the other
 * has for it, whoever failed. `first`: by whom it was told before; "" by nobody. */
static void tell_error(struct report *r, const struct us_dialect *from, const struct us_dialect *to,
                       unsigned status, struct us_span *first)
{
	struct us_span name =
		us_arena_printf(&names, "%u from %s to %s", status, from->name, to->name);
	struct us_hub_err said = { 0 }, heard = { 0 };
	struct us_buf body, told;
	struct us_arena a;

	us_arena_init(&a, ALL_MAX);
	us_buf_init(&body, ALL_MAX);
	us_buf_init(&told, ALL_MAX);
	stand_in_fails(from, status, &a, &body);
	r->checks++;
	if (!read_error(from, &body, &a, &said))
		report_fail(r, name, "is not read");
	said.status = status;
	if (to->encode_error(&said, &told) || !read_error(to, &told, &a, &heard))
		report_fail(r, name, "can't be told");
	else if (!heard.message.n || !us_span_eq(heard.message, said.message))
		report_fail(r, name, "is told in other words");
	else if (first->p && !us_span_eq(heard.type, *first))
		report_fail(r, name, "is a \"%.*s\", and was a \"%.*s\" from others",
		            (int)heard.type.n, heard.type.p, (int)first->n, first->p);
	*first = us_arena_copy(&names, heard.type);
	us_buf_fini(&body);
	us_buf_fini(&told);
	us_arena_fini(&a);
}

static void all_errors(struct report *r, each *unused)
{
	static const unsigned statuses[] = { 400, 401, 403, 404, 413, 429, 500, 503, 529 };
	const struct us_dialect *from, *to;

	for (size_t k = 0; (to = us_dialect_at(k)); k++)
		for (size_t s = 0; s < US_COUNT(statuses); s++) {
			struct us_span first = { 0 };

			for (size_t i = 0; (from = us_dialect_at(i)); i++)
				tell_error(r, from, to, statuses[s], &first);
		}
	r->files = r->checks / US_COUNT(statuses);
}

/* Each dialect has somebody who listens to it and somebody who answers in it. */
static void all_are_there(struct report *r, each *unused)
{
	const struct us_dialect *d;

	for (size_t k = 0; (d = us_dialect_at(k)); k++) {
		bool heard = false;

		for (size_t i = 0; i < nprograms; i++)
			heard |= programs[i].listener->dialect == d;
		r->files++;
		r->checks++;
		if (!heard || !stand_in_model(d))
			report_fail(r, us_span_of(d->name), "nobody here speaks it");
	}
}

static const struct {
	const char *name, *of;
	void (*run)(struct report *r, each *play);
	each *play;
} groups[] = {
	{ "each dialect is spoken here", "dialects", all_are_there, NULL },
	{ "a question and its answer are the same by way of each dialect", "ways", all_pairs,
	  by_hand },
	{ "errors are told in each dialect alike, whoever failed", "pairs", all_errors, NULL },
	{ "answers by chance are told in each dialect, whole and streamed", "answers", tell_to_all,
	  NULL },
	{ "what is cut short in one dialect does not end well in another", "streams", cut_for_all,
	  NULL },
	{ "questions by chance arrive in each dialect as they were asked", "pairs", all_pairs,
	  by_chance },
};

int main(void)
{
	bool ok = true;

	us_arena_init(&names, ALL_MAX);
	printf("1..%zu\n", US_COUNT(groups));
	for (size_t i = 0; i < US_COUNT(groups); i++) {
		struct report r;

		report_init(&r);
		r.of = groups[i].of;
		groups[i].run(&r, groups[i].play);
		ok &= report_print(&r, (unsigned)i + 1, groups[i].name);
		fflush(stdout);
	}
	us_arena_fini(&names);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
