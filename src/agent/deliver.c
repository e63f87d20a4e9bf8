/* deliver.c - tells humans what is to be told
 *
 * Any process does it for all. Before it tells, it takes a question for itself on that channel by
 * moving `not_before` ahead, in the store, if nobody else has: so of many one tells, and if it dies
 * in doing so another does after TAKEN_MS. A channel on which more was told than ESCALATE_RATE
 * allows waits for the next window; what has gathered by then is told in one message.
 */
#include "agent/deliver.h"

#include "agent/notice.h"
#include "base/pack.h"
#include "engine/backoff.h"

#include <stdio.h>
#include <unistd.h>

#define TAKEN_MS 30000
#define AGAIN_LOW_MS 5000
#define AGAIN_HIGH_MS 600000
#define TOGETHER_MAX 1000

static const struct us_channel *const channels[] = {
#define X(name) &us_channel_##name,
#include "agent/channels.def"
#undef X
};

bool us_deliver_has_channel(const struct us_conf *c)
{
	for (size_t i = 0; i < US_CHANNELS; i++)
		if (channels[i]->is_set(c))
			return true;
	return false;
}

const char *us_deliver_channel_name(size_t channel) { return channels[channel]->name; }

/* --- the rate ----------------------------------------------------------------------------------
 */

/* rate/CHANNEL: beginning of the window | messages in it. Doubt allows. */
static bool may_tell(struct understudy *u, size_t channel, uint64_t now)
{
	const struct us_rate *rate = &u->conf.escalate_rate;
	struct us_put how = { .version = US_VERSION_ABSENT, .ttl_ms = rate->ms };
	uint64_t since = now, count = 0;
	struct us_item item;
	struct us_buf bytes;
	char key[32];

	snprintf(key, sizeof(key), "rate/%zu", channel);
	us_item_init(&item);
	us_buf_init(&bytes, 64);
	pthread_mutex_lock(&u->lock);
	if (us_store_get(u->store, us_span_of(key), &item) == 0) {
		struct us_unpack r = { .rest = us_buf_span(&item.value) };

		how.version = item.version;
		since = us_unpack_u64(&r);
		count = us_unpack_u64(&r);
	}
	if (since > now || now - since >= rate->ms) {
		since = now;
		count = 0;
	}
	us_pack_u64(&bytes, since);
	us_pack_u64(&bytes, count + 1);
	/* Two at once may count as one: a message more does no harm. */
	if (count < rate->count)
		us_store_put(u->store, us_span_of(key), us_buf_span(&bytes), &how, NULL);
	pthread_mutex_unlock(&u->lock);
	us_buf_fini(&bytes);
	us_item_fini(&item);
	return count < rate->count;
}

/* --- one channel -------------------------------------------------------------------------------
 */

struct batch {
	size_t channel;
	uint64_t now;
	struct us_letter *letters[TOGETHER_MAX];
	struct us_question q[TOGETHER_MAX]; /* as told: clean */
	size_t n;
	bool taken, ok;
	uint64_t again_ms;
};

static bool is_due(const struct us_question *q, const struct batch *b)
{
	const struct us_told *t = &q->told[b->channel];

	return q->state == US_QUESTION_OPEN && !t->at_ms && t->not_before_ms <= b->now;
}

static bool take(struct us_question *q, void *self)
{
	struct batch *b = self;

	b->taken = is_due(q, b);
	if (b->taken)
		q->told[b->channel].not_before_ms = b->now + TAKEN_MS;
	return b->taken;
}

static bool note(struct us_question *q, void *self)
{
	struct us_told *t = &q->told[((struct batch *)self)->channel];
	struct batch *b = self;

	if (b->ok)
		t->at_ms = us_clock_unix_ms();
	else
		t->tries++;
	t->not_before_ms = b->ok ? 0 : us_clock_unix_ms() + b->again_ms;
	return true;
}

static void clean(struct us_question *q, struct us_arena *a)
{
	q->task = us_question_clean(q->task, a);
	q->error = us_question_clean(q->error, a);
	q->context = us_question_clean(q->context, a);
	q->key = us_question_clean(q->key, a);
}

