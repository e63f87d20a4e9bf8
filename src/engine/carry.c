/* carry.c - can a fallback carry the request? Found out before anything is sent, once, and told */
#include "engine/call_state.h"
#include "engine/choose.h"

#include "base/mem.h"

static void tell_losses(struct us_call *c, struct us_candidate *who)
{
	for (size_t i = 0; i < who->request.diags.n; i++) {
		const struct us_diag *d = &who->request.diags.list[i];

		us_course_note(c, who,
		               (struct us_note){
				       .kind = US_NOTE_LOSS, .word = d->code, .detail = d->what });
	}
	if (who->spent)
		us_course_note(c, who,
		               (struct us_note){ .kind = US_NOTE_SKIP, .word = "cannot carry it" });
}

bool us_course_understood(struct us_call *c)
{
	if (!c->request) {
		c->request = us_calloc(1, sizeof(*c->request));
		if (!c->request)
			return false;
		us_request_init(c->request, c->own->dialect, &c->own->in_url, c->body);
		us_failback_complete(c);
	}
	return c->request->rc == 0;
}

/* Without the body: perhaps. */
bool us_course_carries(struct us_call *c, struct us_candidate *who)
{
	bool first = !who->rendered;

	if (!c->body.p)
		return !c->body_asked;
	if (c->own->tool)
		return us_candidate_copy(who, c->body);
	if (!us_course_understood(c))
		return false;
	us_resume_render(c, who);
	if (first && !who->spent && c->env.lessons)
		who->spent = us_lessons_apply(c->env.lessons, who->name, who->request.to.model_name,
		                              &who->request) != 0;
	if (first)
		tell_losses(c, who);
	return !who->spent;
}
