/* translate.h - a program's request, written for a target
 *
 * To a server of the same dialect the original text is patched: every byte that need not change
 * stays. To another dialect, or to a model of the same that must be told something otherwise, the
 * request goes through the hub. What the target can't carry is known here, before anything is sent.
 */
#ifndef US_WIRE_TRANSLATE_H
#define US_WIRE_TRANSLATE_H

#include "wire/normalise.h"
#include "wire/repair.h"

/* A request understood. `req` is valid when `rc` is 0. */
struct us_request {
	const struct us_dialect *dialect;
	struct us_span body;
	struct us_arena arena;
	struct us_doc doc;
	struct us_req req;
	int rc; /* why it can't be translated, else 0 */
};

/* Parses; `body` and what `url` says (NULL: nothing) must outlive it. Never fails as such: see
 * q->rc.
 */
void us_request_init(struct us_request *q, const struct us_dialect *dialect,
                     const struct us_in_url *url, struct us_span body);
void us_request_fini(struct us_request *q);

struct us_target {
	const struct us_dialect *dialect;
	struct us_span model;             /* empty: keep the program's own name for it */
	const struct us_profile *profile; /* of a server like OpenAI's; NULL: the dialect's maker */
	bool in_words;                    /* see us_for */
};

/* A request as it will be sent. Zero-initialise; freed by us_rendered_fini. */
struct us_rendered {
	struct us_buf body;
	struct us_buf refused; /* what it was before it was repaired: it may still be on its way */
	struct us_arena arena;
	struct us_diags diags;
	struct us_renames renames;
	struct us_for to; /* with the model's name as sent */
};

/* What is lost, US_IMPOSSIBLE when the target must be skipped (r->diags says why). */
enum us_loss us_request_render(const struct us_request *q, const struct us_target *target,
                               struct us_rendered *r);
/* Changes the body; tells the loss. 0; US_ENOENT: nothing to change; US_ENOMEM: it stays. */
US_MUST_CHECK int us_rendered_repair(struct us_rendered *r, const struct us_repair *repair);
void us_rendered_fini(struct us_rendered *r);

#endif
