/* test_plans.c - requests by chance for each dialect: what a plan says can be carried is taken
 *
 * A request that is not called impossible must be one that a strict provider accepts, whatever the
 * model; read again and written again it is the same; and what travels as the bytes that came
 * arrives so. Each is a loop over the table of dialects.
 */
#include "hubs.h"

#include "../recorded/report.h"
#include "../recorded/stand_in.h"
#include "wire/profile.h"
#include "wire/reader.h"
#include "wire/translate.h"
#include "wire/writer.h"

#include <stdio.h>
#include <stdlib.h>

#define HUBS 10000 /* requests by chance, each to each dialect */
#define ALL_MAX ((size_t)64 << 20)

/* Models to write for: a name for each row, its pattern without the stars. */
static const struct {
	const char *dialect, *pattern;
} models[] = {
#define X(dialect, pattern, ...) { dialect, pattern },
#include "wire/models.def"
#undef X
};

static const char *const profiles[] = {
#define ROW(name, ...) name,
#include "wire/profiles.def"
#undef ROW
};

/* Speaks no dialect: what is its program's is always translated. */
static const struct us_dialect nobody = { .name = "nobody" };

static struct us_arena names; /* of what failed */

/* A request on its way to a target. */
struct way {
	struct us_target to;
	char model[64];
	struct us_rendered out;
	enum us_loss loss;
};

/* The pattern without its stars, and of each set the first: a model that exists, or could. One
 * whose version is left open is the fifth. */
static struct us_span model_name(struct way *w, const char *pattern)
{
	size_t n = 0;

	for (; *pattern && n + 3 < sizeof(w->model); pattern++) {
		if (*pattern == '[') {
			w->model[n++] = pattern[1];
			pattern = strchr(pattern, ']');
		} else if (*pattern != '*') {
			w->model[n++] = *pattern;
		} else if (n && w->model[n - 1] == '-') {
			w->model[n++] = '5';
			w->model[n++] = '-';
		}
	}
	if (us_span_ends(us_span(w->model, n), "-4"))
		w->model[n++] = '-';
	if (n && w->model[n - 1] == '-' && w->model[n - 2] == '4')
		w->model[n++] = '5';
	else if (n && w->model[n - 1] == '-')
		n--;
	return n ? us_span(w->model, n) : US_SPAN("a-model");
}

/* One of the dialect's models, and of the servers that speak it. */
static void aim(struct way *w, const struct us_dialect *d, struct us_rand *chance)
{
	size_t i = us_rand_between(chance, 0, US_COUNT(models) - 1);

	/* A dialect without rows of its own is for the models of another. */
	for (size_t n = 0; n < US_COUNT(models) && strcmp(models[i].dialect, d->name) != 0; n++)
		i = (i + 1) % US_COUNT(models);
	w->to = (struct us_target){ .dialect = d, .profile = us_profile_official };
	w->to.model = model_name(w, models[i].pattern);
	if (d != &us_openai || us_rand_between(chance, 0, 1))
		return;
	i = us_rand_between(chance, 1, US_COUNT(profiles) - 1);
	w->to.profile = us_profile_find(us_span_of(profiles[i]));
	w->to.model = US_SPAN("a-model"); /* it has rules of its own */
}

static void render(struct way *w, const struct us_req *req)
{
	static const char source[1 << 20]; /* by its size it is known how large a body may become */
	struct us_request q = { .dialect = &nobody,
		                .body = { source, sizeof(source) },
		                .req = *req };

	w->out = (struct us_rendered){ 0 };
	w->loss = us_request_render(&q, &w->to, &w->out);
}

static struct us_span title(unsigned seed, const struct way *w)
{
	return us_arena_printf(&names, "seed %u for %s, %.*s, %s", seed, w->to.dialect->name,
	                       (int)w->to.model.n, w->to.model.p, w->to.profile->name);
}

/* Why a strict provider refuses it; "" when it takes it. */
static struct us_span judge(const struct way *w, struct us_arena *a)
{
	const struct us_dialect *d = w->to.dialect;
	struct question q = { .dialect = d,
		              .lax = !w->to.profile->official,
		              .body = us_buf_span(&w->out.body) };

	q.path = us_arena_printf(a, "/models/%.*s:generateContent", (int)w->to.model.n,
	                         w->to.model.p);
	return stand_in_refuses(&q, a);
}

static void check_taken(struct report *r, unsigned seed, const struct way *w)
{
	struct us_arena a;
	struct us_span no;

	us_arena_init(&a, ALL_MAX);
	if (w->loss == US_IMPOSSIBLE) {
		for (size_t i = 0; i < w->out.diags.n; i++)
			if (w->out.diags.list[i].loss == US_IMPOSSIBLE) {
				report_count(r, w->out.diags.list[i].code);
				break;
			}
	} else {
		no = judge(w, &a);
		if (no.n)
			report_fail(r, title(seed, w), "refused: %.*s\n#   %.*s", (int)no.n, no.p,
			            (int)w->out.body.n, w->out.body.p);
	}
	us_arena_fini(&a);
}

