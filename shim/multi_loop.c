/* multi_loop.c - a multi of the program's: what its loop waits for, and what its callbacks are
 * shown */
#include "multi.h"

#include "attempt.h"

#include "base/clock.h"

#include <limits.h>

/* --- when ------------------------------------------------------------------------------------ */

static uint64_t bound(const struct multi *m) { return m->open ? m->fleet.bound : US_NEVER; }

static long left(uint64_t due, uint64_t now)
{
	if (due <= now)
		return 0;
	return due - now < INT_MAX ? (long)(due - now) : INT_MAX;
}

CURLMcode multi_due(struct multi *m, long *timeout_ms)
{
	CURLMcode rc = m->real->multi_timeout(m->handle, timeout_ms);
	uint64_t due = bound(m);
	long ours;

	if (rc || due == US_NEVER)
		return rc;
	ours = left(due, us_clock_ms());
	if (*timeout_ms < 0 || ours < *timeout_ms)
		*timeout_ms = ours;
	return rc;
}

/* curl_multi_wait returns at once when there is no socket to wait for: a call that waits for its
 * next attempt has none, and the loop would spin. */
CURLMcode multi_sleep(struct multi *m, bool poll, struct curl_waitfd *extra, unsigned n, int ms,
                      int *ready)
{
	const struct real *real = m->real;
	uint64_t due = bound(m);

	if (due != US_NEVER && ms > left(due, us_clock_ms()))
		ms = (int)left(due, us_clock_ms());
	if (poll || m->open > m->fleet.aloft)
		return real->multi_poll(m->handle, extra, n, ms, ready);
	return real->multi_wait(m->handle, extra, n, ms, ready);
}

static int call_timer(struct multi *m, uint64_t due, long ms)
{
	int rc;

	m->told_due = due;
	m->depth++;
	rc = m->timer(m->handle, ms, m->timer_data);
	m->depth--;
	return rc;
}

/* A libcurl that is rid of a handle may let another one begin that waited for a connection, and not
 * say so: to a program it would happen only if it removed a handle from the middle of its transfer.
 */
static void ask_libcurl(struct multi *m)
{
	uint64_t due;
	long ms = -1;

	if (m->real->multi_timeout(m->handle, &ms) || ms < 0)
		return;
	due = us_clock_ms() + (uint64_t)ms;
	if (due + 1 < m->real_due) /* libcurl rounds */
		m->real_due = due;
}

void multi_tell_timer(struct multi *m)
{
	uint64_t ours = bound(m), due;

	if (!m->timer || m->depth)
		return;
	ask_libcurl(m);
	due = ours < m->real_due ? ours : m->real_due;
	if (due == m->told_due)
		return;
	call_timer(m, due, due == US_NEVER ? -1 : left(due, us_clock_ms()));
}

void multi_wake(struct multi *m)
{
	m->fleet.bound = 0;
	multi_tell_timer(m);
}

/* libcurl sets its timer: passed on, unless a call is due earlier. */
static int on_timer(CURLM *handle, long ms, void *multi)
{
	struct multi *m = multi;
	uint64_t now = us_clock_ms(), ours = bound(m);

	m->real_due = ms < 0 ? US_NEVER : now + (uint64_t)ms;
	if (!m->timer)
		return 0;
	if (ours < m->real_due)
		return call_timer(m, ours, left(ours, now));
	return call_timer(m, m->real_due, ms);
}

/* --- whom ------------------------------------------------------------------------------------ */

/* The program knows its own handle only. */
static int on_socket(CURL *handle, curl_socket_t fd, int what, void *multi, void *per_socket)
{
	struct multi *m = multi;
	const struct shadow *s = shadow_of(handle);

	return m->socket ? m->socket(s ? s->handle : handle, fd, what, m->socket_data, per_socket)
	                 : 0;
}

/* What a target's server would push is nobody's. The new handle is libcurl's copy of the one that
 * asked, which bears our callbacks: to the program it is a copy of its own. */
static int on_push(CURL *parent, CURL *handle, size_t n, struct curl_pushheaders *headers,
                   void *multi)
{
	const struct multi *m = multi;
	const struct shadow *s = shadow_of(parent);

	if (!m->push || (s && s->handle != parent))
		return CURL_PUSH_DENY;
	if (s && s->run && s->run->dressed)
		attempt_restore(s->run, handle);
	return m->push(parent, handle, n, headers, m->push_data);
}

/* --- options --------------------------------------------------------------------------------- */

/* Ours is installed where the program has one. */
static CURLMcode set_callback(struct multi *m, CURLMoption option, CURLMoption data, void *ours,
                              void *theirs)
{
	CURLMcode rc = m->real->multi_setopt(m->handle, data, m); /* the program may never set it */

	return rc ? rc : m->real->multi_setopt(m->handle, option, theirs ? ours : NULL);
}

static CURLMcode set_data(struct multi *m, CURLMoption option, void **kept, void *value)
{
	CURLMcode rc = m->real->multi_setopt(m->handle, option, m);

	if (!rc)
		*kept = value;
	return rc;
}

static CURLMcode set_limit(struct multi *m, CURLMoption option, size_t *kept, void *value)
{
	CURLMcode rc = m->real->multi_setopt(m->handle, option, value);

	if (rc)
		return rc;
	*kept = (uintptr_t)value;
	m->fleet.slots =
		!m->in_all || (m->per_host && m->per_host < m->in_all) ? m->per_host : m->in_all;
	return rc;
}

CURLMcode multi_set(struct multi *m, CURLMoption option, void *value)
{
	CURLMcode rc;

	switch ((int)option) {
	case CURLMOPT_TIMERFUNCTION:
		rc = set_callback(m, option, CURLMOPT_TIMERDATA, (void *)on_timer, value);
		m->timer = rc ? m->timer : (curl_multi_timer_callback)value;
		return rc;
	case CURLMOPT_SOCKETFUNCTION:
		rc = set_callback(m, option, CURLMOPT_SOCKETDATA, (void *)on_socket, value);
		m->socket = rc ? m->socket : (curl_socket_callback)value;
		return rc;
	case CURLMOPT_PUSHFUNCTION:
		rc = set_callback(m, option, CURLMOPT_PUSHDATA, (void *)on_push, value);
		m->push = rc ? m->push : (curl_push_callback)value;
		return rc;
	case CURLMOPT_NOTIFYFUNCTION:
		rc = set_callback(m, option, CURLMOPT_NOTIFYDATA, (void *)multi_on_notify, value);
		m->notify = rc ? m->notify : (curl_notify_callback)value;
		return rc;
	case CURLMOPT_NOTIFYDATA:
		return set_data(m, option, &m->notify_data, value);
	case CURLMOPT_TIMERDATA:
		return set_data(m, option, &m->timer_data, value);
	case CURLMOPT_SOCKETDATA:
		return set_data(m, option, &m->socket_data, value);
	case CURLMOPT_PUSHDATA:
		return set_data(m, option, &m->push_data, value);
	case CURLMOPT_MAX_HOST_CONNECTIONS:
		return set_limit(m, option, &m->per_host, value);
	case CURLMOPT_MAX_TOTAL_CONNECTIONS:
		return set_limit(m, option, &m->in_all, value);
	default:
		return m->real->multi_setopt(m->handle, option, value);
	}
}
