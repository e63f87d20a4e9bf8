/* store_redis.c - a store that is Redis
 *
 *   understudy:v:KEY   n version, s which of the two is newest, 0 and 1 the records, q the last
 *                      writer's question; gone when the value expires
 *   understudy:c:KEY   t token, n last version; kept for a week after the last word
 *
 * What must not come apart is a script: Redis runs it alone, so a token is compared and the value
 * written, or neither. Whoever asks again because an answer got lost asks the same question (q) and
 * is told that it was obeyed, rather than that somebody else was faster.
 */
#include "state/store_kind.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/rand.h"
#include "state/record.h"
#include "state/redis.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define VALUES "understudy:v:"
#define CLAIMS "understudy:c:"
#define STORED_NAME_MAX (US_STORE_KEY_MAX + 16)
#define BLOB_MAX (US_RECORD_HEAD + US_STORE_KEY_MAX + US_STORE_VALUE_MAX)
#define LIST_MAX ((size_t)64 << 20)
#define SCAN_COUNT "500"
#define LIST_PATIENCE 10 /* timeouts */

/* clang-format off */
#define CHECK                                                                                     \
	"local t = redis.call('HGET', KEYS[2], 't') or '0' "                                      \
	"if tonumber(ARGV[1]) < tonumber(t) then return {'STALE'} end "                           \
	"local n = redis.call('HGET', KEYS[1], 'n') "                                             \
	"if ARGV[2] ~= '*' and ARGV[2] ~= (n or '-') then "                                       \
	"  if n and redis.call('HGET', KEYS[1], 'q') == ARGV[3] then return {'OK', n} end "       \
	"  return {'CONFLICT'} end "                                                              \
	"local last = n or redis.call('HGET', KEYS[2], 'n') or '0' "

/* token, version, question, microseconds, life, life of the claim, record */
static const char put_script[] = CHECK
	"local v = tonumber(ARGV[4]) "
	"if tonumber(last) >= v then v = tonumber(last) + 1 end "
	"v = string.format('%.0f', v) "
	"local s = redis.call('HGET', KEYS[1], 's') == '0' and '1' or '0' "
	"redis.call('HSET', KEYS[1], 'n', v, 's', s, 'q', ARGV[3], s, ARGV[7]) "
	"if ARGV[5] == '0' then redis.call('PERSIST', KEYS[1]) "
	"else redis.call('PEXPIRE', KEYS[1], ARGV[5]) end "
	"if ARGV[1] ~= '0' then "
	"  redis.call('HSET', KEYS[2], 't', ARGV[1]) "
	"  if ARGV[5] == '0' then redis.call('PERSIST', KEYS[2]) "
	"  else redis.call('PEXPIRE', KEYS[2], ARGV[6]) end end "
	"return {'OK', v}";

/* token, version, question, life of the claim */
static const char drop_script[] = CHECK
	"redis.call('DEL', KEYS[1]) "
	"redis.call('HSET', KEYS[2], 't', ARGV[1], 'n', last) "
	"redis.call('PEXPIRE', KEYS[2], ARGV[4]) "
	"return {'OK', last}";

/* microseconds, life of the claim */
static const char claim_script[] =
	"local t = tonumber(redis.call('HGET', KEYS[2], 't') or '0') + 1 "
	"if t < tonumber(ARGV[1]) then t = tonumber(ARGV[1]) end "
	"t = string.format('%.0f', t) "
	"redis.call('HSET', KEYS[2], 't', t) "
	"redis.call('PEXPIRE', KEYS[2], ARGV[2]) "
	"return {'OK', t}";

/* 0: the newest record, 1: the one before */
static const char get_script[] =
	"local n = redis.call('HGET', KEYS[1], 'n') "
	"if not n then return {'NONE'} end "
	"local s = redis.call('HGET', KEYS[1], 's') "
	"if ARGV[1] == '1' then s = s == '0' and '1' or '0' end "
	"return {'OK', n, redis.call('HGET', KEYS[1], s) or ''}";