/* The target's own dialect reads it, and it is written there again. */
static bool read_and_write(struct report *r, unsigned seed, const struct way *w, struct way *again)
{
	struct us_in_url url = { .model = w->to.model };
	bool in_url = w->to.dialect->model_in_url;
	struct us_request q;

	*again = (struct way){ .to = w->to };
	us_request_init(&q, w->to.dialect, in_url ? &url : NULL, us_buf_span(&w->out.body));
	if (q.rc)
		report_fail(r, title(seed, w), "not read again: %s", us_err_text(q.rc));
	render(again, &q.req);
	if (!q.rc && again->loss == US_IMPOSSIBLE)
		report_fail(r, title(seed, w), "not written again: %s",
		            again->out.diags.list[0].code);
	us_request_fini(&q);
	return again->loss != US_IMPOSSIBLE;
}

/* What was put right once need not be put right again. */
static void check_same(struct report *r, unsigned seed, const struct way *w)
{
	struct way once = { .loss = US_EXACT }, twice = { .loss = US_EXACT };

	if (w->loss != US_IMPOSSIBLE && read_and_write(r, seed, w, &once) &&
	    read_and_write(r, seed, &once, &twice) &&
	    !us_span_eq(us_buf_span(&once.out.body), us_buf_span(&twice.out.body)))
		report_fail(r, title(seed, w), "written otherwise:\n#   %.*s\n#   %.*s",
		            (int)once.out.body.n, once.out.body.p, (int)twice.out.body.n,
		            twice.out.body.p);
	us_rendered_fini(&once.out);
	us_rendered_fini(&twice.out);
}

static void each_hub(struct report *r,
                     void (*check)(struct report *r, unsigned seed, const struct way *w))
{
	const struct us_dialect *d;

	for (unsigned seed = 1; seed <= HUBS; seed++)
		for (size_t i = 0; (d = us_dialect_at(i)); i++) {
			struct us_rand chance = { seed };
			struct us_arena a;
			struct us_req req;
			struct way w;

			us_arena_init(&a, ALL_MAX);
			hub_by_chance(&chance, &a, &req);
			aim(&w, d, &chance);
			render(&w, &req);
			r->checks++;
			check(r, seed, &w);
			us_rendered_fini(&w.out);
			us_arena_fini(&a);
		}
}

static void all_taken(struct report *r) { each_hub(r, check_taken); }

static void all_same(struct report *r) { each_hub(r, check_same); }

/* --- bytes that must arrive as they are ------------------------------------------------------- */

/* The last two are made up: many members, and deep ones. */
static const char *const raws[] = {
	"{\"n\":9223372036854775807}",
	"{\"n\":1e400,\"m\":-1E-400}",
	"{\"n\":-0,\"m\":-0.0}",
	"{\"n\":1.0,\"m\":1.50}",
	"{\"n\":18446744073709551616}",
	"{\"same\":1,\"same\":2,\"same\":1}",
	"{\"s\":\"\\u0000\\/\\u00e9\xc3\xa9\"}",
	"{\"s\":\"\\ud83d\",\"t\":\"\\ude00\\ud83d\"}",
	"{ \"z\" : [ ] , \"a\" :\t{ } }",
};
#define RAWS (US_COUNT(raws) + 2)

static struct us_span raw_at(size_t i, struct us_buf *made)
{
	us_buf_clear(made);
	if (i < US_COUNT(raws))
		return us_span_of(raws[i]);
	if (i == US_COUNT(raws)) {
		for (unsigned n = 0; n < 10000; n++)
			us_buf_addf(made, "%s\"key_%u\":%u.0", n ? "," : "{", n, n);
		us_buf_add_char(made, '}');
	} else {
		for (unsigned n = 0; n < 100; n++)
			us_buf_add_str(made, "{\"a\":");
		us_buf_add_str(made, "1.0");
		for (unsigned n = 0; n < 100; n++)
			us_buf_add_char(made, '}');
	}
	return us_buf_span(made);
}

static void same_args(struct report *r, const struct us_dialect *d, size_t i, const char *where,
                      struct us_span got, struct us_span want)
{
	r->checks++;
	if (!us_span_eq(us_span_trim(got), want))
		report_fail(r, us_arena_printf(&names, "arguments %zu in %s", i, d->name),
		            "%s they are %.*s", where, (int)got.n, got.p);
}

static struct us_span args_in(const struct us_req *req)
{
	for (size_t t = 0; t < req->nturns; t++)
		for (size_t i = 0; i < req->turns[t].nblocks; i++)
			if (req->turns[t].blocks[i].kind == US_TOOL_CALL)
				return req->turns[t].blocks[i].args;
	return us_span("", 0);
}

