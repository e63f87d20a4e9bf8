/* outbox.c - the questions that wait for a human
 *
 *   open/HASH        the id of the question that is (or was last) open for this key
 *   question/ID      the question
 *
 * The id is put first, if none is there; so of many who report the same failure one decides what
 * its question is called. Who then finds no question under that id writes it himself: the one who
 * decided may have died in between, or be about to write the same.
 */
#include "agent/outbox.h"

#include "base/hash.h"
#include "base/mem.h"
#include "state/plea.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEPT_MS ((uint64_t)7 * 24 * 3600 * 1000) /* after it expires, for the record */
#define RACES_MAX 100
#define RECORD_MAX ((size_t)4 << 20)

void us_letter_init(struct us_letter *l)
{
	*l = (struct us_letter){ 0 };
	us_item_init(&l->item);
}

void us_letter_fini(struct us_letter *l) { us_item_fini(&l->item); }

/* --- the two places ----------------------------------------------------------------------------
 */

/* The files beside Redis; NULL when there is nothing beside. */
static struct us_store *second(struct understudy *u)
{
	if (!u->conf.redis_url[0])
		return NULL;
	if (!u->files)
		us_handle_open_store(&u->conf, true, &u->files, NULL);
	return u->files;
}

static struct us_store *place(struct understudy *u, bool in_files)
{
	return in_files ? second(u) : u->store;
}

static struct us_span key_of(struct us_span id, char key[64])
{
	snprintf(key, 64, "%s%.*s", US_QUESTION_PREFIX, (int)id.n, id.p);
	return us_span_of(key);
}

/* --- one place ---------------------------------------------------------------------------------
 */

static int read_one(struct us_store *s, struct us_span id, struct us_letter *l)
{
	char key[64];
	int rc;

	us_buf_clear(&l->item.value);
	rc = us_store_get(s, key_of(id, key), &l->item);
	if (!rc && !us_question_decode(&l->q, us_buf_span(&l->item.value)))
		rc = US_EDAMAGED;
	return rc;
}

static int write_one(struct us_store *s, const struct us_question *q, uint64_t version)
{
	const struct us_put how = { .version = version,
		                    .ttl_ms = q->expires_ms - q->opened_ms + KEPT_MS };
	struct us_buf bytes;
	char key[64];
	int rc;

	us_buf_init(&bytes, RECORD_MAX);
	rc = us_question_encode(q, &bytes);
	if (!rc)
		rc = us_store_put(s, key_of(us_span_of(q->id), key), us_buf_span(&bytes), &how,
		                  NULL);
	us_buf_fini(&bytes);
	return rc;
}

/* Changes what is stored until nobody else was faster. */
static int change_in(struct us_store *s, struct us_letter *l,
                     bool (*change)(struct us_question *q, void *self), void *self)
{
	char id[US_QUESTION_ID_MAX];
	int rc = US_ECONFLICT;

	memcpy(id, l->q.id, sizeof(id));
	for (int i = 0; rc == US_ECONFLICT && i < RACES_MAX; i++) {
		rc = read_one(s, us_span_of(id), l);
		if (rc || !change(&l->q, self))
			return rc;
		rc = write_one(s, &l->q, l->item.version);
	}
	return rc;
}

static bool is_open(const struct us_question *q, uint64_t now)
{
	return q->state == US_QUESTION_OPEN && q->expires_ms > now;
}

static bool count_again(struct us_question *q, void *now)
{
	if (!is_open(q, *(uint64_t *)now))
		return false;
	q->count++;
	q->last_ms = *(uint64_t *)now;
	return true;
}

/* --- raising -----------------------------------------------------------------------------------
 */

/* One round. US_ECONFLICT: somebody was faster, look again. */
static int raise_once(struct us_store *s, struct us_span index, struct us_question *q, bool *again)
{
	struct us_put how = { .version = US_VERSION_ABSENT,
		              .ttl_ms = q->expires_ms - q->opened_ms + KEPT_MS };
	struct us_letter l;
	struct us_item named;
	char known[US_QUESTION_ID_MAX] = "";
	int rc;

	us_item_init(&named);
	us_letter_init(&l);
	rc = us_store_get(s, index, &named);
	if (!rc && named.value.n < sizeof(known)) {
		snprintf(known, sizeof(known), "%.*s", (int)named.value.n, named.value.p);
		memcpy(l.q.id, known, sizeof(known));
		how.version = named.version;
		rc = change_in(s, &l, count_again, &q->opened_ms);
		*again = rc == 0 && is_open(&l.q, q->opened_ms);
	}
	if (*again || (known[0] && rc == US_ENOENT)) {
		/* Open; or named, but not written (yet). */
		memcpy(q->id, known, sizeof(known));
		rc = *again ? 0 : write_one(s, q, US_VERSION_ABSENT);
	} else if (!rc || rc == US_ENOENT || rc == US_EDAMAGED) {
		rc = us_store_put(s, index, us_span_of(q->id), &how, NULL);
		if (!rc)
			rc = write_one(s, q, US_VERSION_ABSENT);
	}
	us_letter_fini(&l);
	us_item_fini(&named);
	return rc;
}

