/* mirror.c - what one host knows of providers, told to the others by Redis
 *
 *   PREFIX:health    a hash: PROVIDER 1f ORIGIN 1f MODEL -> "OPEN COOL CAUSE STATUS", the first two
 *                    by Redis' own clock in ms, 0 none: hosts' clocks differ. Of one of several
 *                    keys there is 1f VARIABLE behind it: it is taken for the same on all hosts
 *   PREFIX:changes   how many there were: who has heard of all need not read the hash
 *   PREFIX:budget    what all hosts have taken from their budgets, less what their calls have put
 *                    back, in parts of a token: each adds its own, and takes over what others have
 *                    added since it looked last
 *
 * A name has one state, that of the last host that saw a change: the one who found a provider dead,
 * or well again. While it is dead each host probes by itself.
 *
 * The budgets stay each host's own buckets, each with what was taken from the others: so all
 * together spend about what one may, and what a host spends before it has heard of the others is
 * the most that is on top. Who has lost sight of Redis begins anew: nothing of the time between is
 * told or heard, for time has filled the bucket by then.
 */
#include "state/mirror.h"

#include <inttypes.h>
#include <stdio.h>

#define FORGET_MS "86400000" /* without any change */
#define SPENT_MS "60000"     /* by then time has filled any bucket but the largest */
#define PARTS '\x1f'
#define PARTS_TEXT "\x1f"
#define NAME_SIZE                                                                                  \
	(sizeof(((struct us_slot *)0)->provider) + sizeof(((struct us_slot *)0)->origin) +         \
	 sizeof(((struct us_slot *)0)->model) + sizeof(((struct us_slot *)0)->variable))

/* clang-format off */
#define CLOCK                                                                                      \
	"local t = redis.call('TIME') "                                                            \
	"local now = t[1] * 1000 + math.floor(t[2] / 1000) "

/* name, ms open, ms cooling, the rest */
static const char tell_script[] =
	"if redis.replicate_commands then redis.replicate_commands() end " CLOCK
	"local function at(ms) if ms == '0' then return 0 end return now + tonumber(ms) end "
	"redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %.0f %s', at(ARGV[2]), "
	"  at(ARGV[3]), ARGV[4])) "
	"redis.call('INCR', KEYS[2]) "
	"redis.call('PEXPIRE', KEYS[1], " FORGET_MS ") "
	"redis.call('PEXPIRE', KEYS[2], " FORGET_MS ") "
	"return {'OK'}";

/* the last change that was heard, what was spent here since; a script that writes nothing may run
 * where nothing can be written */
static const char hear_script[] =
	"if redis.replicate_commands then redis.replicate_commands() end " CLOCK
	"local n = redis.call('GET', KEYS[2]) or '0' "
	"local had, all = redis.call('EXISTS', KEYS[3]), nil "
	"if ARGV[2] == '0' then all = redis.pcall('GET', KEYS[3]) or '0' "
	"else all = redis.pcall('INCRBY', KEYS[3], ARGV[2]) "
	"  if type(all) == 'number' then redis.call('PEXPIRE', KEYS[3], " SPENT_MS ") end end "
	"if type(all) == 'number' then all = string.format('%.0f', all) end "
	"if type(all) == 'table' then all = '' end "
	"if n == ARGV[1] then return {n, tostring(had), all} end "
	"return {n, tostring(had), all, string.format('%.0f', now), "
	"  redis.call('HGETALL', KEYS[1])}";
/* clang-format on */

static int ask(struct us_mirror *m, const char *script, const struct us_span *args, size_t n,
               struct us_reply **reply)
{
	static const char *const names[] = { "health", "changes", "budget" };
	char keys[US_COUNT(names)][96];
	struct us_span words[12] = { US_SPAN("EVAL"), us_span_of(script), US_SPAN("3") };

	for (size_t i = 0; i < US_COUNT(names); i++) {
		snprintf(keys[i], sizeof(keys[i]), "%.*s:%s", (int)m->prefix.n, m->prefix.p,
		         names[i]);
		words[3 + i] = us_span_of(keys[i]);
	}
	memcpy(words + 6, args, n * sizeof(*args));
	return us_redis_ask(m->redis, words, 6 + n, true, reply);
}

