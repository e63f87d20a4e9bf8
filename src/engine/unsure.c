/* unsure.c - a tool's request that may have been acted upon, and must not be twice
 *
 * A chat can be asked again; an order cannot be placed again. By RFC 9110 that is told by the
 * method, and else by an idempotency key or by the user. What never left this machine was not acted
 * upon, nor was what is told to come later.
 */
#include "engine/unsure.h"

#include "engine/choose.h"

bool us_course_is_unsure(const struct us_call *c, const struct us_verdict *v)
{
	bool never_sent = v->cause == US_CAUSE_DNS || v->cause == US_CAUSE_CONNECT ||
	                  v->cause == US_CAUSE_TLS;

	return c->own->tool && !c->own->repeatable && !never_sent && v->status != 429;
}

/* The program sees the failure of the last one asked: another's would say that nothing was done. */
void us_course_end_unsure(struct us_call *c, uint64_t now)
{
	if (c->cur->own) {
		us_course_give_up(c, now);
		return;
	}
	if (c->gate->head.n) {
		us_gate_force(c->gate);
		us_course_relay(c, c->gate->release_head, c->gate->release_body);
	}
	us_course_finish(c, c->cancel ? US_FINISH_CUT : US_FINISH_AS_ENDED, US_END_UNSURE, now);
}
