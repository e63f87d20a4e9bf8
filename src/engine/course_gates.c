/* course_gates.c - the gates of a call: one per attempt, one that is kept */
#include "engine/call_state.h"

#include "wire/mint.h"

#define TOOL_HOLD_MAX ((size_t)1 << 20) /* of a tool's answer; what is longer flows through */

void us_course_drop_gate(struct us_call *c, struct us_gate **gate)
{
	struct us_gate *g = *gate;

	*gate = NULL;
	if (!g || c->spare) {
		us_gate_free(g);
		return;
	}
	us_gate_clear(g);
	c->spare = g;
}

void us_course_drop_gates(struct us_call *c)
{
	us_course_drop_gate(c, &c->gate);
	us_course_drop_gate(c, &c->kept);
	us_course_drop_gate(c, &c->hedge.other.gate);
}

void us_course_put_gate_away(struct us_call *c)
{
	if (c->gate && c->gate->spec.own) {
		us_course_drop_gate(c, &c->kept);
		c->kept = c->gate;
		c->gate = NULL;
	}
	us_course_drop_gate(c, &c->gate);
}

static uint32_t tag_of(const struct us_candidate *who)
{
	return us_mint_tag(who->name, who->request.to.model_name);
}

void us_course_open_gate(struct us_call *c)
{
	struct us_candidate *who = c->cur;
	bool echoes = us_failback_echoes(c);
	struct us_gate_spec spec = { .from = who->dialect,
		                     .to = c->own->dialect,
		                     .own = who->own,
		                     .stream = us_course_stream(c),
		                     .decoded = !who->own || c->own->decoded,
		                     .follows =
		                             who->own && c->own->follows && !us_keys_foreign(who),
		                     .plain = c->own->tool != NULL,
		                     .hold_max =
		                             c->own->tool ? TOOL_HOLD_MAX : c->env.conf->hold_max };

	if (!who->own && !c->own->tool) {
		c->said->look =
			(struct us_look){ .req = &c->request->req,
			                  .model = echoes ? c->request->req.model
			                                  : who->request.to.model_name,
			                  .model_stays = echoes,
			                  .seed = us_mint_seed(us_rand_next(&c->rand), tag_of(who)),
			                  .in_estimate = c->body.n / 4,
			                  .framing = c->own->in_url.framing };
		spec.look = &c->said->look;
		spec.renames = &who->request.renames;
	}
	spec.watch = spec.stream && c->env.conf->midstream && !c->own->tool && !c->bare &&
	             (who->dialect != c->own->dialect || who->dialect->encoder_resume);
	spec.holds = us_course_protects(c) && c->env.conf->hold_calls;
	us_failback_spec(c, &spec);
	if (c->resume.on)
		us_resume_spec(c, &spec);
	c->gate = us_gate_new(c->spare, &spec);
	c->spare = NULL;
}