/* --- telling --------------------------------------------------------------------------------- */

static struct us_span decimal(char *text, size_t size, uint64_t v)
{
	snprintf(text, size, "%" PRIu64, v);
	return us_span_of(text);
}

static int tell(struct us_mirror *m, const struct us_slot *s, const struct us_health_look *look,
                uint64_t cool)
{
	char name[NAME_SIZE + 4], open_ms[24], cool_ms[24], why[48];
	struct us_reply *reply = NULL;
	bool open = look->state != US_BREAKER_CLOSED;
	int rc;

	snprintf(name, sizeof(name), "%s%c%s%c%s%s%s", s->provider, PARTS, s->origin, PARTS,
	         s->model, s->variable[0] ? PARTS_TEXT : "", s->variable);
	snprintf(why, sizeof(why), "%d %u", (int)look->cause, look->status);
	const struct us_span args[] = {
		us_span_of(name),
		decimal(open_ms, sizeof(open_ms), open ? m->policy.open_ms : 0),
		decimal(cool_ms, sizeof(cool_ms), cool),
		us_span_of(why),
	};
	rc = ask(m, tell_script, args, US_COUNT(args), &reply);
	us_reply_free(reply);
	return rc;
}

static uint64_t cooling(const struct us_slot *s, uint64_t now)
{
	uint64_t until = atomic_load(&s->health.not_before_ms);

	return until > now ? until - now : 0;
}

/* What is known here, noted as known to all. */
static void note(struct us_mirror *m, const struct us_slot *s, bool open)
{
	unsigned n = us_page_number(m->page, s);

	m->told[n].open = open;
	m->told[n].not_before_ms = atomic_load(&s->health.not_before_ms);
}

/* What has changed since. A cooling time that is over is no news. */
static bool is_news(const struct us_mirror *m, const struct us_slot *s, bool open, uint64_t cool)
{
	unsigned n = us_page_number(m->page, s);

	return open != m->told[n].open ||
	       (cool && atomic_load(&s->health.not_before_ms) != m->told[n].not_before_ms);
}

/* The slot of those for which none was left: nobody's health in particular. */
static bool is_shared(const struct us_mirror *m, const struct us_slot *s)
{
	return us_page_number(m->page, s) == US_PAGE_SLOTS - 1;
}

static int tell_changes(struct us_mirror *m, uint64_t now)
{
	struct us_slot *s;
	int rc = 0;

	for (size_t n = 0; !rc && n < US_PAGE_SLOTS && (s = us_page_nth(m->page, n)); n++) {
		struct us_health_look look = us_health_look(&s->health, &m->policy, now);
		bool open = look.state != US_BREAKER_CLOSED;
		uint64_t cool = cooling(s, now);

		if (is_shared(m, s) || !is_news(m, s, open, cool))
			continue;
		rc = tell(m, s, &look, cool);
		if (!rc)
			note(m, s, open);
	}
	return rc;
}

/* --- hearing --------------------------------------------------------------------------------- */

/* An entry as it is read: times from now on. */
struct entry {
	struct us_span provider, origin, model, key;
	uint64_t open, cool, cause, status;
	bool closed; /* said to be, not only open in a time that is over */
};

static uint64_t from_now(uint64_t at, uint64_t now) { return at > now ? at - now : 0; }

/* What somebody else has put there, or a newer version of us, is passed over. */
static bool read_entry(struct us_span name, struct us_span value, uint64_t now, struct entry *e)
{
	uint64_t *const numbers[] = { &e->open, &e->cool, &e->cause, &e->status };
	struct us_span word;

	if (!us_span_next(&name, PARTS, &e->provider) || !us_span_next(&name, PARTS, &e->origin))
		return false;
	e->model = us_span("", 0);
	us_span_next(&name, PARTS, &e->model);
	e->key = name;
	for (size_t i = 0; i < US_COUNT(numbers); i++)
		if (!us_span_next(&value, ' ', &word) || !us_span_u64(word, numbers[i]))
			return false;
	e->closed = !e->open;
	e->open = from_now(e->open, now);
	e->cool = from_now(e->cool, now);
	return e->provider.n > 0;
}

