/* reword.c - the program's own handle sends another body than the program gave it */
#include "reword.h"

#define SET(s, handle, option, value) ((s)->real->easy_setopt((handle), (option), (value)))
#define LENGTH "content-length:"

static bool is_length(const struct curl_slist *h)
{
	return h->data && strncasecmp(h->data, LENGTH, strlen(LENGTH)) == 0;
}

static const struct curl_slist *headers_of(const struct shadow *s)
{
	return shadow_value(s, CURLOPT_HTTPHEADER, NULL);
}

/* Some programs say the length of their body themselves: then libcurl would believe them. Without
 * memory for the list it stays. */
static bool drop_length(struct run *r)
{
	const struct shadow *s = r->shadow;
	const struct curl_slist *h = headers_of(s);

	while (h && !is_length(h))
		h = h->next;
	if (!h)
		return false;
	for (h = headers_of(s); h; h = h->next) {
		struct curl_slist *grown = is_length(h)
		                                   ? r->own_headers
		                                   : s->real->slist_append(r->own_headers, h->data);

		r->own_headers = grown ? grown : r->own_headers;
	}
	SET(s, s->handle, CURLOPT_HTTPHEADER, r->own_headers);
	return true;
}

static CURLoption size_of(const struct shadow *s)
{
	return s->upload ? CURLOPT_INFILESIZE_LARGE : CURLOPT_POSTFIELDSIZE_LARGE;
}

static curl_off_t size_said(const struct shadow *s) { return shadow_long(s, size_of(s), -1); }

void reword_own(struct run *r, struct us_span body)
{
	const struct shadow *s = r->shadow;
	bool said;

	if (r->reworded)
		return;
	r->reworded = true;
	said = drop_length(r);
	if (r->captures) {
		r->capture.instead = body;
		if (said || size_said(s) >= 0)
			SET(s, s->handle, size_of(s), (curl_off_t)body.n);
		return;
	}
	SET(s, s->handle, CURLOPT_POSTFIELDS, body.p);
	SET(s, s->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.n);
}

/* libcurl copies as much as the size says then. */
static void restore_copy(const struct shadow *s, CURL *h)
{
	SET(s, h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->npost);
	SET(s, h, CURLOPT_COPYPOSTFIELDS, s->post);
	SET(s, h, CURLOPT_POSTFIELDSIZE_LARGE, size_said(s));
}

void reword_restore(const struct run *r, CURL *h)
{
	const struct shadow *s = r->shadow;

	if (!r->reworded)
		return;
	if (r->own_headers)
		SET(s, h, CURLOPT_HTTPHEADER, headers_of(s));
	if (r->captures) {
		SET(s, h, size_of(s), size_said(s));
	} else if (s->post) {
		restore_copy(s, h);
	} else {
		SET(s, h, CURLOPT_POSTFIELDSIZE_LARGE, size_said(s));
		SET(s, h, CURLOPT_POSTFIELDS, shadow_value(s, CURLOPT_POSTFIELDS, NULL));
	}
}
