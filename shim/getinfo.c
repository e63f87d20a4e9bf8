/* getinfo.c - what libcurl's queries answer after a managed transfer */
#include "getinfo.h"

#include "asked.h"
#include "base/mem.h"
#include "run.h"

#define HEADERS_MAX 64

struct result *result_new(CURL *target, const char *url)
{
	struct result *r = us_calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	us_buf_init(&r->head, (size_t)1 << 20);
	r->target = target;
	r->length = -1;
	r->url = us_strdup(url);
	return r;
}

void result_forget(struct shadow *s)
{
	struct result *r = s->result;

	s->result = NULL;
	if (!r)
		return;
	if (r->blank)
		s->real->easy_cleanup(r->blank);
	us_buf_fini(&r->head);
	us_free(r->headers);
	us_free(r->url);
	us_free(r);
}

bool result_of_nobody(struct result *r, const struct real *real, struct us_span origin,
                      struct us_span head)
{
	static const char *const versions[] = { "HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/3" };
	static const long numbers[] = { CURL_HTTP_VERSION_1_0, CURL_HTTP_VERSION_1_1,
		                        CURL_HTTP_VERSION_2_0, CURL_HTTP_VERSION_3 };
	const char *space = head.n ? memchr(head.p, ' ', head.n) : NULL;
	uint64_t status = 0;

	for (size_t i = 0; i < US_COUNT(versions); i++)
		if (us_span_starts(head, versions[i]))
			r->version = numbers[i];
	if (space && head.p + head.n - space > 3)
		us_span_u64(us_span(space + 1, 3), &status);
	r->status = (long)status;
	r->tls = us_span_starts(origin, "https:");
	r->target = r->blank = real->easy_init();
	return r->blank != NULL;
}

/* --- the head -------------------------------------------------------------------------------- */

static void add_header(struct result *r, char *line)
{
	char *colon = strchr(line, ':');
	struct curl_header *h = &r->headers[r->nheaders];
	uint64_t length;

	if (!colon || r->nheaders == HEADERS_MAX)
		return;
	*colon = '\0';
	*h = (struct curl_header){
		.name = line, .value = colon + 1, .amount = 1, .origin = CURLH_HEADER, .anchor = h
	};
	h->value += strspn(h->value, " \t");
	r->nheaders++;
	if (strcasecmp(h->name, "content-type") == 0)
		r->content_type = h->value;
	if (strcasecmp(h->name, "content-length") == 0 &&
	    us_span_u64(us_span_of(h->value), &length))
		r->length = (curl_off_t)length;
}

/* Heads that we make name each header once, so that amount is 1 and index is 0. */
void result_head(struct result *r, struct us_span head)
{
	char *line, *end;

	if (us_buf_add_span(&r->head, head) || us_buf_add_char(&r->head, '\0'))
		return;
	r->headers = us_calloc(HEADERS_MAX, sizeof(*r->headers));
	if (!r->headers)
		return;
	for (line = r->head.p; (end = strstr(line, "\r\n")); line = end + 2) {
		*end = '\0';
		add_header(r, line);
	}
}

/* --- getinfo --------------------------------------------------------------------------------- */

CURL *result_facts(const struct shadow *s)
{
	return s->result && s->result->target ? s->result->target : s->handle;
}

static CURLcode ask(const struct shadow *s, CURL *h, CURLINFO info, void *out)
{
	return s->real->easy_getinfo(h, info, out);
}

/* A time since the call began: the attempt's own, moved. Zero is a stage that it did not need. */
static CURLcode moved_time(const struct shadow *s, CURLINFO info, void *out)
{
	CURLcode rc = ask(s, result_facts(s), info, out);
	bool total = (int)info == CURLINFO_TOTAL_TIME || info == CURLINFO_TOTAL_TIME_T;
	curl_off_t us = s->result->before_us + (total ? s->result->after_us : 0);
	bool whole = ((unsigned)info & CURLINFO_TYPEMASK) == CURLINFO_OFF_T;

	if (rc)
		return rc;
	if (whole && *(curl_off_t *)out > 0)
		*(curl_off_t *)out += us;
	if (!whole && *(double *)out > 0)
		*(double *)out += (double)us / 1e6;
	return CURLE_OK;
}

static CURLcode give_size(CURLINFO info, void *out, curl_off_t v)
{
	switch ((unsigned)info & CURLINFO_TYPEMASK) {
	case CURLINFO_OFF_T:
		*(curl_off_t *)out = v;
		break;
	case CURLINFO_LONG:
		*(long *)out = (long)v;
		break;
	default:
		*(double *)out = (double)v;
		break;
	}
	return CURLE_OK;
}