static int raise_in(struct us_store *s, struct us_question *q, bool *again)
{
	char index[64];
	int rc = US_ECONFLICT;

	snprintf(index, sizeof(index), "open/%016llx%016llx",
	         (unsigned long long)us_hash64(1, q->key),
	         (unsigned long long)us_hash64(2, q->key));
	for (int i = 0; rc == US_ECONFLICT && i < RACES_MAX; i++)
		rc = raise_once(s, us_span_of(index), q, again);
	return rc;
}

int us_outbox_raise(struct understudy *u, struct us_question *q, bool *again)
{
	char pid[24];
	int rc;

	*again = false;
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	snprintf(q->id, sizeof(q->id), "%016llx",
	         (unsigned long long)us_hash64(us_rand_seed(), us_span_of(pid)));
	q->opened_ms = q->last_ms = us_clock_unix_ms();
	q->expires_ms = q->opened_ms + u->conf.escalate_ttl;
	q->count = 1;
	pthread_mutex_lock(&u->lock);
	rc = us_handle_store_failed(u, raise_in(u->store, q, again));
	if (rc && second(u)) {
		us_log(US_LOG_WARN, "a question is stored in files: %s", us_store_why(u->store));
		rc = raise_in(second(u), q, again);
	}
	pthread_mutex_unlock(&u->lock);
	return rc;
}

/* --- what the preload has left -------------------------------------------------------------------
 */

struct pleas {
	struct us_arena a;
	struct us_span *keys;
	size_t n;
};

static bool note_plea(void *self, struct us_span key)
{
	struct pleas *p = self;
	struct us_span *slot = us_arena_push(&p->a, &p->keys, &p->n, sizeof(*slot));

	if (slot)
		*slot = us_arena_copy(&p->a, key);
	return slot != NULL;
}

/* A question first, then the note is gone: a death in between only asks the same again. */
static void raise_plea(struct understudy *u, struct us_store *files, struct us_span key)
{
	struct us_question q = { 0 };
	struct us_item item;
	bool again;
	int rc;

	us_item_init(&item);
	pthread_mutex_lock(&u->lock);
	rc = us_store_get(files, key, &item);
	pthread_mutex_unlock(&u->lock);
	if (!rc && us_plea_read(us_buf_span(&item.value), &q.task, &q.error)) {
		q.key = us_span(item.value.p, item.value.n);
		rc = us_outbox_raise(u, &q, &again);
	}
	pthread_mutex_lock(&u->lock);
	if (!rc)
		us_store_drop(files, key, &(struct us_put){ .version = item.version });
	pthread_mutex_unlock(&u->lock);
	us_item_fini(&item);
}

void us_outbox_gather(struct understudy *u)
{
	struct us_store *files = u->conf.redis_url[0] ? second(u) : u->store;
	struct pleas p = { .n = 0 };

	if (!files)
		return;
	us_arena_init(&p.a, (size_t)1 << 20);
	pthread_mutex_lock(&u->lock);
	us_store_list(files, US_SPAN(US_PLEA_PREFIX), note_plea, &p);
	pthread_mutex_unlock(&u->lock);
	for (size_t i = 0; i < p.n; i++)
		raise_plea(u, files, p.keys[i]);
	us_arena_fini(&p.a);
}

/* --- finding -----------------------------------------------------------------------------------
 */

struct names {
	struct us_arena *a;
	struct us_span *ids;
	size_t n;
};

static bool note_id(void *self, struct us_span key)
{
	struct names *names = self;
	size_t skip = strlen(US_QUESTION_PREFIX);
	struct us_span *id = us_arena_push(names->a, &names->ids, &names->n, sizeof(*id));

	if (id)
		*id = us_arena_copy(names->a, us_span(key.p + skip, key.n - skip));
	return id != NULL;
}

int us_outbox_list(struct understudy *u, struct us_arena *a, struct us_span **ids, size_t *n)
{
	struct names names = { .a = a };
	struct us_span prefix = US_SPAN(US_QUESTION_PREFIX);
	int rc;

	pthread_mutex_lock(&u->lock);
	rc = us_handle_store_failed(u, us_store_list(u->store, prefix, note_id, &names));
	if (second(u))
		us_store_list(second(u), prefix, note_id, &names);
	pthread_mutex_unlock(&u->lock);
	*ids = names.ids;
	*n = names.n;
	return rc && names.n ? 0 : rc;
}

