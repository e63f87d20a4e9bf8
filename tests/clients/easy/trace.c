/* trace.c - the callbacks of a program by words, and what they print */
#include "runner.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Thread_local struct runner *me;
_Thread_local struct runner *(*find_runner)(const void *data);

/* --- what is printed ------------------------------------------------------------------------- */

void print_bytes(const char *p, size_t n)
{
	fputc('"', me->out);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)p[i];

		if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e)
			fprintf(me->out, "\\x%02x", c);
		else
			fputc(c, me->out);
	}
	fputs("\"\n", me->out);
}

static void flush_bytes(void)
{
	struct text t = me->bytes;

	me->bytes = (struct text){ NULL, 0 };
	if (t.n) {
		fprintf(me->out, "B %s ", me->whose);
		print_bytes(t.p, t.n);
	}
	free(t.p);
}

void append(struct text *t, const char *p, size_t n)
{
	t->p = realloc(t->p, t->n + n + 1);
	if (!t->p)
		abort();
	memcpy(t->p + t->n, p, n);
	t->n += n;
	t->p[t->n] = '\0';
}

void line(const char *format, ...)
{
	va_list ap;

	flush_bytes();
	va_start(ap, format);
	vfprintf(me->out, format, ap);
	va_end(ap);
	fputc('\n', me->out);
	fflush(me->out);
}

void complain(const char *what, const char *of, int code)
{
	if (code)
		line("%s %s: %d", what, of, code);
}

long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* --- callbacks ------------------------------------------------------------------------------- */

static const char *label_of(const void *data)
{
	if (!data)
		return "null";
	if (data == stdout)
		return "stdout";
	if (data == stdin)
		return "stdin";
	for (size_t i = 0; i < LABELS; i++)
		if (data == me->labels[i])
			return me->labels[i];
	return "?";
}

/* It is that one's turn who is called with `data`. Whose it was before. */
static struct runner *turn_to(const void *data)
{
	struct runner *before = me, *found = find_runner ? find_runner(data) : NULL;

	if (found)
		me = found;
	return before;
}

const char *enter(char callback)
{
	unsigned long nth = ++me->calls[(unsigned char)callback];

	if (me->failed && strchr("whrp", callback))
		line("CALLED AGAIN %c", callback);
	me->ret = NULL;
	for (size_t i = 0; i < me->nhooks; i++)
		if (me->hooks[i].callback == callback && me->hooks[i].nth == nth)
			do_word(me->hooks[i].word);
	if (me->ret)
		line("%c returns %s", callback, me->ret);
	return me->ret;
}

static size_t answer(const char *ret, size_t n)
{
	if (strcmp(ret, "pause") == 0) {
		me->paused = true;
		me->since_pause = 0;
		return CURL_WRITEFUNC_PAUSE;
	}
	me->failed = true;
	return strcmp(ret, "short") == 0 ? n - 1 : 0;
}

static size_t take(const char *mark, const char *p, size_t n, const void *data)
{
	char whose[sizeof(me->whose)];
	const char *ret = enter('w');

	if (n > CURL_MAX_WRITE_SIZE)
		line("%zu BYTES AT ONCE", n);
	if (ret)
		return answer(ret, n);
	snprintf(whose, sizeof(whose), "%s/%s", mark, label_of(data));
	if (strcmp(whose, me->whose) != 0)
		flush_bytes();
	memcpy(me->whose, whose, sizeof(whose));
	append(&me->bytes, p, n);
	if (me->tee) {
		fwrite(p, 1, n, me->tee);
		fflush(me->tee);
	}
	return n;
}

static size_t show(const char *mark, const char *p, size_t n, const void *data)
{
	const char *ret = enter('h');

	if (ret)
		return answer(ret, n);
	flush_bytes();
	fprintf(me->out, "H %s/%s ", mark, label_of(data));
	print_bytes(p, n);
	return n;
}

/* Takes or shows, in the turn of the one it is for. */
static size_t in_turn(size_t (*does)(const char *, const char *, size_t, const void *),
                      const char *mark, const char *p, size_t n, const void *data)
{
	struct runner *before = turn_to(data);

	n = does(mark, p, n, data);
	me = before;
	return n;
}