/* clang-format on */

struct redis_store {
	struct us_store base;
	struct us_redis *redis;
	uint64_t timeout_ms;
};

static struct redis_store *of(struct us_store *s) { return (struct redis_store *)(void *)s; }

/* A number as a word of a command. */
struct number {
	char text[48];
};

static struct us_span decimal(struct number *n, uint64_t v)
{
	snprintf(n->text, sizeof(n->text), "%" PRIu64, v);
	return us_span_of(n->text);
}

/* Nobody else asks the same, not even a process that was forked a moment ago. */
static struct us_span question(struct number *n)
{
	snprintf(n->text, sizeof(n->text), "%" PRIx64 "-%lx", us_rand_seed(), (long)getpid());
	return us_span_of(n->text);
}

static int put_down(struct us_store *s, int rc)
{
	const char *why = us_redis_why(of(s)->redis);

	/* Somebody else's data under our name. */
	if (rc == US_EIO && strstr(why, "WRONGTYPE"))
		rc = US_EDAMAGED;
	return us_store_fail(s, rc, "%s", why);
}

static struct us_span named(const char *prefix, struct us_span key, char *name)
{
	size_t n = strlen(prefix);

	memcpy(name, prefix, n);
	memcpy(name + n, key.p, key.n);
	return us_span(name, n + key.n);
}

/* Runs a script on the key. What it says first is in *word, its number in *number. */
static int eval(struct us_store *s, const char *script, struct us_span key,
                const struct us_span *args, size_t nargs, struct us_reply **reply, uint64_t *number)
{
	char value_name[STORED_NAME_MAX], claim_name[STORED_NAME_MAX];
	struct us_span words[12] = { US_SPAN("EVAL"), us_span_of(script), US_SPAN("2"),
		                     named(VALUES, key, value_name),
		                     named(CLAIMS, key, claim_name) };
	struct us_span word;
	int rc;

	memcpy(words + 5, args, nargs * sizeof(*args));
	rc = us_redis_ask(of(s)->redis, words, 5 + nargs, true, reply);
	if (rc)
		return put_down(s, rc);
	word = us_reply_text(us_reply_nth(*reply, 0));
	if (us_span_is(word, "OK") && us_span_u64(us_reply_text(us_reply_nth(*reply, 1)), number))
		return 0;
	if (us_span_is(word, "NONE"))
		return US_ENOENT;
	if (us_span_is(word, "STALE"))
		return us_store_fail(s, US_ESTALE, "another has claimed it since");
	if (us_span_is(word, "CONFLICT"))
		return us_store_fail(s, US_ECONFLICT, "another has changed it meanwhile");
	return us_store_fail(s, US_ESYNTAX, "what answers is not Redis, or not our data");
}

static int ask(struct us_store *s, const char *script, struct us_span key,
               const struct us_span *args, size_t nargs, uint64_t *number)
{
	struct us_reply *reply = NULL;
	int rc = eval(s, script, key, args, nargs, &reply, number);

	us_reply_free(reply);
	return rc;
}

/* --- reading --------------------------------------------------------------------------------- */

/* Moves the record's value into `item`. False: damaged. */
static bool take(struct us_item *item, struct us_span key, struct us_span bytes, uint64_t version)
{
	struct us_record r;

	if (!us_record_read(bytes, &r) || !us_span_eq(r.key, key))
		return false;
	us_buf_clear(&item->value);
	us_buf_add_span(&item->value, r.value);
	item->version = version;
	item->token = r.token;
	item->saved_ms = r.saved_ms;
	item->expires_ms = r.expires_ms;
	return true;
}