static bool halved(const struct us_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->list[i].code, "HALF_CHARACTER") == 0)
			return true;
	return false;
}

/* In the history of a request. */
static void in_request(struct report *r, const struct us_dialect *d, size_t i, struct us_span raw)
{
	struct us_block ask = { .kind = US_TEXT, .text = US_SPAN("?") };
	struct us_block call = { .kind = US_TOOL_CALL,
		                 .id = US_SPAN("call_1"),
		                 .name = US_SPAN("f"),
		                 .args = raw,
		                 .args_kind = US_ARGS_OBJECT };
	struct us_block said = {
		.kind = US_TOOL_RESULT, .id = US_SPAN("call_1"), .blocks = &ask, .nblocks = 1
	};
	struct us_turn turns[] = { { .role = US_ROLE_USER, .blocks = &ask, .nblocks = 1 },
		                   { .role = US_ROLE_ASSISTANT, .blocks = &call, .nblocks = 1 },
		                   { .role = US_ROLE_USER, .blocks = &said, .nblocks = 1 } };
	struct us_req req = { .turns = turns, .nturns = US_COUNT(turns) };
	struct way w = { .to = { .dialect = d,
		                 .model = us_span_of(stand_in_model(d)),
		                 .profile = us_profile_official } };
	struct us_request q;

	render(&w, &req);
	us_request_init(&q, d, NULL, us_buf_span(&w.out.body));
	if (!halved(&w.out.diags)) /* which is told, and all that may happen to them */
		same_args(r, d, i, "in a request", args_in(&q.req), raw);
	us_request_fini(&q);
	us_rendered_fini(&w.out);
}

static void say_call(struct us_writer *w, struct us_span raw)
{
	const struct us_ev events[] = {
		{ .kind = US_EV_START },
		{ .kind = US_EV_BLOCK_OPEN,
		  .block = US_TOOL_CALL,
		  .id = US_SPAN("call_1"),
		  .name = US_SPAN("f") },
		{ .kind = US_EV_ARGS, .block = US_TOOL_CALL, .text = raw },
		{ .kind = US_EV_BLOCK_CLOSE, .block = US_TOOL_CALL },
		{ .kind = US_EV_STOP, .stop = US_STOP_TOOL },
		{ .kind = US_EV_END, .clean = true },
	};

	for (size_t i = 0; i < US_COUNT(events); i++)
		us_writer_put(w, &events[i]);
}

/* In an answer, whole or as a stream. */
static void in_answer(struct report *r, const struct us_dialect *d, size_t i, struct us_span raw,
                      bool stream)
{
	struct us_req asked = { .stream_usage = true };
	struct us_look look = { .req = &asked, .model = US_SPAN("m"), .now_s = 1 };
	struct us_writer *w = us_writer_new(d, &look, NULL, stream, ALL_MAX);
	enum us_framing framing = stream ? d->framing : US_FRAMING_WHOLE;
	struct us_reader reader;
	struct us_resp sum;

	us_resp_init(&sum, ALL_MAX);
	say_call(w, raw);
	us_reader_init(&reader, d, framing, (struct us_sink){ us_resp_put, &sum });
	us_reader_feed(&reader, us_buf_span(&w->out), NULL);
	if (!stream)
		us_reader_document(&reader, us_buf_span(&w->out));
	us_reader_end(&reader);
	same_args(r, d, i, stream ? "in a stream" : "in an answer",
	          sum.nblocks ? sum.blocks[0].args : us_span("", 0), raw);
	us_reader_fini(&reader);
	us_resp_fini(&sum);
	us_writer_free(w);
}

static void all_exact(struct report *r)
{
	const struct us_dialect *d;
	struct us_buf made;

	us_buf_init(&made, ALL_MAX);
	for (size_t k = 0; (d = us_dialect_at(k)); k++)
		for (size_t i = 0; i < RAWS; i++) {
			struct us_span raw = raw_at(i, &made);

			in_request(r, d, i, raw);
			in_answer(r, d, i, raw, false);
			in_answer(r, d, i, raw, true);
		}
	us_buf_fini(&made);
}

int main(void)
{
	static const struct {
		const char *name;
		void (*play)(struct report *r);
	} groups[] = {
		{ "what can be carried is accepted by a strict provider", all_taken },
		{ "what is read again is written the same again", all_same },
		{ "arguments arrive byte by byte, whatever they say", all_exact },
	};
	bool ok = true;

	us_arena_init(&names, ALL_MAX);
	printf("1..%zu\n", US_COUNT(groups));
	for (size_t i = 0; i < US_COUNT(groups); i++) {
		struct report r;

		report_init(&r);
		r.of = "requests";
		groups[i].play(&r);
		ok &= report_print(&r, (unsigned)i + 1, groups[i].name);
		fflush(stdout);
	}
	us_arena_fini(&names);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
