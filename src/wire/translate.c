/* translate.c - a program's request, written for a target
 *
 * Two ways. To a server of the same dialect the source text is patched, see patch.c, if that will
 * do for the target's model. Else, and to another dialect, it goes decoded through us_normalise
 * into that dialect's encoder. On both, whoever finds that something is lost tells it to the
 * diagnostics, and the worst of these is the verdict. A body that must not be sent is emptied here,
 * whatever was written before it turned out so.
 */
#include "wire/translate.h"

#include "wire/models.h"
#include "wire/halves.h"
#include "wire/patch.h"
#include "wire/profile.h"
#include "wire/window.h"

/* A decoded request of many tiny blocks is much larger than its text: twenty thousand of them are
 * what this has room for, beside all the text there can be. */
#define ARENA_MAX(n) ((n) + ((size_t)16 << 20))
/* Arguments become strings in strings, shorthands become blocks: four times is never reached. */
#define BODY_MAX(n) ((n)*4 + 65536)

/* What the URL says counts more than what the body does. */
static void complete(struct us_req *r, const struct us_dialect *dialect,
                     const struct us_in_url *url)
{
	if (url && us_set(url->model))
		r->model = url->model;
	if (url && url->stream)
		r->stream = url->stream;
	if (!r->stream && dialect->streams_unsaid)
		r->stream = US_YES;
}

void us_request_init(struct us_request *q, const struct us_dialect *dialect,
                     const struct us_in_url *url, struct us_span body)
{
	*q = (struct us_request){ .dialect = dialect, .body = body };
	us_arena_init(&q->arena, ARENA_MAX(body.n));
	q->rc = us_doc_parse(&q->doc, body);
	if (!q->rc)
		q->rc = dialect->decode_request(us_doc_root(&q->doc), &q->arena, &q->req);
	if (q->arena.err)
		q->rc = q->arena.err;
	complete(&q->req, dialect, url);
}

void us_request_fini(struct us_request *q)
{
	us_doc_fini(&q->doc);
	us_arena_fini(&q->arena);
}

/* The words for a request that could not be rendered. */
static const char *code_of(int rc)
{
	switch (rc) {
	case US_ENOMEM:
		return "NO_MEMORY";
	case US_E2BIG:
	case US_EDEPTH:
		return "TOO_LARGE";
	default:
		return "INTERNAL";
	}
}

/* The model decides what the encoder may say, under the name that goes out. */
static void aim(const struct us_request *q, const struct us_target *target, struct us_rendered *r)
{
	r->to.model_name = us_arena_copy(&r->arena, target->model.n ? target->model : q->req.model);
	r->to.model = us_dialect_model(target->dialect, r->to.model_name);
	r->to.profile = target->profile ? target->profile : us_profile_official;
	r->to.in_words = target->in_words;
}

static int patch(const struct us_request *q, struct us_rendered *r)
{
	/* What one account keeps, another does not have. */
	for (size_t i = 0; i < q->req.nstate_refs; i++)
		us_diag(&r->diags, US_IMPOSSIBLE, "STATE_REF", q->req.state_refs[i]);
	return us_patch(q, r);
}

/* Names of models mean nothing to another provider: without one there is no request. */
static int convert(const struct us_request *q, const struct us_target *target,
                   struct us_rendered *r)
{
	struct us_req req;
	int rc;

	if (!target->model.n && target->dialect != q->dialect) {
		us_diag(&r->diags, US_IMPOSSIBLE, "NO_MODEL", US_SPAN("model"));
		return 0;
	}
	/* The target's own way to stop hides which sequence it was (wire-formats 6.10). */
	if (q->req.nstop && q->dialect->limits.names_stop && !target->dialect->limits.names_stop)
		us_diag(&r->diags, US_DEGRADED, "STOP_SEQUENCE_UNREPORTED",
		        US_SPAN("stop_sequences"));
	rc = us_normalise(&q->req, target->dialect, &r->to, &req, &r->renames, &r->diags);
	if (rc || r->diags.worst == US_IMPOSSIBLE)
		return rc;
	rc = target->dialect->encode_request(&req, &r->to, &r->body, &r->diags);
	if (rc)
		return rc;
	if (target->dialect->limits.no_halves && us_halves_replace(r->body.p, r->body.n))
		us_diag(&r->diags, US_DEGRADED, "HALF_CHARACTER", US_SPAN("body"));
	return r->body.err ? r->body.err : r->arena.err;
}

/* A mistake of ours must not reach a provider. */
static int check(const struct us_rendered *r)
{
	struct us_doc doc = { 0 };
	int rc = us_doc_parse(&doc, us_buf_span(&r->body));

	us_doc_fini(&doc);
	return rc;
}

enum us_loss us_request_render(const struct us_request *q, const struct us_target *target,
                               struct us_rendered *r)
{
	int rc;

	us_buf_init(&r->body, BODY_MAX(q->body.n));
	us_arena_init(&r->arena, ARENA_MAX(q->body.n));
	r->diags.arena = &r->arena;
	if (q->rc) {
		us_diag(&r->diags, US_IMPOSSIBLE, "UNREADABLE", US_SPAN("body"));
		return US_IMPOSSIBLE;
	}
	aim(q, target, r);
	if (r->to.model->window && us_window_least(&q->req) > r->to.model->window)
		us_diag(&r->diags, US_IMPOSSIBLE, "CONTEXT_WINDOW", US_SPAN("model"));
	if (target->dialect == q->dialect && !q->req.begun && us_patch_fits(q, &r->to))
		rc = patch(q, r);
	else
		rc = convert(q, target, r);
	if (!rc && r->diags.worst < US_IMPOSSIBLE)
		rc = check(r);
	if (rc)
		us_diag(&r->diags, US_IMPOSSIBLE, code_of(rc), US_SPAN("body"));
	if (r->diags.worst == US_IMPOSSIBLE)
		us_buf_clear(&r->body);
	return r->diags.worst;
}

/* Several lessons may be applied before anything is sent; only what may be under way is kept. */
int us_rendered_repair(struct us_rendered *r, const struct us_repair *repair)
{
	struct us_buf fresh;
	int rc;

	us_buf_init(&fresh, r->body.max);
	rc = us_repair_apply(repair, us_buf_span(&r->body), &fresh);
	if (rc) {
		us_buf_fini(&fresh);
		return rc;
	}
	us_buf_fini(&r->refused);
	r->refused = r->body;
	r->body = fresh;
	us_diag(&r->diags, repair->loss, repair->code, us_span_of(repair->member));
	return 0;
}

void us_rendered_fini(struct us_rendered *r)
{
	us_buf_fini(&r->body);
	us_buf_fini(&r->refused);
	us_arena_fini(&r->arena);
}