static CURLcode give_speed(const struct shadow *s, CURLINFO info, void *out, curl_off_t bytes)
{
	curl_off_t us = 0;

	if (moved_time(s, CURLINFO_TOTAL_TIME_T, &us) || us <= 0)
		us = 1;
	return give_size(info, out, (curl_off_t)((double)bytes * 1e6 / (double)us));
}

static bool is_upload_size(CURLINFO info)
{
	return (int)info == CURLINFO_SIZE_UPLOAD || info == CURLINFO_SIZE_UPLOAD_T ||
	       (int)info == CURLINFO_CONTENT_LENGTH_UPLOAD ||
	       info == CURLINFO_CONTENT_LENGTH_UPLOAD_T;
}

/* Of an answer that another provider gave. False: its transfer's own fact holds. */
static bool of_target(const struct shadow *s, CURLINFO info, void *out, CURLcode *rc)
{
	const struct result *r = s->result;

	*rc = CURLE_OK;
	switch ((int)info) {
	case CURLINFO_EFFECTIVE_URL:
		*(char **)out = r->url;
		return true;
	case CURLINFO_CONTENT_TYPE:
		*(char **)out = r->content_type;
		return true;
	case CURLINFO_HEADER_SIZE:
		*rc = give_size(info, out, r->head_bytes);
		return true;
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD:
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD_T:
		*rc = give_size(info, out, r->length);
		return true;
	case CURLINFO_SPEED_DOWNLOAD:
	case CURLINFO_SPEED_DOWNLOAD_T:
		*rc = give_speed(s, info, out, r->body_bytes);
		return true;
	case CURLINFO_PRIVATE: /* these belong to the program's handle whoever served it */
	case CURLINFO_COOKIELIST:
	case CURLINFO_SSL_ENGINES:
	case CURLINFO_CAINFO:
	case CURLINFO_CAPATH:
		*rc = ask(s, s->handle, info, out);
		return true;
	default:
		return false;
	}
}

static bool is_time(CURLINFO info)
{
	switch ((int)info) {
	case CURLINFO_TOTAL_TIME:
	case CURLINFO_TOTAL_TIME_T:
	case CURLINFO_NAMELOOKUP_TIME:
	case CURLINFO_NAMELOOKUP_TIME_T:
	case CURLINFO_CONNECT_TIME:
	case CURLINFO_CONNECT_TIME_T:
	case CURLINFO_APPCONNECT_TIME:
	case CURLINFO_APPCONNECT_TIME_T:
	case CURLINFO_PRETRANSFER_TIME:
	case CURLINFO_PRETRANSFER_TIME_T:
	case CURLINFO_STARTTRANSFER_TIME:
	case CURLINFO_STARTTRANSFER_TIME_T:
		return true;
	default:
		return false;
	}
}

static bool is_download_size(CURLINFO info)
{
	return (int)info == CURLINFO_SIZE_DOWNLOAD || info == CURLINFO_SIZE_DOWNLOAD_T;
}

/* As before the first head. False: what libcurl knows may be told. */
static bool of_nothing(CURLINFO info, void *out)
{
	switch ((int)info) {
	case CURLINFO_RESPONSE_CODE:
	case CURLINFO_HTTP_VERSION:
	case CURLINFO_HEADER_SIZE:
	case CURLINFO_RETRY_AFTER:
	case CURLINFO_SIZE_DOWNLOAD:
	case CURLINFO_SIZE_DOWNLOAD_T:
	case CURLINFO_SPEED_DOWNLOAD:
	case CURLINFO_SPEED_DOWNLOAD_T:
		return give_size(info, out, 0) == CURLE_OK;
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD:
	case CURLINFO_CONTENT_LENGTH_DOWNLOAD_T:
		return give_size(info, out, -1) == CURLE_OK;
	case CURLINFO_CONTENT_TYPE:
	case CURLINFO_REDIRECT_URL:
		*(char **)out = NULL;
		return true;
	default:
		return false;
	}
}

/* In the letters of this libcurl. */
static const char *scheme(const struct shadow *s)
{
	bool small = s->real->version_info(CURLVERSION_NOW)->version_num >= 0x080800;

	if (s->result->tls)
		return small ? "https" : "HTTPS";
	return small ? "http" : "HTTP";
}

