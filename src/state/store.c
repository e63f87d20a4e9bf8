/* store.c - what is the same for all kinds of store: limits, the clock, words */
#include "state/store_kind.h"

#include "base/clock.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void us_store_close(struct us_store *s)
{
	int saved = errno;

	if (!s)
		return;
	us_buf_fini(&s->why);
	s->kind->close(s);
	errno = saved;
}

void us_item_init(struct us_item *item)
{
	*item = (struct us_item){ 0 };
	us_buf_init(&item->value, US_STORE_VALUE_MAX + US_STORE_KEY_MAX + 4096);
}

void us_item_fini(struct us_item *item) { us_buf_fini(&item->value); }

const char *us_store_why(struct us_store *s) { return us_buf_cstr(&s->why); }

int us_store_fail(struct us_store *s, int rc, const char *fmt, ...)
{
	char words[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	us_buf_clear(&s->why);
	us_buf_add_str(&s->why, words);
	return rc;
}

/* Every call comes by here. */
static int begin(struct us_store *s, struct us_span key)
{
	us_buf_clear(&s->why);
	if (!key.n)
		return us_store_fail(s, US_EINVAL, "a key needs at least one byte");
	if (key.n > US_STORE_KEY_MAX)
		return us_store_fail(s, US_E2BIG, "a key of %zu bytes; at most %zu", key.n,
		                     US_STORE_KEY_MAX);
	return 0;
}

int us_store_get(struct us_store *s, struct us_span key, struct us_item *item)
{
	int saved = errno, rc = begin(s, key);

	if (!rc)
		rc = s->kind->get(s, key, us_clock_unix_ms(), item);
	errno = saved;
	return rc;
}

int us_store_put(struct us_store *s, struct us_span key, struct us_span value,
                 const struct us_put *how, uint64_t *version)
{
	int saved = errno, rc = begin(s, key);
	uint64_t ignored;

	if (!rc && value.n > US_STORE_VALUE_MAX)
		rc = us_store_fail(s, US_E2BIG, "a value of %zu bytes; at most %zu", value.n,
		                   US_STORE_VALUE_MAX);
	if (!rc)
		rc = s->kind->put(s, key, value, how, us_clock_unix_ms(),
		                  version ? version : &ignored);
	errno = saved;
	return rc;
}

int us_store_drop(struct us_store *s, struct us_span key, const struct us_put *how)
{
	int saved = errno, rc = begin(s, key);

	if (!rc)
		rc = s->kind->drop(s, key, how, us_clock_unix_ms());
	errno = saved;
	return rc;
}

int us_store_claim(struct us_store *s, struct us_span key, uint64_t *token)
{
	int saved = errno, rc = begin(s, key);

	if (!rc)
		rc = s->kind->claim(s, key, us_clock_unix_ms(), token);
	errno = saved;
	return rc;
}

int us_store_list(struct us_store *s, struct us_span prefix,
                  bool (*each)(void *self, struct us_span key), void *self)
{
	int saved = errno, rc;

	us_buf_clear(&s->why);
	rc = s->kind->list(s, prefix, us_clock_unix_ms(), each, self);
	errno = saved;
	return rc;
}
