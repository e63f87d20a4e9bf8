/* options.c - words that set options */
#include "runner.h"

#include <stdlib.h>
#include <string.h>

CURL *handle(void)
{
	if (!me->handles[me->cur]) {
		me->handles[me->cur] = curl_easy_init();
		prepare(me->handles[me->cur]);
	}
	return me->handles[me->cur];
}

#define SET(option, value) complain("set", #option, curl_easy_setopt(handle(), option, value))

/* @FILE, or the text itself. */
static struct text load(const char *v)
{
	struct text t = { NULL, 0 };
	char piece[4096];
	size_t n;
	FILE *f;

	append(&t, "", 0);
	if (v[0] != '@') {
		append(&t, v, strlen(v));
		return t;
	}
	f = fopen(v + 1, "rb");
	while (f && (n = fread(piece, 1, sizeof(piece), f)) > 0)
		append(&t, piece, n);
	if (f)
		fclose(f);
	return t;
}

/* libcurl holds a pointer to the old one until it is told otherwise. */
static void change_post(const char *v)
{
	SET(CURLOPT_POSTFIELDS, NULL);
	free(me->post.p);
	me->post = load(v);
}

static void do_post(const char *v)
{
	change_post(v);
	SET(CURLOPT_POSTFIELDS, me->post.p);
}

static void do_sized(const char *v)
{
	size_t n;

	change_post(v);
	n = me->post.n;
	append(&me->post, "beyond", 6);
	SET(CURLOPT_POSTFIELDS, me->post.p);
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
}

static void scribble(void) { memset(me->post.p, '#', me->post.n); }

static void do_copypost(const char *v)
{
	change_post(v);
	SET(CURLOPT_COPYPOSTFIELDS, me->post.p);
	scribble();
}

static void do_sizedcopy(const char *v)
{
	change_post(v);
	SET(CURLOPT_POSTFIELDSIZE, (long)me->post.n);
	append(&me->post, "beyond", 6);
	SET(CURLOPT_COPYPOSTFIELDS, me->post.p);
	scribble();
}

static void do_read(const char *v)
{
	free(me->source.p);
	me->source = load(v);
	me->read = 0;
	SET(CURLOPT_READFUNCTION, on_read);
}

static void do_seek(const char *v) { SET(CURLOPT_SEEKFUNCTION, on_seek); }

static void do_mime(const char *v)
{
	curl_mimepart *part;

	me->mime = curl_mime_init(handle());
	part = curl_mime_addpart(me->mime);
	curl_mime_name(part, "field");
	curl_mime_data(part, v, CURL_ZERO_TERMINATED);
	SET(CURLOPT_MIMEPOST, me->mime);
}

static void do_url(const char *v) { SET(CURLOPT_URL, v); }

static void do_curlu(const char *v)
{
	if (!me->curlu)
		me->curlu = curl_url();
	complain("url", v, (int)curl_url_set(me->curlu, CURLUPART_URL, v, 0));
	SET(CURLOPT_CURLU, me->curlu);
}

static void do_header(const char *v)
{
	me->headers = curl_slist_append(me->headers, v);
	SET(CURLOPT_HTTPHEADER, me->headers);
}

static void do_errbuf(const char *v)
{
	snprintf(me->error, sizeof(me->error), "untouched");
	SET(CURLOPT_ERRORBUFFER, me->error);
}

/* What a DATA option points to: a label prints as its name. */
static void *data_of(const char *v)
{
	size_t i = 0;

	if (strcmp(v, "null") == 0)
		return NULL;
	if (strcmp(v, "stdout") == 0)
		return stdout;
	if (strncmp(v, "file:", 5) == 0)
		return fopen(v + 5, "ab");
	while (i < LABELS - 1 && me->labels[i][0] && strcmp(me->labels[i], v) != 0)
		i++;
	snprintf(me->labels[i], sizeof(me->labels[i]), "%s", v);
	return me->labels[i];
}

static void do_private(const char *v) { SET(CURLOPT_PRIVATE, data_of(v)); }
static void do_wdata(const char *v) { SET(CURLOPT_WRITEDATA, data_of(v)); }
static void do_hdata(const char *v) { SET(CURLOPT_HEADERDATA, data_of(v)); }
static void do_wfunc(const char *v) { SET(CURLOPT_WRITEFUNCTION, write_named(v)); }
static void do_hfunc(const char *v) { SET(CURLOPT_HEADERFUNCTION, header_named(v)); }

static void do_progress(const char *v)
{
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_NOPROGRESS, 0L);
}

static void do_oldprogress(const char *v) { SET(CURLOPT_PROGRESSFUNCTION, on_old_progress); }

static void do_debug(const char *v)
{
	SET(CURLOPT_DEBUGFUNCTION, on_debug);
	SET(CURLOPT_DEBUGDATA, data_of("debug"));
	SET(CURLOPT_VERBOSE, 1L);
}

static void do_sockets(const char *v)
{
	SET(CURLOPT_OPENSOCKETFUNCTION, on_open);
	SET(CURLOPT_CLOSESOCKETFUNCTION, on_close);
}

static void do_share(const char *v)
{
	if (!me->share)
		me->share = curl_share_init();
	curl_share_setopt(me->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
	SET(CURLOPT_SHARE, me->share);
}

/* NAME=VALUE, as the option's type wants it. */
static CURLcode set_by_name(const char *name, const char *value)
{
	const struct curl_easyoption *o = curl_easy_option_by_name(name);

	if (!o)
		return CURLE_UNKNOWN_OPTION;
	switch (o->type) {
	case CURLOT_LONG:
	case CURLOT_VALUES:
		return curl_easy_setopt(handle(), o->id, strtol(value, NULL, 10));
	case CURLOT_OFF_T:
		return curl_easy_setopt(handle(), o->id, (curl_off_t)strtoll(value, NULL, 10));
	case CURLOT_SLIST:
		me->list = curl_slist_append(me->list, value);
		return curl_easy_setopt(handle(), o->id, me->list);
	default:
		return curl_easy_setopt(handle(), o->id, strcmp(value, "null") ? value : NULL);
	}
}

static void do_opt(const char *v)
{
	char name[64];
	const char *value = strchr(v, '=');

	snprintf(name, sizeof(name), "%.*s", value ? (int)(value - v) : 63, v);
	complain("set", name, (int)set_by_name(name, value ? value + 1 : "null"));
}

bool set_option(const char *name, const char *value)
{
	static const struct {
		const char *name;
		void (*set)(const char *value);
	} words[] = {
		{ "url", do_url },
		{ "curlu", do_curlu },
		{ "post", do_post },
		{ "copypost", do_copypost },
		{ "sized", do_sized },
		{ "sizedcopy", do_sizedcopy },
		{ "mime", do_mime },
		{ "read", do_read },
		{ "seek", do_seek },
		{ "header", do_header },
		{ "errbuf", do_errbuf },
		{ "private", do_private },
		{ "wfunc", do_wfunc },
		{ "wdata", do_wdata },
		{ "hfunc", do_hfunc },
		{ "hdata", do_hdata },
		{ "progress", do_progress },
		{ "debug", do_debug },
		{ "oldprogress", do_oldprogress },
		{ "sockets", do_sockets },
		{ "share", do_share },
		{ "opt", do_opt },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(words[i].name, name) == 0) {
			words[i].set(value);
			return true;
		}
	return false;
}
