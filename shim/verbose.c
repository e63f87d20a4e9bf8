/* verbose.c - a program's verbose output, without a target's key */
#include "verbose.h"

#include "base/mem.h"

#include <stdio.h>

/* Whatever follows a header name that bears keys, up to the line's end. */
static void blot_lines(char *p, size_t n)
{
	static const char *const names[] = { "authorization:", "x-api-key:", "api-key:" };

	for (size_t i = 0; i < US_COUNT(names); i++) {
		size_t len = strlen(names[i]);

		for (size_t at = 0; at + len <= n; at++) {
			if (strncasecmp(p + at, names[i], len) != 0)
				continue;
			for (at += len; at < n && p[at] != '\r' && p[at] != '\n'; at++)
				p[at] = p[at] == ' ' ? ' ' : '*';
		}
	}
}

static void blot_key(char *p, size_t n, const char *key)
{
	size_t len = key ? strlen(key) : 0;
	const char *end = p + n;
	char *hit;

	while (len && (hit = memmem(p, (size_t)(end - p), key, len))) {
		memset(hit, '*', len);
		p = hit + len; /* a key may be made of asterisks */
	}
}

/* As libcurl prints by itself. */
static void print(FILE *to, curl_infotype type, const char *p, size_t n)
{
	static const char *const marks[] = { "* ", "< ", "> " };

	if ((size_t)type >= US_COUNT(marks))
		return;
	fwrite(marks[type], 2, 1, to);
	fwrite(p, n, 1, to);
}

static void pass(const struct run *r, curl_infotype type, char *p, size_t n)
{
	const struct shadow *s = r->shadow;
	void *f = shadow_value(s, CURLOPT_DEBUGFUNCTION, NULL);

	if (f)
		((curl_debug_callback)f)(s->handle, type, p, n,
		                         shadow_value(s, CURLOPT_DEBUGDATA, NULL));
	else
		print(shadow_value(s, CURLOPT_STDERR, stderr), type, p, n);
}

static int on_debug(CURL *handle, curl_infotype type, char *data, size_t n, void *flight)
{
	const struct flight *f = flight;
	bool ours = handle != f->run->shadow->handle;
	char *copy;

	/* What is said to a target is no affair of the program's. */
	if (ours && (type == CURLINFO_SSL_DATA_IN || type == CURLINFO_SSL_DATA_OUT ||
	             type == CURLINFO_DATA_OUT))
		return 0;
	copy = us_memdup(data, n);
	if (!copy)
		return 0;
	if (type == CURLINFO_TEXT || type == CURLINFO_HEADER_OUT) {
		blot_lines(copy, n);
		blot_key(copy, n, f->key_variable ? world_key(f->key_variable) : NULL);
	}
	pass(f->run, type, copy, n);
	us_free(copy);
	return 0;
}

void verbose_dress(struct flight *f, CURL *h, const struct us_candidate *to)
{
	const struct shadow *s = f->run->shadow;

	f->key_variable = to->key;
	if (!shadow_long(s, CURLOPT_VERBOSE, 0))
		return;
	s->real->easy_setopt(h, CURLOPT_VERBOSE, 1L);
	s->real->easy_setopt(h, CURLOPT_DEBUGFUNCTION, on_debug);
	s->real->easy_setopt(h, CURLOPT_DEBUGDATA, f);
}

void verbose_restore(const struct run *r, CURL *h)
{
	const struct shadow *s = r->shadow;

	s->real->easy_setopt(h, CURLOPT_DEBUGFUNCTION,
	                     shadow_value(s, CURLOPT_DEBUGFUNCTION, NULL));
	s->real->easy_setopt(h, CURLOPT_DEBUGDATA, shadow_value(s, CURLOPT_DEBUGDATA, NULL));
}
