/* waits.c - the Retry-After family */
#include "engine/waits.h"

#include "base/err.h"

/* A limit that tells what remains and when it is full again. */
static const struct {
	const char *remaining, *reset;
} limits[] = {
	{ "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests" },
	{ "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens" },
	{ "anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset" },
	{ "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset" },
};

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Digits with an optional fraction off the front of *s, in thousandths. */
static bool decimal(struct us_span *s, uint64_t *thousandths)
{
	uint64_t v = 0, unit = 1000;
	size_t i = 0;

	for (; i < s->n && is_digit(s->p[i]) && v < (uint64_t)1 << 40; i++)
		v = v * 10 + (uint64_t)(s->p[i] - '0');
	if (!i)
		return false;
	v *= 1000;
	if (i < s->n && s->p[i] == '.')
		for (i++; i < s->n && is_digit(s->p[i]); i++)
			v += (uint64_t)(s->p[i] - '0') * (unit /= 10);
	*s = us_span(s->p + i, s->n - i);
	*thousandths = v;
	return true;
}

/* "6m0s", "1.5s", "20ms", "1h2m3s". */
static bool go_duration(struct us_span s, uint64_t *ms)
{
	static const struct {
		const char *name;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "h", 3600000 }, { "m", 60000 }, { "s", 1000 } };
	uint64_t v;
	size_t u;

	for (*ms = 0; s.n;) {
		if (!decimal(&s, &v))
			return false;
		for (u = 0; u < US_COUNT(units) && !us_span_starts(s, units[u].name); u++)
			;
		if (u == US_COUNT(units))
			return false;
		*ms += v * units[u].ms / 1000;
		s = us_span(s.p + strlen(units[u].name), s.n - strlen(units[u].name));
	}
	return true;
}

/* Days since 1970 of a date of the Gregorian calendar (Hinnant's days_from_civil). */
static int64_t days(int64_t y, int64_t m, int64_t d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool digits_at(struct us_span s, size_t at, size_t n, int64_t *out)
{
	uint64_t v;

	if (at + n > s.n || !us_span_u64(us_span(s.p + at, n), &v))
		return false;
	*out = (int64_t)v;
	return true;
}

static bool clock_at(struct us_span s, size_t at, int64_t *seconds)
{
	int64_t h, m, sec;

	if (!digits_at(s, at, 2, &h) || !digits_at(s, at + 3, 2, &m) ||
	    !digits_at(s, at + 6, 2, &sec))
		return false;
	*seconds = h * 3600 + m * 60 + sec;
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the only form that is still sent (RFC 9110 5.6.7). */
static bool http_date(struct us_span s, int64_t *unix_s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t y, d, clock, m = 0;

	if (s.n != 29 || !digits_at(s, 5, 2, &d) || !digits_at(s, 12, 4, &y) ||
	    !clock_at(s, 17, &clock))
		return false;
	while (m < 12 && memcmp(s.p + 8, months + 3 * m, 3) != 0)
		m++;
	*unix_s = days(y, m + 1, d) * 86400 + clock;
	return m < 12;
}

/* "2026-11-23T20:45:00Z" (RFC 3339, UTC). */
static bool rfc3339(struct us_span s, int64_t *unix_s)
{
	int64_t y, m, d, clock;

	if (s.n < 20 || !digits_at(s, 0, 4, &y) || !digits_at(s, 5, 2, &m) ||
	    !digits_at(s, 8, 2, &d) || !clock_at(s, 11, &clock))
		return false;
	*unix_s = days(y, m, d) * 86400 + clock;
	return true;
}

static bool until(int64_t unix_s, uint64_t unix_ms, uint64_t *ms)
{
	int64_t ahead = unix_s * 1000 - (int64_t)unix_ms;

	*ms = ahead > 0 ? (uint64_t)ahead : 0;
	return true;
}

static bool retry_after(struct us_span v, uint64_t unix_ms, uint64_t *ms)
{
	int64_t at;

	if (http_date(v, &at))
		return until(at, unix_ms, ms);
	return decimal(&v, ms) && !v.n;
}

static bool reset(struct us_span v, uint64_t unix_ms, uint64_t *ms)
{
	int64_t at;

	if (rfc3339(v, &at))
		return until(at, unix_ms, ms);
	return go_duration(v, ms);
}

static void keep(struct us_waits *w, enum us_wait_kind kind, bool valid, uint64_t ms)
{
	if (!valid || !ms || w->has[kind])
		return;
	w->has[kind] = true;
	w->ms[kind] = ms;
}

static void limit(struct us_waits *w, struct us_span name, struct us_span value, uint64_t unix_ms)
{
	for (size_t i = 0; i < US_COUNT(limits); i++) {
		if (us_span_is_nocase(name, limits[i].remaining))
			w->spent[i] = us_span_is(value, "0");
		else if (us_span_is_nocase(name, limits[i].reset))
			w->has_reset[i] = reset(value, unix_ms, &w->reset_ms[i]);
	}
}

void us_waits_header(struct us_waits *w, struct us_span name, struct us_span value,
                     uint64_t unix_ms)
{
	uint64_t ms = 0;
	bool ok;

	value = us_span_trim(value);
	if (us_span_is_nocase(name, "retry-after-ms")) {
		ok = decimal(&value, &ms) && !value.n;
		keep(w, US_WAIT_MS, ok, ms / 1000);
	} else if (us_span_is_nocase(name, "retry-after")) {
		ok = retry_after(value, unix_ms, &ms);
		keep(w, US_WAIT_AFTER, ok, ms);
	} else if (us_span_is_nocase(name, "x-should-retry")) {
		w->said_retry = us_span_is_nocase(value, "true");
		w->said_no_retry = us_span_is_nocase(value, "false");
	} else {
		limit(w, name, value, unix_ms);
	}
}

bool us_waits_get(const struct us_waits *w, uint64_t *ms)
{
	uint64_t found = 0;

	for (size_t i = 0; i < US_COUNT(limits); i++)
		if (w->spent[i] && w->has_reset[i] && w->reset_ms[i] > found)
			found = w->reset_ms[i];
	for (int k = US_WAIT_KINDS - 1; k >= 0; k--)
		if (w->has[k])
			found = w->ms[k];
	*ms = found < US_WAIT_MAX_MS ? found : US_WAIT_MAX_MS;
	return found != 0;
}