/* Of a kept answer: it came at once, and nothing else took any time. */
static bool of_nobody(const struct shadow *s, CURLINFO info, void *out)
{
	const struct result *r = s->result;
	curl_off_t us = r->before_us + r->after_us;
	bool whole = ((unsigned)info & CURLINFO_TYPEMASK) == CURLINFO_OFF_T;

	switch ((int)info) {
	case CURLINFO_RESPONSE_CODE:
		return give_size(info, out, r->status) == CURLE_OK;
	case CURLINFO_HTTP_VERSION:
		return give_size(info, out, r->version) == CURLE_OK;
	case CURLINFO_PROTOCOL:
		return give_size(info, out, r->tls ? CURLPROTO_HTTPS : CURLPROTO_HTTP) == CURLE_OK;
	case CURLINFO_SCHEME:
		*(const char **)out = scheme(s);
		return true;
	case CURLINFO_EFFECTIVE_METHOD:
		*(const char **)out = asked_method(s).p;
		return true;
	case CURLINFO_STARTTRANSFER_TIME:
	case CURLINFO_STARTTRANSFER_TIME_T:
		us = r->before_us;
		break;
	case CURLINFO_TOTAL_TIME:
	case CURLINFO_TOTAL_TIME_T:
		break;
	default:
		return false;
	}
	if (whole)
		*(curl_off_t *)out = us;
	else
		*(double *)out = (double)us / 1e6;
	return true;
}

static bool is_mute(const struct shadow *s) { return s->run && run_is_mute(s->run); }

/* A size of which we know more than whose transfer it was. */
static bool known_size(const struct result *r, CURLINFO info, curl_off_t *size)
{
	*size = is_download_size(info) ? r->body_bytes : r->uploaded;
	return (is_download_size(info) && (r->target || r->refused || r->spliced)) ||
	       (is_upload_size(info) && (r->target || r->reworded));
}

static CURLcode all_connects(const struct shadow *s, void *out)
{
	CURLcode rc = ask(s, result_facts(s), CURLINFO_NUM_CONNECTS, out);

	*(long *)out += rc ? 0 : s->result->connects_before;
	return rc;
}

CURLcode getinfo_answer(struct shadow *s, CURLINFO info, void *out)
{
	const struct result *r = s->result;
	curl_off_t size;
	CURLcode rc;

	if (out && is_mute(s) && of_nothing(info, out))
		return CURLE_OK;
	if (!r || !out)
		return ask(s, s->handle, info, out);
	if (r->blank && of_nobody(s, info, out))
		return CURLE_OK;
	if (is_time(info))
		return moved_time(s, info, out);
	if (known_size(r, info, &size))
		return give_size(info, out, size);
	if (r->status && info == CURLINFO_RESPONSE_CODE)
		return give_size(info, out, r->status);
	if (info == CURLINFO_NUM_CONNECTS)
		return all_connects(s, out);
	if (r->url_changed && !r->target && info == CURLINFO_EFFECTIVE_URL) {
		*(char **)out = r->url;
		return CURLE_OK;
	}
	return r->target && of_target(s, info, out, &rc) ? rc : ask(s, result_facts(s), info, out);
}

/* --- the header API -------------------------------------------------------------------------- */

CURLHcode getinfo_header(struct shadow *s, const char *name, size_t index, unsigned origin,
                         int request, struct curl_header **out)
{
	const struct result *r = s->result;

	if (name && out && is_mute(s))
		return CURLHE_NOHEADERS;
	if (!r || !r->target || !name || !out || request < -1)
		return s->real->easy_header(s->handle, name, index, origin, request, out);
	if (!r->nheaders)
		return CURLHE_NOHEADERS;
	if (request > 0)
		return CURLHE_NOREQUEST;
	for (size_t i = 0; (origin & CURLH_HEADER) && i < r->nheaders; i++) {
		if (strcasecmp(r->headers[i].name, name) != 0)
			continue;
		if (index)
			return CURLHE_BADINDEX;
		*out = &r->headers[i];
		return CURLHE_OK;
	}
	return CURLHE_MISSING;
}

struct curl_header *getinfo_nextheader(struct shadow *s, unsigned origin, int request,
                                       struct curl_header *previous)
{
	const struct result *r = s->result;
	size_t next;

	if (is_mute(s))
		return NULL;
	if (!r || !r->target)
		return s->real->easy_nextheader(s->handle, origin, request, previous);
	next = previous ? (size_t)(previous - r->headers) + 1 : 0;
	if (!(origin & CURLH_HEADER) || request > 0 || next >= r->nheaders)
		return NULL;
	return &r->headers[next];
}
