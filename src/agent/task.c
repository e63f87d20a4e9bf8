/* task.c - the calls for checkpoints
 *
 * A task is in the store under "task/" and its name. Under `understudy run --task` the command has
 * claimed it and passes the token on: so a predecessor that hangs is refused from the moment its
 * successor is started, and not from when that gets here.
 */
#include "agent/checkpoint.h"
#include "agent/handle.h"
#include "agent/task.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

static_assert(UNDERSTUDY_CHECKPOINT_MAX == US_STORE_VALUE_MAX, "what is told must be so");
static_assert(UNDERSTUDY_ID_MAX + sizeof(US_TASK_PREFIX) <= US_STORE_KEY_MAX, "likewise");

struct understudy_task {
	struct understudy *u;
	struct us_checkpoint c;
	uint64_t token, ttl_ms, saved_ms;
	bool damaged;
	struct us_span key; /* of the store; ends in NUL */
};

static int new_task(struct understudy *u, const char *id, struct understudy_task **out)
{
	size_t n = id ? strlen(id) : 0;
	struct understudy_task *t;
	char *key;

	if (!n || n > UNDERSTUDY_ID_MAX)
		return us_handle_fail(US_EINVAL, "a task's name has 1 to %d bytes",
		                      UNDERSTUDY_ID_MAX);
	t = us_calloc(1, sizeof(*t));
	key = us_calloc(1, sizeof(US_TASK_PREFIX) + n);
	if (!t || !key) {
		us_free(t);
		us_free(key);
		return us_handle_fail(US_ENOMEM, "%s", us_err_text(US_ENOMEM));
	}
	memcpy(key, US_TASK_PREFIX, sizeof(US_TASK_PREFIX) - 1);
	memcpy(key + sizeof(US_TASK_PREFIX) - 1, id, n + 1);
	t->u = u;
	t->ttl_ms = u->conf.checkpoint_ttl;
	t->key = us_span(key, sizeof(US_TASK_PREFIX) - 1 + n);
	*out = t;
	return 0;
}

void understudy_task_free(struct understudy_task *t)
{
	if (!t)
		return;
	us_checkpoint_fini(&t->c);
	us_free((char *)(uintptr_t)t->key.p);
	us_free(t);
}

/* 1: read; 0: there is none. */
static int read_checkpoint(struct understudy_task *t)
{
	struct understudy *u = t->u;
	struct us_item item;
	int rc;

	us_item_init(&item);
	pthread_mutex_lock(&u->lock);
	rc = us_store_get(u->store, t->key, &item);
	if (rc != US_ENOENT)
		us_handle_store_failed(u, rc);
	pthread_mutex_unlock(&u->lock);
	if (!rc) {
		rc = us_checkpoint_decode(&t->c, us_buf_span(&item.value));
		if (rc)
			us_handle_fail(rc, "the checkpoint is not one of ours: %s",
			               us_err_text(rc));
	}
	if (!rc) {
		t->saved_ms = item.saved_ms;
		t->damaged = item.damaged;
	}
	if (item.damaged)
		us_log(US_LOG_ERROR, "the newest checkpoint of %s is damaged; %s", t->key.p,
		       rc ? "the one before too" : "going on from the one before");
	us_item_fini(&item);
	return rc == US_ENOENT ? 0 : rc ? rc : 1;
}

/* The token of `understudy run`, if this is its task. */
static bool take_given_token(struct understudy_task *t)
{
	const char *id = getenv(US_TASK_ENV), *token = getenv(US_TOKEN_ENV);

	return id && token && strcmp(id, understudy_task_id(t)) == 0 &&
	       us_span_u64(us_span_of(token), &t->token) && t->token;
}

static int claim(struct understudy_task *t)
{
	int rc;

	if (take_given_token(t))
		return 0;
	pthread_mutex_lock(&t->u->lock);
	rc = us_handle_store_failed(t->u, us_store_claim(t->u->store, t->key, &t->token));
	pthread_mutex_unlock(&t->u->lock);
	return rc;
}

int understudy_resume_or_start(struct understudy *u, const char *id, struct understudy_task **out)
{
	struct understudy_task *t = NULL;
	int rc;

	*out = NULL;
	rc = new_task(u, id ? id : getenv(US_TASK_ENV), &t);
	if (!rc)
		rc = claim(t);
	if (!rc)
		rc = read_checkpoint(t);
	if (rc < 0)
		understudy_task_free(t);
	else
		*out = t;
	return rc;
}

int understudy_load(struct understudy *u, const char *id, struct understudy_task **out)
{
	struct understudy_task *t = NULL;
	int rc;

	*out = NULL;
	rc = new_task(u, id ? id : getenv(US_TASK_ENV), &t);
	if (!rc)
		rc = read_checkpoint(t);
	if (rc == 0)
		rc = us_handle_fail(t ? US_ENOENT : US_ENOMEM, "there is no checkpoint of %s",
		                    t ? understudy_task_id(t) : "that");
	if (rc < 0)
		understudy_task_free(t);
	else
		*out = t;
	return rc < 0 ? rc : 0;
}