static void send(struct understudy *u, struct batch *b)
{
	const struct us_channel *c = channels[b->channel];
	char host[256] = "this host";
	struct us_notice notice = { b->q, b->n, host, &u->conf };
	uint64_t tries = b->letters[0]->q.told[b->channel].tries;
	struct us_buf why;
	int rc;

	gethostname(host, sizeof(host) - 1);
	us_buf_init(&why, 1024);
	rc = c->tell(&notice, &why);
	b->ok = rc == 0;
	pthread_mutex_lock(&u->lock);
	b->again_ms = us_backoff_ms(AGAIN_LOW_MS, AGAIN_HIGH_MS, tries < 32 ? (unsigned)tries : 32,
	                            &u->rand);
	pthread_mutex_unlock(&u->lock);
	if (rc)
		us_log(US_LOG_ERROR, "%s was not told of %zu questions: %s; again in %llu s",
		       c->name, b->n, why.n ? us_buf_cstr(&why) : us_err_text(rc),
		       (unsigned long long)b->again_ms / 1000);
	else
		us_log(US_LOG_INFO, "%s was told of %zu questions", c->name, b->n);
	us_buf_fini(&why);
	for (size_t i = 0; i < b->n; i++)
		us_outbox_change(u, b->letters[i], note, b);
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void serve(struct understudy *u, struct batch *b, struct us_letter *letters, size_t n,
                  struct us_arena *a)
{
	size_t due = 0;

	b->n = 0;
	b->now = us_clock_unix_ms();
	for (size_t i = 0; i < n; i++)
		due += is_due(&letters[i].q, b);
	if (!due || !may_tell(u, b->channel, b->now))
		return;
	for (size_t i = 0; i < n && b->n < TOGETHER_MAX; i++) {
		if (!is_due(&letters[i].q, b) || us_outbox_change(u, &letters[i], take, b) ||
		    !b->taken)
			continue;
		b->letters[b->n] = &letters[i];
		b->q[b->n] = letters[i].q;
		clean(&b->q[b->n++], a);
	}
	if (b->n)
		send(u, b);
}

static bool is_waiting(const struct us_question *q, const struct us_conf *c)
{
	for (size_t i = 0; i < US_CHANNELS; i++)
		if (q->state == US_QUESTION_OPEN && channels[i]->is_set(c) && !q->told[i].at_ms)
			return true;
	return false;
}

/* All that can be read; expired ones are noted as such. */
static size_t read_all(struct understudy *u, struct us_span *ids, size_t n,
                       struct us_letter *letters)
{
	size_t got = 0;

	for (size_t i = 0; i < n; i++) {
		struct us_letter *l = &letters[got];

		us_letter_init(l);
		if (us_outbox_find(u, ids[i], l) || us_outbox_expire(u, l) ||
		    !is_waiting(&l->q, &u->conf))
			us_letter_fini(l);
		else
			got++;
	}
	return got;
}

int us_deliver(struct understudy *u, size_t *waiting)
{
	struct us_letter *letters = NULL;
	struct batch *b = NULL;
	struct us_span *ids;
	struct us_arena a;
	size_t n, got = 0;
	int rc;

	*waiting = 0;
	us_outbox_gather(u);
	us_arena_init(&a, (size_t)64 << 20);
	rc = us_outbox_list(u, &a, &ids, &n);
	if (!rc && n) {
		letters = us_arena_array(&a, n, sizeof(*letters));
		b = us_arena_alloc(&a, sizeof(*b));
		rc = letters && b ? 0 : us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));
	}
	if (!rc && n)
		got = read_all(u, ids, n, letters);
	for (size_t c = 0; c < US_CHANNELS && got; c++) {
		b->channel = c;
		if (channels[c]->is_set(&u->conf))
			serve(u, b, letters, got, &a);
	}
	for (size_t i = 0; i < got; i++) {
		*waiting += is_waiting(&letters[i].q, &u->conf);
		us_letter_fini(&letters[i]);
	}
	us_arena_fini(&a);
	return rc;
}
