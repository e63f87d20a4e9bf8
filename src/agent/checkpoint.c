/* checkpoint.c - what a task has done, and how it is stored
 *
 *    "utdyckp1" | number of steps | { name | result } ... | state
 *
 * Numbers are 64 bits, little endian; names, results and the state are a length and that many
 * bytes. Not JSON: results and state are any bytes, and a save is made at every step.
 */
#include "agent/checkpoint.h"

#include "agent/understudy.h"
#include "base/mem.h"
#include "base/pack.h"

#define MAGIC 0x31706b6379647475u /* "utdyckp1" */
#define STEP_MIN 16               /* bytes of a step without a name or a result */

static void step_fini(struct us_step *s)
{
	us_free(s->name);
	us_free(s->result);
	*s = (struct us_step){ 0 };
}

void us_checkpoint_fini(struct us_checkpoint *c)
{
	for (size_t i = 0; i < c->n; i++)
		step_fini(&c->steps[i]);
	us_free(c->steps);
	us_free(c->state);
	*c = (struct us_checkpoint){ 0 };
}

const struct us_step *us_checkpoint_find(const struct us_checkpoint *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->steps[i].name, name) == 0)
			return &c->steps[i];
	return NULL;
}

static int grow(struct us_checkpoint *c)
{
	size_t cap = c->cap ? c->cap * 2 : 8;
	struct us_step *steps;

	if (c->n < c->cap)
		return 0;
	if (c->n >= UNDERSTUDY_STEPS_MAX)
		return US_E2BIG;
	steps = us_realloc(c->steps, cap * sizeof(*steps));
	if (!steps)
		return US_ENOMEM;
	c->steps = steps;
	c->cap = cap;
	return 0;
}

static int append(struct us_checkpoint *c, struct us_span name, struct us_span result)
{
	struct us_step step = { .n = result.n };
	int rc = grow(c);

	if (rc)
		return rc;
	step.name = us_memdup(name.p, name.n);
	step.result = us_memdup(result.p, result.n);
	if (!step.name || !step.result) {
		step_fini(&step);
		return US_ENOMEM;
	}
	c->steps[c->n++] = step;
	return 0;
}

int us_checkpoint_complete(struct us_checkpoint *c, const char *name, struct us_span result,
                           struct us_undo *undo)
{
	const struct us_step *known = us_checkpoint_find(c, name);
	struct us_step *old;
	char *copy;
	int rc;

	if (!known) {
		rc = append(c, us_span_of(name), result);
		*undo = (struct us_undo){ .at = c->n - 1, .fresh = true };
		return rc;
	}
	old = &c->steps[known - c->steps];
	copy = us_memdup(result.p, result.n);
	if (!copy)
		return US_ENOMEM;
	*undo = (struct us_undo){ (size_t)(known - c->steps), false, old->result, old->n };
	old->result = copy;
	old->n = result.n;
	return 0;
}

void us_checkpoint_settle(struct us_checkpoint *c, struct us_undo *undo, bool holds)
{
	struct us_step *s = &c->steps[undo->at];
	char *unwanted = undo->result;

	if (!holds && undo->fresh) {
		step_fini(s);
		c->n--;
	} else if (!holds) {
		unwanted = s->result;
		s->result = undo->result;
		s->n = undo->n;
	}
	us_free(unwanted);
	*undo = (struct us_undo){ 0 };
}

int us_checkpoint_set_state(struct us_checkpoint *c, struct us_span state)
{
	char *copy = us_memdup(state.p, state.n);

	if (!copy)
		return US_ENOMEM;
	us_free(c->state);
	c->state = copy;
	c->nstate = state.n;
	return 0;
}

int us_checkpoint_encode(const struct us_checkpoint *c, struct us_buf *out)
{
	us_pack_u64(out, MAGIC);
	us_pack_u64(out, c->n);
	for (size_t i = 0; i < c->n; i++) {
		us_pack_bytes(out, us_span_of(c->steps[i].name));
		us_pack_bytes(out, us_span(c->steps[i].result, c->steps[i].n));
	}
	us_pack_bytes(out, us_span(c->state, c->nstate));
	return out->err;
}

static int decode(struct us_checkpoint *c, struct us_unpack *u)
{
	bool magic = us_unpack_u64(u) == MAGIC;
	uint64_t n = us_unpack_u64(u);
	int rc = 0;

	if (!magic || n > UNDERSTUDY_STEPS_MAX || n > u->rest.n / STEP_MIN)
		return US_EDAMAGED;
	for (uint64_t i = 0; i < n && !rc; i++) {
		struct us_span name = us_unpack_bytes(u), result = us_unpack_bytes(u);

		/* A name with a NUL in it would be another name. */
		rc = u->bad || (name.n && memchr(name.p, 0, name.n)) ? US_EDAMAGED
		                                                     : append(c, name, result);
	}
	if (!rc)
		rc = us_checkpoint_set_state(c, us_unpack_bytes(u));
	return rc ? rc : u->bad || u->rest.n ? US_EDAMAGED : 0;
}

int us_checkpoint_decode(struct us_checkpoint *c, struct us_span bytes)
{
	struct us_unpack u = { .rest = bytes };
	int rc = decode(c, &u);

	if (rc)
		us_checkpoint_fini(c);
	return rc;
}
