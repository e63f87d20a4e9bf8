/* shadow.c - what the program told each handle */
#include "shadow.h"

#include "base/err.h"
#include "base/mem.h"
#include "asked.h"
#include "getinfo.h"
#include "run.h"

#include <errno.h>
#include <string.h>

#define LATE_MAX ((size_t)1 << 20)

/* --- registry -------------------------------------------------------------------------------- */

struct shadow *shadow_of(CURL *handle)
{
	struct shadow *s = (struct shadow *)registry_find(handle, REGISTERED_EASY);

	return s && s->stands_for ? s->stands_for : s;
}

struct shadow *shadow_take(CURL *handle)
{
	return (struct shadow *)registry_take(handle, REGISTERED_EASY);
}

static struct shadow *make(CURL *handle, const struct real *real)
{
	struct shadow *s = us_calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->entry = (struct registered){ .handle = handle, .kind = REGISTERED_EASY };
	s->handle = handle;
	s->real = real;
	us_buf_init(&s->late, LATE_MAX);
	return s;
}

struct shadow *shadow_new(CURL *handle, const struct real *real)
{
	int saved = errno;
	struct shadow *s = make(handle, real);

	if (s)
		s->at = us_calloc(OPTION_NUMBERS, sizeof(*s->at));
	if (s && !s->at) {
		us_free(s);
		s = NULL;
	}
	if (s)
		registry_put(&s->entry);
	errno = saved;
	return s;
}

CURL *shadow_target(struct shadow *s, unsigned n)
{
	struct shadow **t = &s->target[n];
	CURL *handle = *t ? NULL : s->real->easy_init();

	if (handle)
		*t = make(handle, s->real);
	if (handle && !*t)
		s->real->easy_cleanup(handle);
	if (handle && *t) {
		(*t)->stands_for = s;
		registry_put(&(*t)->entry);
	}
	return *t ? (*t)->handle : NULL;
}

static void drop_target(struct shadow *s, struct shadow *t)
{
	if (!t)
		return;
	registry_take(t->handle, REGISTERED_EASY);
	s->real->easy_cleanup(t->handle);
	us_free(t);
}

void shadow_drop_targets(struct shadow *s)
{
	for (size_t i = 0; i < US_COUNT(s->target); i++) {
		drop_target(s, s->target[i]);
		s->target[i] = NULL;
	}
}

/* --- options --------------------------------------------------------------------------------- */

/* A running transfer may still read it. Without memory to write that down it is not freed. */
static void let_go(struct shadow *s, void *value)
{
	if (!s->run)
		us_free(value);
	else if (value)
		us_buf_add(&s->late, &value, sizeof(value));
}

void shadow_let_go(struct shadow *s)
{
	for (size_t at = 0; at + sizeof(void *) <= s->late.n; at += sizeof(void *)) {
		void *value;

		memcpy(&value, s->late.p + at, sizeof(value));
		us_free(value);
	}
	us_buf_fini(&s->late);
	us_buf_init(&s->late, LATE_MAX);
}

static void drop_value(struct shadow *s, struct option *o)
{
	if (o->is.kind == KIND_STR || o->is.kind == KIND_BLOB)
		let_go(s, o->value);
	o->value = NULL;
}

static void drop_post(struct shadow *s)
{
	let_go(s, s->post);
	s->post = NULL;
	s->npost = 0;
}

void shadow_reset(struct shadow *s)
{
	for (size_t i = 0; i < s->noptions; i++) {
		s->at[option_number(s->options[i].id)] = 0;
		drop_value(s, &s->options[i]);
	}
	s->noptions = 0;
	s->method = METHOD_GET;
	s->upload = s->nobody = false;
	if (s->place)
		s->place->fresh = false;
	drop_post(s);
}

void shadow_free(struct shadow *s)
{
	if (!s)
		return;
	shadow_reset(s);
	result_forget(s);
	place_free(s->place);
	run_free(s->spare);
	us_buf_fini(&s->late);
	us_free(s->options);
	us_free(s->at);
	us_free(s);
}

/* The place for an option, made if it is new. */
static struct option *place(struct shadow *s, CURLoption o)
{
	unsigned number = option_number(o);