static int get(struct us_store *s, struct us_span key, uint64_t now_ms, struct us_item *item)
{
	const struct us_span which[] = { US_SPAN("0"), US_SPAN("1") };
	bool good = false;

	for (size_t i = 0; i < 2 && !good; i++) {
		struct us_reply *reply = NULL;
		uint64_t version;
		int rc = eval(s, get_script, key, &which[i], 1, &reply, &version);

		if (!rc)
			good = take(item, key, us_reply_text(us_reply_nth(reply, 2)), version);
		us_reply_free(reply);
		if (rc)
			return rc;
		item->damaged = i > 0;
	}
	if (!good)
		return us_store_fail(s, US_EDAMAGED, "neither copy can be read");
	if (item->damaged)
		us_store_fail(s, 0, "the newest copy is damaged; this is the one before");
	if (item->value.err)
		return us_store_fail(s, item->value.err, "cannot hold the value: %s",
		                     us_err_text(item->value.err));
	return item->expires_ms && item->expires_ms <= now_ms ? US_ENOENT : 0;
}

/* --- writing --------------------------------------------------------------------------------- */

struct numbers {
	struct number token, version, question, now, life, claim_life;
};

static struct us_span version_word(struct number *n, uint64_t version)
{
	if (version == US_VERSION_ANY)
		return US_SPAN("*");
	return version == US_VERSION_ABSENT ? US_SPAN("-") : decimal(n, version);
}

static int put(struct us_store *s, struct us_span key, struct us_span value,
               const struct us_put *how, uint64_t now_ms, uint64_t *version)
{
	const struct us_record r = { .token = how->token,
		                     .saved_ms = now_ms,
		                     .expires_ms = how->ttl_ms ? now_ms + how->ttl_ms : 0,
		                     .key = key,
		                     .value = value };
	struct us_buf blob;
	struct numbers n;
	int rc;

	us_buf_init(&blob, BLOB_MAX);
	us_record_head(&r, &blob);
	us_buf_add_span(&blob, key);
	us_buf_add_span(&blob, value);
	const struct us_span args[] = {
		decimal(&n.token, how->token),
		version_word(&n.version, how->version),
		question(&n.question),
		decimal(&n.now, now_ms * 1000),
		decimal(&n.life, how->ttl_ms),
		decimal(&n.claim_life, how->ttl_ms + US_STORE_CLAIM_KEPT_MS),
		us_buf_span(&blob),
	};
	rc = blob.err ? us_store_fail(s, blob.err, "%s", us_err_text(blob.err))
	              : ask(s, put_script, key, args, US_COUNT(args), version);
	us_buf_fini(&blob);
	return rc;
}

static int drop(struct us_store *s, struct us_span key, const struct us_put *how, uint64_t now_ms)
{
	struct numbers n;
	uint64_t ignored;
	const struct us_span args[] = {
		decimal(&n.token, how->token),
		version_word(&n.version, how->version),
		question(&n.question),
		decimal(&n.claim_life, US_STORE_CLAIM_KEPT_MS),
	};

	return ask(s, drop_script, key, args, US_COUNT(args), &ignored);
}

static int claim(struct us_store *s, struct us_span key, uint64_t now_ms, uint64_t *token)
{
	struct numbers n;
	const struct us_span args[] = {
		decimal(&n.now, now_ms * 1000),
		decimal(&n.claim_life, US_STORE_CLAIM_KEPT_MS),
	};

	return ask(s, claim_script, key, args, US_COUNT(args), token);
}

/* --- listing --------------------------------------------------------------------------------- */

/* SCAN's pattern: what would have a meaning in it gets a backslash. */
static void add_pattern(struct us_buf *out, struct us_span prefix)
{
	us_buf_add_str(out, VALUES);
	for (size_t i = 0; i < prefix.n; i++) {
		if (prefix.p[i] && strchr("*?[]\\^-", prefix.p[i]))
			us_buf_add_char(out, '\\');
		us_buf_add_char(out, prefix.p[i]);
	}
	us_buf_add_char(out, '*');
}

struct names {
	struct us_arena arena;
	struct us_span *list;
	size_t n;
};