static size_t write_a(char *p, size_t size, size_t n, void *data)
{
	return in_turn(take, "a", p, size * n, data);
}

static size_t write_b(char *p, size_t size, size_t n, void *data)
{
	return in_turn(take, "b", p, size * n, data);
}

curl_write_callback write_named(const char *name)
{
	return *name == 'a' ? write_a : *name == 'b' ? write_b : NULL;
}

static size_t header_a(char *p, size_t size, size_t n, void *data)
{
	return in_turn(show, "a", p, size * n, data);
}

static size_t header_b(char *p, size_t size, size_t n, void *data)
{
	return in_turn(show, "b", p, size * n, data);
}

curl_write_callback header_named(const char *name)
{
	return *name == 'a' ? header_a : *name == 'b' ? header_b : NULL;
}

static size_t give(char *p, size_t room, const void *data)
{
	const char *ret = enter('r');
	size_t left = me->source.n - me->read;

	if (data != stdin && data != me) /* nobody has set READDATA */
		line("READ FOR ANOTHER");
	if (ret) {
		answer(ret, 1);
		return me->paused ? CURL_READFUNC_PAUSE : CURL_READFUNC_ABORT;
	}
	if (me->piece && room > me->piece)
		room = me->piece;
	if (room > left)
		room = left;
	memcpy(p, me->source.p + me->read, room);
	me->read += room;
	return room;
}

size_t on_read(char *p, size_t size, size_t n, void *data)
{
	struct runner *before = turn_to(data);

	n = give(p, size * n, data);
	me = before;
	return n;
}

int on_seek(void *data, curl_off_t offset, int origin)
{
	if (origin != SEEK_SET || offset > (curl_off_t)me->source.n)
		return CURL_SEEKFUNC_FAIL;
	me->read = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

/* True: the transfer is to stop. */
static bool hear(void)
{
	if (me->moment && now_ms() - me->began >= me->moment) {
		me->moment = 0;
		do_word(me->later);
	}
	if (enter('p') || (me->stop && now_ms() - me->began >= me->stop))
		return true;
	if (me->paused && me->unpause && ++me->since_pause >= me->unpause) {
		me->paused = false;
		line("goes on");
		complain("pause", "cont", curl_easy_pause(me->handles[me->cur], CURLPAUSE_CONT));
	}
	return false;
}

int on_progress(void *data, curl_off_t dltotal, curl_off_t dlnow, curl_off_t ultotal,
                curl_off_t ulnow)
{
	struct runner *before = turn_to(data);
	bool stops;

	memcpy(me->progress, (curl_off_t[]){ dltotal, dlnow, ultotal, ulnow },
	       sizeof(me->progress));
	stops = hear();
	me = before;
	return stops;
}

int on_old_progress(void *data, double dltotal, double dlnow, double ultotal, double ulnow)
{
	return on_progress(data, (curl_off_t)dltotal, (curl_off_t)dlnow, (curl_off_t)ultotal,
	                   (curl_off_t)ulnow);
}

curl_socket_t on_open(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct runner *before = turn_to(data);

	line("opens");
	me = before;
	return socket(address->family, address->socktype, address->protocol);
}

int on_close(void *data, curl_socket_t socket)
{
	struct runner *before = turn_to(data);

	line("closes");
	me = before;
	return close(socket);
}

/* Heads and data, as they crossed the wire; the rest is chatter. */
int on_debug(CURL *h, curl_infotype type, char *p, size_t n, void *data)
{
	struct runner *before = turn_to(data);
	FILE *out = me->out;

	if (type != CURLINFO_TEXT) {
		if (!me->debug)
			me->debug = open_memstream(&me->debugged.p, &me->debugged.n);
		fprintf(me->debug, "D%d %s %s", type, h == me->handles[me->cur] ? "own" : "OTHER",
		        label_of(data));
		me->out = me->debug;
		print_bytes(p, n);
		me->out = out;
	}
	me = before;
	return 0;
}
