/* back.h - what a stand-in said comes back in a request to the program's own provider
 *
 * That must accept it (wire-formats 13): it would look up the ids of items that it never made, it
 * wants its own signature on the thoughts of an open loop, and it does not know an answer by whose
 * id the program goes on. A dialect with such demands has a us_back; every other request is fine as
 * it is.
 */
#ifndef US_WIRE_BACK_H
#define US_WIRE_BACK_H

#include "wire/edit.h"
#include "wire/loop.h"
#include "wire/translate.h"

struct us_back {
	/* Copies the request but for what would be refused. The caller copies the rest. `code` says
	 * what that is. */
	void (*mend)(struct us_edit *e, struct us_val request, const struct us_loop *loop);
	const char *code;

	/* Of dialects whose programs may go on from an answer's id; all NULL where they can't. */
	struct us_span (*previous)(struct us_val request, struct us_arena *a);
	bool (*keeps)(struct us_val request); /* does the program expect that it could? */
	/* Copies the request with all that was said before in the place of that id. */
	void (*expand)(struct us_edit *e, struct us_val request, struct us_span before);
	/* Appends all that was said, the answer included, as `expand` wants it. `look`: as which it
	 * was shown. US_EINVAL: there is something that can't be said again. */
	int (*record)(struct us_val request, const struct us_resp *answer,
	              const struct us_look *look, struct us_buf *out);
	const char *id; /* what an answer's id begins with, and how long it is then */
	size_t id_n;
};

/* q, as its own provider will take it. US_ENOENT: as it is. */
US_MUST_CHECK int us_back_mend(const struct us_request *q, const struct us_loop *loop,
                               struct us_buf *out);
/* q's source with `before` in it, as us_back.expand has it. */
US_MUST_CHECK int us_back_expand(const struct us_request *q, struct us_span before,
                                 struct us_buf *out);

extern const struct us_back us_anthropic_back, us_responses_back;

#endif