static void apply(struct us_mirror *m, const struct entry *e, uint64_t now)
{
	struct us_slot *s = us_page_key_slot(m->page, e->provider, e->origin, e->model, e->key);
	struct us_health_look look = us_health_look(&s->health, &m->policy, now);
	bool open = look.state != US_BREAKER_CLOSED;

	if (is_shared(m, s))
		return;
	if (e->open && !open)
		us_health_left(&s->health, &m->policy, US_ADMIT_NO, now);
	if (e->closed && open && m->told[us_page_number(m->page, s)].open)
		us_health_ok(&s->health, US_ADMIT_NO, now);
	if (e->cool)
		us_health_cool(&s->health, now + e->cool);
	if ((e->open || e->cool) && e->cause < US_CAUSES_MAX)
		us_health_why(&s->health, (enum us_cause)e->cause, (unsigned)e->status);
	look = us_health_look(&s->health, &m->policy, now);
	note(m, s, look.state != US_BREAKER_CLOSED);
}

static void apply_all(struct us_mirror *m, const struct us_reply *all, uint64_t there, uint64_t now)
{
	for (size_t i = 0; i + 1 < us_reply_count(all); i += 2) {
		struct entry e;

		if (read_entry(us_reply_text(us_reply_nth(all, i)),
		               us_reply_text(us_reply_nth(all, i + 1)), there, &e))
			apply(m, &e, now);
	}
}

/* --- the budget ------------------------------------------------------------------------------ */

static bool read_signed(struct us_span text, int64_t *out)
{
	bool minus = us_span_starts(text, "-");
	uint64_t n;

	if (!us_span_u64(us_span(text.p + minus, text.n - minus), &n) || n > INT64_MAX)
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

/* What others have added since. Nothing was there: it was forgotten, and so is what was heard. */
static void hear_spent(struct us_mirror *m, const struct us_reply *reply, uint64_t net,
                       uint64_t now)
{
	bool had = us_span_is(us_reply_text(us_reply_nth(reply, 1)), "1"), known = m->spent.known;
	int64_t all, before = m->spent.all, told = (int64_t)(net - m->spent.net), others;

	m->spent.known = m->budget && read_signed(us_reply_text(us_reply_nth(reply, 2)), &all);
	m->spent.net = net;
	if (!m->spent.known)
		return;
	m->spent.all = all;
	if (had && known && !__builtin_sub_overflow(all, before, &others) &&
	    !__builtin_sub_overflow(others, told, &others))
		us_budget_hear(us_page_budget(m->page), others, m->budget, now);
}

static int hear(struct us_mirror *m, uint64_t now)
{
	uint64_t net = us_budget_net(us_page_budget(m->page)), there;
	char last[24], spent[24];
	struct us_reply *reply = NULL;
	int rc;

	snprintf(spent, sizeof(spent), "%" PRId64,
	         m->spent.known ? (int64_t)(net - m->spent.net) : 0);
	const struct us_span args[] = { decimal(last, sizeof(last), m->heard), us_span_of(spent) };

	rc = ask(m, hear_script, args, US_COUNT(args), &reply);
	if (!rc && !us_span_u64(us_reply_text(us_reply_nth(reply, 0)), &m->heard))
		rc = US_ESYNTAX;
	if (rc)
		m->spent.known = false;
	else
		hear_spent(m, reply, net, now);
	if (!rc && us_reply_count(reply) == 5 &&
	    us_span_u64(us_reply_text(us_reply_nth(reply, 3)), &there))
		apply_all(m, us_reply_nth(reply, 4), there, now);
	us_reply_free(reply);
	return rc;
}

int us_mirror_tick(struct us_mirror *m, uint64_t now_ms)
{
	int rc = tell_changes(m, now_ms);

	if (rc)
		m->spent.known = false;
	return rc ? rc : hear(m, now_ms);
}