/* The id that begins so. */
static int complete(struct understudy *u, struct us_span part, char id[US_QUESTION_ID_MAX])
{
	struct us_arena a;
	struct us_span *ids;
	size_t n, found = 0;
	int rc;

	us_arena_init(&a, (size_t)16 << 20);
	rc = us_outbox_list(u, &a, &ids, &n);
	for (size_t i = 0; !rc && i < n; i++)
		if (ids[i].n >= part.n && ids[i].n < US_QUESTION_ID_MAX &&
		    us_span_eq(us_span(ids[i].p, part.n), part)) {
			snprintf(id, US_QUESTION_ID_MAX, "%.*s", (int)ids[i].n, ids[i].p);
			found++;
		}
	us_arena_fini(&a);
	if (!rc && !found)
		rc = us_handle_fail(US_ENOENT, "there is no question %.*s", (int)part.n, part.p);
	if (!rc && found > 1)
		rc = us_handle_fail(US_EINVAL, "%zu questions begin with %.*s", found, (int)part.n,
		                    part.p);
	return rc;
}

static int find_whole(struct understudy *u, struct us_span id, struct us_letter *l)
{
	int rc;

	pthread_mutex_lock(&u->lock);
	l->in_files = false;
	rc = us_handle_store_failed(u, read_one(u->store, id, l));
	if (rc && second(u) && read_one(second(u), id, l) == 0) {
		l->in_files = true;
		rc = 0;
	}
	pthread_mutex_unlock(&u->lock);
	return rc;
}

int us_outbox_find(struct understudy *u, struct us_span id, struct us_letter *l)
{
	char whole[US_QUESTION_ID_MAX];
	int rc;

	if (!id.n || id.n >= US_QUESTION_ID_MAX)
		return us_handle_fail(US_ENOENT, "there is no such question");
	rc = find_whole(u, id, l);
	if (rc != US_ENOENT || id.n == US_QUESTION_ID_MAX - 1)
		return rc;
	rc = complete(u, id, whole);
	return rc ? rc : find_whole(u, us_span_of(whole), l);
}

/* --- changing ----------------------------------------------------------------------------------
 */

int us_outbox_change(struct understudy *u, struct us_letter *l,
                     bool (*change)(struct us_question *q, void *self), void *self)
{
	int rc;

	pthread_mutex_lock(&u->lock);
	rc = change_in(place(u, l->in_files), l, change, self);
	if (rc)
		us_handle_fail(rc, "%s", us_store_why(place(u, l->in_files)));
	pthread_mutex_unlock(&u->lock);
	return rc;
}

struct answer {
	struct us_span verb, text, by;
	bool defaulted, taken;
	uint64_t now;
};

static bool take_answer(struct us_question *q, void *self)
{
	struct answer *a = self;

	a->taken = is_open(q, a->now);
	if (!a->taken)
		return false;
	q->state = a->defaulted                   ? US_QUESTION_DEFAULTED
	           : us_span_is(a->verb, "abort") ? US_QUESTION_DENIED
	                                          : US_QUESTION_ANSWERED;
	q->verb = a->verb;
	q->text = a->text;
	q->by = a->by;
	q->answered_ms = a->now;
	return true;
}

int us_outbox_answer(struct understudy *u, struct us_letter *l, struct us_span words,
                     struct us_span by, bool defaulted)
{
	struct answer a = { .by = by, .defaulted = defaulted, .now = us_clock_unix_ms() };
	int rc;

	if (!us_answer_read(words, &a.verb, &a.text))
		return us_handle_fail(US_EINVAL, "an answer is retry, abort, use TOOL or text ...");
	rc = us_outbox_change(u, l, take_answer, &a);
	if (!rc && !a.taken)
		rc = us_handle_fail(US_ECONFLICT, "the question is closed already: %s",
		                    us_question_state_word(l->q.state));
	return rc;
}

static bool take_expiry(struct us_question *q, void *now)
{
	if (q->state != US_QUESTION_OPEN || q->expires_ms > *(uint64_t *)now)
		return false;
	q->state = US_QUESTION_EXPIRED;
	return true;
}

int us_outbox_expire(struct understudy *u, struct us_letter *l)
{
	uint64_t now = us_clock_unix_ms();

	if (l->q.state != US_QUESTION_OPEN || l->q.expires_ms > now)
		return 0;
	return us_outbox_change(u, l, take_expiry, &now);
}
