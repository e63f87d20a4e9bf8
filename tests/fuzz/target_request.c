/* target_request.c - a program's request, glanced at, read, and sent on to its like
 *
 * What goes to another server of the same kind, for the same model, is changed only where that
 * server would not know what the first one knows; sent on from there, every byte stays.
 */
#include "fuzz.h"

#include "wire/translate.h"

static void check_ask(const struct us_request *q, const struct us_ask *ask)
{
	struct us_val root = us_doc_root(&q->doc);

	if (q->dialect->read_url)
		return; /* there it is the URL that says it */
	for (struct us_iter it = us_iter(root); us_iter_next(&it);)
		if (it.key.tok->escaped)
			return; /* a glance does not see such names */
	fuzz_must(q->rc || ask->stream == (q->req.stream == US_YES), "a glance sees if it streams");
}

/* Says what is wrong with what became of it; `r` is to be freed. */
static enum us_loss send_on(const struct us_dialect *d, struct us_span in, struct us_rendered *r)
{
	struct us_target target = { .dialect = d };
	struct us_ask ask = us_ask(d, NULL, in);
	struct us_request q;
	enum us_loss loss;

	us_request_init(&q, d, NULL, in);
	check_ask(&q, &ask);
	loss = us_request_render(&q, &target, r);
	fuzz_must((loss == US_IMPOSSIBLE) == !r->body.n, "what can't be carried is not there");
	us_request_fini(&q);
	return loss;
}

static void play(struct us_span in)
{
	const struct us_dialect *d = fuzz_dialect(&in);
	struct us_rendered once = { 0 }, twice = { 0 };

	if (send_on(d, in, &once) != US_IMPOSSIBLE) {
		struct us_span sent = us_buf_span(&once.body);

		fuzz_must(send_on(d, sent, &twice) == US_EXACT, "what was sent can be sent on");
		fuzz_must(us_span_eq(us_buf_span(&twice.body), sent), "sent on it is the same");
	}
	us_rendered_fini(&once);
	us_rendered_fini(&twice);
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