static void note_names(struct names *names, const struct us_reply *found)
{
	for (size_t i = 0; i < us_reply_count(found); i++) {
		struct us_span text = us_reply_text(us_reply_nth(found, i)), *slot;

		if (text.n <= strlen(VALUES))
			continue;
		slot = us_arena_push(&names->arena, &names->list, &names->n, sizeof(*slot));
		text = us_span(text.p + strlen(VALUES), text.n - strlen(VALUES));
		if (slot)
			*slot = us_arena_copy(&names->arena, text);
	}
}

/* One round: `cursor` is where it goes on, 0 at the end. */
static int scan_once(struct us_store *s, struct us_span pattern, struct names *names,
                     uint64_t *cursor)
{
	struct number at;
	const struct us_span words[] = {
		US_SPAN("SCAN"), decimal(&at, *cursor), US_SPAN("MATCH"),
		pattern,         US_SPAN("COUNT"),      US_SPAN(SCAN_COUNT)
	};
	struct us_reply *reply;
	int rc = us_redis_ask(of(s)->redis, words, US_COUNT(words), true, &reply);

	if (rc)
		return put_down(s, rc);
	note_names(names, us_reply_nth(reply, 1));
	rc = us_span_u64(us_reply_text(us_reply_nth(reply, 0)), cursor) ? names->arena.err
	                                                                : US_ESYNTAX;
	us_reply_free(reply);
	return rc ? us_store_fail(s, rc, "cannot list: %s", us_err_text(rc)) : 0;
}

static int scan(struct us_store *s, struct us_span pattern, struct names *names)
{
	uint64_t until = us_clock_ms() + of(s)->timeout_ms * LIST_PATIENCE, cursor = 0;
	int rc;

	do {
		rc = scan_once(s, pattern, names, &cursor);
	} while (!rc && cursor && us_clock_ms() < until);
	return !rc && cursor ? us_store_fail(s, US_ETIME, "the list has no end") : rc;
}

static int by_bytes(const void *a, const void *b)
{
	const struct us_span *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int d = n ? memcmp(x->p, y->p, n) : 0;

	return d ? d : (x->n > y->n) - (x->n < y->n);
}

/* SCAN may name a key twice. */
static int list(struct us_store *s, struct us_span prefix, uint64_t now_ms,
                bool (*each)(void *self, struct us_span key), void *self)
{
	struct names names = { .list = NULL };
	struct us_buf pattern;
	int rc;

	us_arena_init(&names.arena, LIST_MAX);
	us_buf_init(&pattern, 2 * US_STORE_KEY_MAX + 32);
	add_pattern(&pattern, prefix);
	rc = pattern.err ? pattern.err : scan(s, us_buf_span(&pattern), &names);
	if (!rc && names.n)
		qsort(names.list, names.n, sizeof(*names.list), by_bytes);
	for (size_t i = 0; !rc && i < names.n; i++) {
		if (names.list[i].n && (!i || !us_span_eq(names.list[i], names.list[i - 1])) &&
		    !each(self, names.list[i]))
			break;
	}
	us_buf_fini(&pattern);
	us_arena_fini(&names.arena);
	return rc;
}

/* --------------------------------------------------------------------------------------------- */

static void close_store(struct us_store *s)
{
	us_redis_free(of(s)->redis);
	us_free(s);
}

int us_store_redis_open(struct us_store **out, const struct us_store_place *place,
                        struct us_buf *why)
{
	static const struct us_store_kind kind = { close_store, get, put, drop, claim, list };
	struct redis_store *r = us_calloc(1, sizeof(*r));
	int rc;

	if (!r)
		return US_ENOMEM;
	r->base.kind = &kind;
	us_buf_init(&r->base.why, US_STORE_WHY_MAX);
	r->timeout_ms = place->timeout_ms;
	rc = us_redis_new(&r->redis, place->redis_url, place->timeout_ms, why);
	if (rc) {
		us_free(r);
		return rc;
	}
	*out = &r->base;
	return 0;
}
