/* target_request.c - a program's request, glanced at, read, and sent on to its like
 *
 * What goes to another server of the same kind, for the same model, keeps every byte.
 */
#include "fuzz.h"

#include "wire/translate.h"

static void check_ask(const struct us_request *q, const struct us_ask *ask)
{
	struct us_val root = us_doc_root(&q->doc);

	for (struct us_iter it = us_iter(root); us_iter_next(&it);)
		if (it.key.tok->escaped)
			return; /* a glance does not see such names */
	fuzz_must(q->rc || ask->stream == (q->req.stream == US_YES), "a glance sees if it streams");
}

static void play(struct us_span in)
{
	const struct us_dialect *d = fuzz_dialect(&in);
	struct us_ask ask = us_ask(d, NULL, in);
	struct us_target target = { .dialect = d };
	struct us_rendered r = { 0 };
	struct us_request q;
	enum us_loss loss;

	us_request_init(&q, d, NULL, in);
	check_ask(&q, &ask);
	loss = us_request_render(&q, &target, &r);
	fuzz_must(loss == US_IMPOSSIBLE || us_span_eq(us_buf_span(&r.body), in),
	          "to the maker itself goes what was said");
	fuzz_must((loss == US_IMPOSSIBLE) == !r.body.n, "what can't be carried is not there");
	us_rendered_fini(&r);
	us_request_fini(&q);
}

static void seed(const struct fuzz_golden *g, const struct fuzz_seeds *to)
{
	unsigned char first[1];

	if (strcmp(g->kind, "request") != 0)
		return;
	first[0] = fuzz_mark(g->dialect);
	fuzz_seed(to, first, sizeof(first), g->text);
}

const struct fuzz_target fuzz_request = { .name = "request", .play = play, .seed = seed };