	if (number >= OPTION_NUMBERS)
		return NULL;
	if (s->at[number])
		return &s->options[s->at[number] - 1];
	if (s->noptions == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct option *grown = us_realloc(s->options, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		s->options = grown;
		s->cap = cap;
	}
	s->options[s->noptions] = (struct option){ .id = o };
	s->at[number] = (uint16_t)++s->noptions;
	return &s->options[s->noptions - 1];
}

/* One block: the struct, then its bytes. */
static void *copy_blob(const struct curl_blob *from)
{
	struct curl_blob *to = from ? us_calloc(1, sizeof(*to) + from->len) : NULL;

	if (!to)
		return NULL;
	memcpy(to + 1, from->data, from->len);
	*to = (struct curl_blob){ .data = to + 1, .len = from->len, .flags = CURL_BLOB_COPY };
	return to;
}

static void *kept_value(struct option_info info, void *value)
{
	if (info.class == CLASS_SECRET && info.kind != KIND_LONG)
		return NULL;
	if (info.kind == KIND_STR)
		return info.class != CLASS_PLAIN && value ? us_strdup(value) : NULL;
	if (info.kind == KIND_BLOB)
		return info.class == CLASS_CARRY ? copy_blob(value) : NULL;
	return value;
}

/* As lib/setopt.c does it. */
static void record_method(struct shadow *s, CURLoption o, bool on)
{
	switch ((int)o) {
	case CURLOPT_HTTPGET:
	case CURLOPT_POST:
		if (!on && o == CURLOPT_HTTPGET)
			break;
		s->method = on && o == CURLOPT_POST ? METHOD_POST : METHOD_GET;
		s->upload = false;
		s->nobody &= !on;
		break;
	case CURLOPT_UPLOAD:
	case CURLOPT_PUT:
		s->upload = on;
		s->nobody &= !on;
		if (!on)
			s->method = METHOD_GET;
		break;
	case CURLOPT_NOBODY:
		s->nobody = on;
		if (on || s->method == METHOD_HEAD)
			s->method = on ? METHOD_HEAD : METHOD_GET;
		break;
	case CURLOPT_POSTFIELDS:
	case CURLOPT_COPYPOSTFIELDS:
		s->method = METHOD_POST;
		break;
	case CURLOPT_HTTPPOST:
	case CURLOPT_MIMEPOST:
		s->method = METHOD_FORM;
		break;
	default:
		break;
	}
}

/* libcurl copies with the size known at that moment; so do we. */
static void record_post(struct shadow *s, CURLoption o, const char *value)
{
	curl_off_t size = shadow_long(s, CURLOPT_POSTFIELDSIZE_LARGE, -1);

	if (o != CURLOPT_POSTFIELDS && o != CURLOPT_COPYPOSTFIELDS)
		return;
	drop_post(s);
	if (o == CURLOPT_POSTFIELDS || !value)
		return;
	s->npost = size >= 0 ? (size_t)size : strlen(value);
	s->post = us_memdup(value, s->npost);
}

static void *seconds(void *value) { return (void *)((intptr_t)value * 1000); }

/* Of two options for one field, the wider one. */
static CURLoption widen(CURLoption o, void **value)
{
	switch ((int)o) {
	case CURLOPT_TIMEOUT:
		*value = seconds(*value);
		return CURLOPT_TIMEOUT_MS;
	case CURLOPT_CONNECTTIMEOUT:
		*value = seconds(*value);
		return CURLOPT_CONNECTTIMEOUT_MS;
	case CURLOPT_POSTFIELDSIZE:
		return CURLOPT_POSTFIELDSIZE_LARGE;
	case CURLOPT_INFILESIZE:
		return CURLOPT_INFILESIZE_LARGE;
	case CURLOPT_RESUME_FROM:
		return CURLOPT_RESUME_FROM_LARGE;
	default:
		return o;
	}
}

void shadow_record(struct shadow *s, CURLoption o, void *value)
{
	int saved = errno;
	struct option_info info;
	struct option *slot;

	o = widen(o, &value);
	info = option_info(o);
	slot = place(s, o);
	if (s->place && o == CURLOPT_URL)
		s->place->fresh = false; /* a call in flight may still read it: not freed here */
	record_method(s, o, value != NULL);
	record_post(s, o, value);
	if (slot) {
		drop_value(s, slot);
		slot->id = o;
		slot->is = info;
		slot->given = value != NULL;
		slot->value = kept_value(info, value);
	}
	errno = saved;
}

static bool copy_option(struct shadow *to, const struct option *from)
{
	struct option *slot = place(to, from->id);

	if (!slot)
		return false;
	*slot = *from;
	if (from->is.kind == KIND_STR && from->value)
		slot->value = us_strdup(from->value);
	if (from->is.kind == KIND_BLOB && from->value)
		slot->value = copy_blob(from->value);
	return !from->value || slot->value;
}

bool shadow_copy(struct shadow *to, const struct shadow *from)
{
	to->method = from->method;
	to->upload = from->upload;
	to->nobody = from->nobody;
	for (size_t i = 0; i < from->noptions; i++)
		if (!copy_option(to, &from->options[i]))
			return false;
	if (!from->post)
		return true;
	to->post = us_memdup(from->post, from->npost);
	to->npost = from->npost;
	return to->post != NULL;
}
