/* back.c - what a stand-in said comes back in a request to the program's own provider */
#include "wire/back.h"

/* A mistake of ours must not reach a provider. */
static int check(const struct us_buf *out)
{
	struct us_doc doc = { 0 };
	int rc = out->err ? out->err : us_doc_parse(&doc, us_buf_span(out));

	us_doc_fini(&doc);
	return rc;
}

static void finish(struct us_edit *e, struct us_span source)
{
	us_edit_copy_to(e, source.p + source.n);
}

int us_back_mend(const struct us_request *q, const struct us_loop *loop, struct us_buf *out)
{
	struct us_edit e = us_edit(out, q->body);

	if (!q->dialect->back)
		return US_ENOENT;
	q->dialect->back->mend(&e, us_doc_root(&q->doc), loop);
	if (e.at == q->body.p)
		return US_ENOENT;
	finish(&e, q->body);
	return check(out);
}

int us_back_expand(const struct us_request *q, struct us_span before, struct us_buf *out)
{
	struct us_edit e = us_edit(out, q->body);

	q->dialect->back->expand(&e, us_doc_root(&q->doc), before);
	finish(&e, q->body);
	return check(out);
}
