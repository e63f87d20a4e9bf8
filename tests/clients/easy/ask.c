/* ask.c - words that ask: what libcurl says of a transfer, what was written, what was told */
#include "runner.h"

#include <stdlib.h>
#include <string.h>

#define SLACK_MS 300 /* between a time that libcurl measured and one measured around it */

static void do_within(const char *v)
{
	long long low = 0, high = 0, took = me->ended - me->began;

	sscanf(v, "%lld-%lld", &low, &high);
	if (took >= low && took <= high)
		line("within %s", v);
	else
		line("took %lld ms, not %s", took, v);
}

static const struct {
	const char *name;
	CURLINFO info;
} infos[] = {
#define X(name) { #name, CURLINFO_##name },
	/* clang-format off */
	X(RESPONSE_CODE) X(CONTENT_TYPE) X(CONTENT_LENGTH_DOWNLOAD_T) X(CONTENT_LENGTH_DOWNLOAD)
	X(SIZE_DOWNLOAD_T) X(SIZE_DOWNLOAD) X(SIZE_UPLOAD_T) X(CONTENT_LENGTH_UPLOAD_T)
	X(HEADER_SIZE) X(REQUEST_SIZE) X(EFFECTIVE_URL) X(EFFECTIVE_METHOD) X(REDIRECT_URL)
	X(REDIRECT_COUNT) X(NUM_CONNECTS) X(HTTP_VERSION) X(SCHEME) X(PRIMARY_IP) X(PRIVATE)
	X(RETRY_AFTER) X(HTTP_CONNECTCODE) X(OS_ERRNO) X(SSL_VERIFYRESULT) X(FILETIME)
	X(CONDITION_UNMET) X(HTTPAUTH_AVAIL) X(ACTIVESOCKET) X(COOKIELIST)
/* clang-format on */
#undef X
};

static void print_info(const char *name, CURLINFO info)
{
	char *text = NULL;
	long number = 0;
	double real = 0;
	curl_off_t size = 0;
	struct curl_slist *list = NULL;

	switch ((int)info & CURLINFO_TYPEMASK) {
	case CURLINFO_STRING:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &text));
		line("%s %s", name, text ? text : "(null)");
		break;
	case CURLINFO_LONG:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &number));
		line("%s %ld", name, number);
		break;
	case CURLINFO_DOUBLE:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &real));
		line("%s %.0f", name, real);
		break;
	case CURLINFO_OFF_T:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &size));
		line("%s %lld", name, (long long)size);
		break;
	case CURLINFO_SLIST:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &list));
		line("%s %s", name, list ? list->data : "(none)");
		curl_slist_free_all(list);
		break;
	default:
		complain("info", name, (int)curl_easy_getinfo(handle(), info, &number));
		line("%s %s", name, number == -1 ? "none" : "some");
	}
}

static void do_info(const char *v)
{
	for (size_t i = 0; i < COUNT(infos); i++)
		if (strcmp(infos[i].name, v) == 0) {
			print_info(v, infos[i].info);
			return;
		}
	line("no such info: %s", v);
}

/* Times grow from one stage to the next, as far as it came, and end when the call did. */
static void do_times(const char *v)
{
	static const CURLINFO stages[] = { CURLINFO_NAMELOOKUP_TIME_T, CURLINFO_CONNECT_TIME_T,
		                           CURLINFO_PRETRANSFER_TIME_T,
		                           CURLINFO_STARTTRANSFER_TIME_T, CURLINFO_TOTAL_TIME_T };
	curl_off_t t = 0, before = 0, took = me->ended - me->began;
	bool ordered = true;

	for (size_t i = 0; i < COUNT(stages); i++) {
		curl_easy_getinfo(handle(), stages[i], &t);
		ordered &= !t || t >= before;
		before = t ? t : before;
	}
	if (ordered && t / 1000 <= took && t / 1000 + SLACK_MS >= took)
		line("times fit");
	else
		line("times do not fit: %sordered, %lld us of %lld ms", ordered ? "" : "not ",
		     (long long)t, (long long)took);
}

static void do_progressed(const char *v)
{
	const curl_off_t *p = me->progress;

	line("progressed %lld of %lld, %lld of %lld up", (long long)p[1], (long long)p[0],
	     (long long)p[3], (long long)p[2]);
}

static void do_headers(const char *v)
{
	struct curl_header *h = NULL;

	while ((h = curl_easy_nextheader(handle(), CURLH_HEADER, -1, h)))
		line("N %s=%s %zu/%zu %u", h->name, h->value, h->index, h->amount, h->origin);
}

static void do_gethdr(const char *v)
{
	struct curl_header *h = NULL;
	CURLHcode rc = curl_easy_header(handle(), v, 0, CURLH_HEADER, -1, &h);

	if (rc == CURLHE_OK)
		line("G %s=%s %zu/%zu", h->name, h->value, h->index, h->amount);
	else
		line("G %s: %d", v, (int)rc);
}

static void do_debugs(const char *v)
{
	if (me->debug)
		fclose(me->debug);
	line("debug\n%s", me->debugged.p ? me->debugged.p : "");
	free(me->debugged.p);
	me->debugged.p = NULL;
	me->debug = NULL;
}

static void do_cat(const char *v)
{
	char piece[65536];
	FILE *f = fopen(v, "rb");
	size_t n = f ? fread(piece, 1, sizeof(piece), f) : 0;

	line("file%s", f ? "" : " missing");
	print_bytes(piece, n);
	if (f)
		fclose(f);
}

bool ask(const char *name, const char *value)
{
	static const struct word words[] = {
		{ "within", do_within }, { "info", do_info },
		{ "times", do_times },   { "headers", do_headers },
		{ "gethdr", do_gethdr }, { "debugs", do_debugs },
		{ "cat", do_cat },       { "progressed", do_progressed },
	};

	return do_one_of(words, COUNT(words), name, value);
}
