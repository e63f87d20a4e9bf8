/* keys.c - several keys of one provider
 *
 * A provider's breaker tells whether its servers work; whether it wants to serve one of its
 * customers is a matter of the key. So each of several keys has a slot of its own in the page, by
 * the name of the variable that holds it, of which only the cooling time counts: a limit that is
 * reached cools the key, a refusal or an empty account takes it out for minutes. The next key that
 * is well is asked with at once, with the same request and the same permit; all that does not tell
 * of the key (a 5xx, silence) is the provider's, and burns no other key.
 *
 * Of the program's own provider the program's own key is the first. What a provider says to another
 * one is nothing that the program could do anything about, and may quote that key: in the end the
 * program sees how its own key failed, and if that was never tried, it is.
 */
#include "engine/keys.h"

#include "engine/choose.h"

/* --- how a key is ---------------------------------------------------------------------------- */

static struct us_slot *slot_of(struct us_call *c, const struct us_candidate *who,
                               struct us_key *key)
{
	if (!key->slot)
		key->slot = us_page_key_slot(c->env.page, who->name, who->origin, who->model,
		                             us_span_of(key->name));
	return key->slot;
}

static uint64_t wait_of(struct us_call *c, const struct us_candidate *who, struct us_key *key,
                        uint64_t now)
{
	return us_health_look(&slot_of(c, who, key)->health, &c->policy, now).wait_ms;
}

/* The index of the first that may be asked with in this call, n: none. */
static size_t first_well(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	size_t i = 0;

	while (i < who->keys.n &&
	       (who->keys.list[i].spent || wait_of(c, who, &who->keys.list[i], now)))
		i++;
	return i;
}

/* The index of the one that may be asked with soonest, and when that is. */
static size_t soonest(struct us_call *c, struct us_candidate *who, uint64_t now, uint64_t *wait)
{
	size_t best = 0;

	*wait = wait_of(c, who, &who->keys.list[0], now);
	for (size_t i = 1; i < who->keys.n; i++) {
		uint64_t ms = wait_of(c, who, &who->keys.list[i], now);

		if (ms < *wait) {
			*wait = ms;
			best = i;
		}
	}
	return best;
}

bool us_keys_ready(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	return !who->keys.n || first_well(c, who, now) < who->keys.n;
}

struct us_health_look us_keys_look(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	struct us_health_look look = us_health_look(us_course_health(c, who), &c->policy, now);
	uint64_t wait;

	if (!who->keys.n || us_keys_ready(c, who, now))
		return look;
	soonest(c, who, now, &wait);
	if (wait > look.wait_ms) {
		look.wait_ms = wait;
		look.cooling = true;
	}
	return look;
}

/* --- which one is used ----------------------------------------------------------------------- */

static void use(struct us_candidate *who, size_t i)
{
	who->keys.at = i;
	who->key = who->own && !i ? NULL : who->keys.list[i].name;
}

void us_keys_use_own(struct us_candidate *own)
{
	if (own->keys.n)
		use(own, 0);
}

bool us_keys_choose(struct us_call *c, struct us_candidate *who, uint64_t now, uint64_t *again_ms)
{
	size_t i = first_well(c, who, now);
	uint64_t wait;

	if (i < who->keys.n) {
		use(who, i);
		return true;
	}
	soonest(c, who, now, &wait);
	if (again_ms)
		*again_ms = now + wait;
	return false;
}

void us_keys_renew(struct us_call *c, struct us_candidate *who, uint64_t now)
{
	uint64_t wait;

	if (!who->keys.n)
		return;
	for (size_t i = 0; i < who->keys.n; i++)
		who->keys.list[i].spent = false;
	if (!us_keys_choose(c, who, now, NULL))
		use(who, soonest(c, who, now, &wait));
}

/* --- what a failure means -------------------------------------------------------------------- */

bool us_keys_blames(const struct us_candidate *who, const struct us_verdict *v)
{
	if (!who->keys.n)
		return false;
	switch (v->cause) {
	case US_CAUSE_AUTH:
	case US_CAUSE_QUOTA:
		return true;
	case US_CAUSE_RATE_LIMIT: /* but not of one request that is too large for it */
		return v->blame == US_BLAME_COOL;
	case US_CAUSE_LOCAL: /* it is none that can be sent */
		return who->key != NULL;
	default:
		return false;
	}
}

struct us_health *us_keys_health(struct us_call *c, const struct us_verdict *v)
{
	struct us_candidate *who = c->cur;

	if (!us_keys_blames(who, v))
		return us_course_health(c, who);
	return &slot_of(c, who, &who->keys.list[who->keys.at])->health;
}

/* May another attempt be made on it now, with another key? */
static bool may_turn(struct us_call *c, uint64_t now)
{
	return !c->bare && !(c->cur->own && c->once) && us_course_remaining(c, now) > 0;
}

bool us_keys_hides(struct us_call *c, const struct us_verdict *v, uint64_t now)
{
	struct us_candidate *who = c->cur;
	bool was = who->keys.n && who->keys.list[who->keys.at].spent, another;

	if (!us_keys_blames(who, v) || !may_turn(c, now))
		return false;
	if (us_keys_foreign(who))
		return true;
	who->keys.list[who->keys.at].spent = true;
	another = first_well(c, who, now) < who->keys.n;
	who->keys.list[who->keys.at].spent = was;
	return another;
}

/* A limit is over when it says so, or soon. */
static uint64_t limit_ms(const struct us_call *c, const struct us_verdict *v)
{
	return v->wait_ms ? v->wait_ms : c->policy.open_ms / 6;
}

static void cool(struct us_call *c, struct us_candidate *who, const struct us_verdict *v,
                 uint64_t now)
{
	struct us_key *key = &who->keys.list[who->keys.at];
	struct us_slot *slot = slot_of(c, who, key);
	uint64_t ms = US_DOWN_MS;

	key->spent = true;
	if (v->cause == US_CAUSE_LOCAL)
		return;
	if (v->cause == US_CAUSE_RATE_LIMIT)
		ms = limit_ms(c, v);
	us_course_turned_slot(c, slot, us_health_cool(&slot->health, now + ms));
}

bool us_keys_turn(struct us_call *c, const struct us_verdict *v, uint64_t now)
{
	struct us_candidate *who = c->cur;
	size_t next;

	if (!us_keys_blames(who, v))
		return false;
	cool(c, who, v, now);
	if (us_keys_foreign(who) && may_turn(c, now))
		us_course_drop_gate(c, &c->gate);
	next = first_well(c, who, now);
	if (next == who->keys.n || !may_turn(c, now) || !us_spend(c, who))
		return false;
	use(who, next);
	who->keys.turns++;
	us_course_note(c, who,
	               (struct us_note){ .kind = US_NOTE_KEY, .word = who->keys.list[next].name });
	us_course_again(c, now);
	return true;
}

uint64_t us_keys_wish(struct us_call *c, const struct us_verdict *v, uint64_t now)
{
	struct us_candidate *who = c->cur;
	uint64_t wish = v->wait_ms;

	if (!us_keys_blames(who, v))
		return wish;
	wish = limit_ms(c, v);
	for (size_t i = 0; i < who->keys.n; i++) {
		uint64_t ms = wait_of(c, who, &who->keys.list[i], now);

		if (i != who->keys.at && ms < wish)
			wish = ms;
	}
	return wish;
}
