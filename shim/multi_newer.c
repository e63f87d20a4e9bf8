/* multi_newer.c - a multi of the program's: what newer libcurls tell of it */
#include "multi.h"

/* --- what is in it (8.4, 8.16) --------------------------------------------------------------- */

static bool is_known(const CURL *handle) { return registry_find(handle, REGISTERED_EASY) != NULL; }

/* Pushed streams, and handles that were not made through us. */
static size_t count_others(CURL *const *list)
{
	size_t n = 0;

	for (; *list; list++)
		n += !is_known(*list);
	return n;
}

static size_t count_members(const struct multi *m)
{
	size_t n = 0;

	for (const struct shadow *s = m->members; s; s = s->next)
		n++;
	return n;
}

/* The program frees it with curl_free: the memory must come from libcurl. */
static CURL **new_list(const struct multi *m, size_t n)
{
	return (CURL **)(void *)m->real->maprintf("%*s", (int)((n + 1) * sizeof(CURL *)), "");
}

CURL **multi_handles(struct multi *m)
{
	CURL **list = m->real->multi_get_handles(m->handle), **seen, **at;
	size_t n = count_members(m);

	if (!list || !m->members || !m->real->maprintf)
		return list;
	seen = new_list(m, n + count_others(list));
	if (!seen) {
		m->real->free(list);
		return NULL;
	}
	at = seen + n; /* the members list begins with the last that was added */
	for (const struct shadow *s = m->members; s; s = s->next)
		*--at = s->handle;
	at = seen + n;
	for (CURL **from = list; *from; from++)
		if (!is_known(*from))
			*at++ = *from;
	*at = NULL;
	m->real->free(list);
	return seen;
}

static curl_off_t current(struct multi *m, curl_off_t real)
{
	CURL **list = m->real->multi_get_handles ? m->real->multi_get_handles(m->handle) : NULL;
	curl_off_t n;

	if (!list)
		return real;
	n = (curl_off_t)(count_members(m) + count_others(list));
	m->real->free(list);
	return n;
}

CURLMcode multi_offt(struct multi *m, CURLMinfo_offt info, curl_off_t *value)
{
	CURLMcode rc = m->real->multi_get_offt(m->handle, info, value);

	if (rc || !m->members)
		return rc;
	switch (info) {
	case CURLMINFO_XFERS_CURRENT:
		*value = current(m, *value);
		break;
	case CURLMINFO_XFERS_RUNNING:
		*value += (curl_off_t)m->open - (curl_off_t)m->fleet.aloft;
		break;
	case CURLMINFO_XFERS_ADDED:
		*value += (curl_off_t)m->calls - (curl_off_t)m->fleet.launched;
		break;
	default:
		break;
	}
	return rc;
}

/* --- notifications (8.17) -------------------------------------------------------------------- */

CURLMcode multi_notify_enable(struct multi *m, unsigned what)
{
	CURLMcode rc = m->real->multi_notify_enable(m->handle, what);

	if (!rc && what < 32)
		m->notify_on |= 1u << what;
	return rc;
}

CURLMcode multi_notify_disable(struct multi *m, unsigned what)
{
	CURLMcode rc = m->real->multi_notify_disable(m->handle, what);

	if (!rc && what < 32)
		m->notify_on &= ~(1u << what);
	return rc;
}

/* What libcurl notices of attempts is not the end of a call: multi_notify tells that. */
void multi_on_notify(CURLM *handle, unsigned what, CURL *easy, void *multi)
{
	struct multi *m = multi;
	const struct shadow *s = shadow_of(easy);

	if (what == CURLMNOTIFY_INFO_READ && m->open)
		m->admin = easy;
	else if ((!s || !s->run) && m->notify)
		m->notify(handle, what, easy, m->notify_data);
}

static void notify(struct multi *m, unsigned what, CURL *easy)
{
	if (m->notify && m->notify_on >> what & 1)
		m->notify(m->handle, what, easy, m->notify_data);
}

/* The callback may remove handles: each time the list is looked at anew. */
static struct shadow *next_news(const struct multi *m)
{
	for (struct shadow *s = m->members; s; s = s->next)
		if (s->news)
			return s;
	return NULL;
}

void multi_notify(struct multi *m)
{
	struct shadow *s;

	if (!m->news)
		return;
	m->news = false;
	if (!m->notify)
		return;
	while ((s = next_news(m))) {
		s->news = false;
		notify(m, CURLMNOTIFY_EASY_DONE, s->handle);
	}
	/* last: who reads the messages removes the handles */
	notify(m, CURLMNOTIFY_INFO_READ, m->admin ? m->admin : m->handle);
}
