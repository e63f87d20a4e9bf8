/* reword.c - the program's own handle sends another body than the program gave it */
#include "reword.h"

#include "headers.h"
#include "idempotency.h"

#define SET(s, handle, option, value) ((s)->real->easy_setopt((handle), (option), (value)))
#define LENGTH "content-length:"

static bool is_length(const struct curl_slist *h)
{
	return h->data && strncasecmp(h->data, LENGTH, strlen(LENGTH)) == 0;
}

static bool is_unfit(const struct run *r, const struct curl_slist *h)
{
	return is_length(h) || (r->goes_on && h->data && idempotency_is_programs(r, h->data));
}

/* For this transfer: the program's headers less those that do not fit the body, or with a line
 * more. What there is no memory for is missing. */
static void put_headers(struct run *r, const struct curl_slist *from, bool all, const char *more)
{
	const struct shadow *s = r->shadow;
	struct curl_slist *list = NULL;

	for (; from; from = from->next)
		if (all || !is_unfit(r, from))
			header_add(s, &list, from->data);
	if (more)
		header_add(s, &list, more);
	SET(s, s->handle, CURLOPT_HTTPHEADER, list);
	s->real->slist_free_all(r->own_headers);
	r->own_headers = list;
}

/* Some programs say the length of their body themselves: then libcurl would believe them. */
static void drop_unfit(struct run *r)
{
	const struct curl_slist *from = r->own_headers ? r->own_headers : headers_of(r->shadow);
	const struct curl_slist *h = from;

	while (h && !is_unfit(r, h))
		h = h->next;
	if (h)
		put_headers(r, from, false, NULL);
}

static bool says_length(const struct shadow *s)
{
	const struct curl_slist *h = headers_of(s);

	while (h && !is_length(h))
		h = h->next;
	return h != NULL;
}

void reword_header(struct run *r, const char *line)
{
	put_headers(r, headers_of(r->shadow), true, line);
}

static CURLoption size_of(const struct shadow *s)
{
	return s->upload ? CURLOPT_INFILESIZE_LARGE : CURLOPT_POSTFIELDSIZE_LARGE;
}

static curl_off_t size_said(const struct shadow *s) { return shadow_long(s, size_of(s), -1); }

void reword_own(struct run *r, struct us_span body)
{
	const struct shadow *s = r->shadow;

	r->reworded = true;
	drop_unfit(r);
	if (r->captures) {
		r->capture.instead = body;
		if (says_length(s) || size_said(s) >= 0)
			SET(s, s->handle, size_of(s), (curl_off_t)body.n);
		return;
	}
	SET(s, s->handle, CURLOPT_POSTFIELDS, body.p);
	SET(s, s->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
}

/* libcurl copies as much as the size says then; if none is said, with the NUL that it will look for
 * when it sends. */
static void restore_copy(const struct shadow *s, CURL *h)
{
	curl_off_t said = size_said(s);

	SET(s, h, CURLOPT_POSTFIELDSIZE_LARGE, said < 0 ? said : (curl_off_t)s->npost);
	SET(s, h, CURLOPT_COPYPOSTFIELDS, s->post);
	SET(s, h, CURLOPT_POSTFIELDSIZE_LARGE, said);
}

void reword_restore(const struct run *r, CURL *h)
{
	const struct shadow *s = r->shadow;

	if (r->own_headers)
		SET(s, h, CURLOPT_HTTPHEADER, headers_of(s));
	if (!r->reworded)
		return;
	if (r->captures) {
		SET(s, h, size_of(s), size_said(s));
	} else if (s->post) {
		restore_copy(s, h);
	} else {
		SET(s, h, CURLOPT_POSTFIELDSIZE_LARGE, size_said(s));
		SET(s, h, CURLOPT_POSTFIELDS, shadow_value(s, CURLOPT_POSTFIELDS, NULL));
	}
}
