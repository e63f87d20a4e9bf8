/* mend.c - a target that names what it will not have gets the request once more without that
 *
 * Never the program's own provider: what that refuses is for the program to see. What was learned
 * is told to lessons.h, so that the next call begins where this one ends.
 */
#include "engine/call_state.h"

static bool repair(struct us_call *c, uint64_t now)
{
	struct us_candidate *who = c->cur;
	const struct us_hub_err *err = who->own || who->mended ? NULL : us_gate_error(c->gate);
	struct us_repair r = { 0 };

	if (err)
		r = us_repair_find(who->dialect, c->gate->status, err,
		                   us_buf_span(&who->request.body));
	if (!r.how || !us_fidelity_allows(c->env.conf->fidelity, r.loss) ||
	    us_course_remaining(c, now) == 0 || us_rendered_repair(&who->request, &r))
		return false;
	who->mended = true;
	if (c->env.lessons)
		us_lessons_add(c->env.lessons, who->name, who->request.to.model_name, &r);
	us_course_note(c, who,
	               (struct us_note){ .kind = US_NOTE_MEND,
	                                 .word = r.code,
	                                 .detail = us_span_of(r.member) });
	us_course_again(c, now);
	return true;
}

bool us_course_mend(struct us_call *c, uint64_t now)
{
	if (us_resume_in_words(c, now))
		return true;
	return repair(c, now);
}
