/* keys.h - several keys of one provider; a part of a call, see call_state.h and keys.c */
#ifndef US_ENGINE_KEYS_H
#define US_ENGINE_KEYS_H

#include "engine/call_state.h"

/* Takes the first of several keys that is well. False: none is; *again_ms (may be NULL) is when one
 * will be. */
bool us_keys_choose(struct us_call *c, struct us_candidate *who, uint64_t now, uint64_t *again_ms);
/* Would it? */
bool us_keys_ready(struct us_call *c, struct us_candidate *who, uint64_t now);
/* After a wait all may be asked again. */
void us_keys_renew(struct us_call *c, struct us_candidate *who, uint64_t now);
/* The program's own key is to be used, however it is. */
void us_keys_use_own(struct us_candidate *own);
/* Is a key in use that is not the program's own? */
static inline bool us_keys_foreign(const struct us_candidate *who)
{
	return who->keys.at && who->own;
}

/* Does this failure tell of the key in use, and not of the provider? */
bool us_keys_blames(const struct us_candidate *who, const struct us_verdict *v);
/* Whose health the failure of the current provider concerns: its key's or its own. */
struct us_health *us_keys_health(struct us_call *c, const struct us_verdict *v);
/* The failure of a key of the program's provider that the program need not see: there is another
 * key to ask with, or it is not its own key that failed. */
bool us_keys_hides(struct us_call *c, const struct us_verdict *v, uint64_t now);
/* What it failed of is noted of the key in use, and the next one that is well is asked with at
 * once: true. */
bool us_keys_turn(struct us_call *c, const struct us_verdict *v, uint64_t now);
/* How long to wait until one of the keys may be asked again, as far as they say. */
uint64_t us_keys_wish(struct us_call *c, const struct us_verdict *v, uint64_t now);
/* How it is, the best of its keys taken into account. */
struct us_health_look us_keys_look(struct us_call *c, struct us_candidate *who, uint64_t now);

static inline void us_keys_count(const struct us_candidate *who, enum us_count what)
{
	if (who->keys.n && who->keys.list[who->keys.at].slot)
		us_slot_count(who->keys.list[who->keys.at].slot, what);
}

#endif