int understudy_save(struct understudy_task *t)
{
	const struct us_put how = { .token = t->token, .ttl_ms = t->ttl_ms };
	struct us_buf bytes;
	int rc;

	if (!t->token)
		return us_handle_fail(US_EINVAL, "a task that was only loaded cannot be saved");
	us_buf_init(&bytes, UNDERSTUDY_CHECKPOINT_MAX);
	rc = us_checkpoint_encode(&t->c, &bytes);
	if (rc) {
		us_handle_fail(rc, "the checkpoint cannot be made: %s", us_err_text(rc));
	} else {
		pthread_mutex_lock(&t->u->lock);
		rc = us_store_put(t->u->store, t->key, us_buf_span(&bytes), &how, NULL);
		us_handle_store_failed(t->u, rc);
		pthread_mutex_unlock(&t->u->lock);
	}
	us_buf_fini(&bytes);
	if (!rc)
		t->saved_ms = us_clock_unix_ms();
	return rc;
}

int understudy_drop(struct understudy_task *t)
{
	int rc = t->token ? 0 : claim(t);

	if (!rc) {
		pthread_mutex_lock(&t->u->lock);
		rc = us_store_drop(t->u->store, t->key, &(struct us_put){ .token = t->token });
		us_handle_store_failed(t->u, rc);
		pthread_mutex_unlock(&t->u->lock);
	}
	if (!rc) {
		us_checkpoint_fini(&t->c);
		t->saved_ms = 0;
		t->damaged = false;
	}
	return rc;
}

struct listing {
	int (*each)(void *self, const char *id);
	void *self;
};

static bool list_one(void *self, struct us_span key)
{
	char id[US_STORE_KEY_MAX + 1];
	struct listing *l = self;
	size_t n = key.n - strlen(US_TASK_PREFIX);

	memcpy(id, key.p + strlen(US_TASK_PREFIX), n);
	id[n] = '\0';
	return l->each(l->self, id) != 0;
}

int understudy_list(struct understudy *u, const char *prefix,
                    int (*each)(void *self, const char *id), void *self)
{
	struct listing l = { each, self };
	struct us_buf key;
	int rc;

	us_buf_init(&key, US_STORE_KEY_MAX);
	us_buf_addf(&key, "%s%s", US_TASK_PREFIX, prefix ? prefix : "");
	rc = key.err;
	if (rc) {
		us_handle_fail(rc, "the beginning of the names: %s", us_err_text(rc));
	} else {
		pthread_mutex_lock(&u->lock);
		rc = us_store_list(u->store, us_buf_span(&key), list_one, &l);
		us_handle_store_failed(u, rc);
		pthread_mutex_unlock(&u->lock);
	}
	us_buf_fini(&key);
	return rc;
}

/* --- looking and changing ----------------------------------------------------------------------
 */

const char *understudy_task_id(const struct understudy_task *t)
{
	return t->key.p + strlen(US_TASK_PREFIX);
}

uint64_t understudy_task_step(const struct understudy_task *t) { return t->c.n; }

uint64_t understudy_task_saved_at(const struct understudy_task *t) { return t->saved_ms; }

int understudy_task_damaged(const struct understudy_task *t) { return t->damaged; }

uint64_t understudy_task_token(const struct understudy_task *t) { return t->token; }

void understudy_task_set_ttl(struct understudy_task *t, uint64_t ttl_ms) { t->ttl_ms = ttl_ms; }

int understudy_step_nth(const struct understudy_task *t, uint64_t index, const char **name,
                        const void **result, size_t *n)
{
	const struct us_step *s = index < t->c.n ? &t->c.steps[index] : NULL;

	if (name)
		*name = s ? s->name : NULL;
	if (result)
		*result = s ? s->result : NULL;
	if (n)
		*n = s ? s->n : 0;
	return s != NULL;
}

int understudy_step_get(const struct understudy_task *t, const char *name, const void **result,
                        size_t *n)
{
	const struct us_step *s = us_checkpoint_find(&t->c, name);

	return understudy_step_nth(t, s ? (uint64_t)(s - t->c.steps) : UINT64_MAX, NULL, result, n);
}

int understudy_step_complete(struct understudy_task *t, const char *name, const void *result,
                             size_t n)
{
	struct us_undo undo;
	int rc = us_checkpoint_complete(&t->c, name, us_span(result, n), &undo);

	if (rc)
		return us_handle_fail(rc, "the step cannot be noted: %s", us_err_text(rc));
	rc = understudy_save(t);
	us_checkpoint_settle(&t->c, &undo, rc == 0);
	return rc;
}

int understudy_state_set(struct understudy_task *t, const void *state, size_t n)
{
	int rc = us_checkpoint_set_state(&t->c, us_span(state, n));

	return rc ? us_handle_fail(rc, "%s", us_err_text(rc)) : 0;
}

const void *understudy_state_get(const struct understudy_task *t, size_t *n)
{
	if (n)
		*n = t->c.nstate;
	return t->c.state ? t->c.state : "";
}
