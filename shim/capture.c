/* capture.c - a request body that comes from a READFUNCTION */
#include "capture.h"

#include <stdio.h>

#define PIECE ((size_t)4096) /* on the host's stack */

void capture_init(struct capture *c, const struct shadow *s, size_t max)
{
	*c = (struct capture){ .shadow = s };
	us_buf_init(&c->kept, max);
}

void capture_fini(struct capture *c) { us_buf_fini(&c->kept); }

static size_t read_file(char *to, size_t size, size_t n, void *file)
{
	return fread(to, size, n, file);
}

static size_t ask_program(struct capture *c, char *to, size_t n)
{
	void *f = shadow_value(c->shadow, CURLOPT_READFUNCTION, NULL);
	curl_read_callback read = f ? (curl_read_callback)f : read_file;

	return read(to, 1, n, shadow_value(c->shadow, CURLOPT_READDATA, stdin));
}

static bool is_data(size_t got, size_t asked) { return got <= asked; } /* else PAUSE or ABORT */

/* What the program gives, kept. */
static size_t read_on(struct capture *c, char *to, size_t n)
{
	size_t got = ask_program(c, to, n);

	if (!is_data(got, n))
		return got;
	c->ended |= got == 0;
	if (!c->lost && us_buf_add(&c->kept, to, got))
		c->lost = true;
	if (!c->lost)
		c->at = c->kept.n;
	return got;
}

/* What is there to be sent without asking the program. */
static struct us_span at_hand(const struct capture *c)
{
	return c->instead.p ? c->instead : us_buf_span(&c->kept);
}

size_t capture_read(char *to, size_t size, size_t n, void *capture)
{
	struct capture *c = capture;
	struct us_span from = at_hand(c);
	size_t room = size * n, left = from.n - c->at;

	if (left && !c->lost) {
		room = room < left ? room : left;
		memcpy(to, from.p + c->at, room);
		c->at += room;
		return room;
	}
	return c->ended ? 0 : read_on(c, to, room);
}

/* The program's own ways back, once we no longer have the bytes. */
static int seek_program(struct capture *c, curl_off_t offset, int origin)
{
	void *f = shadow_value(c->shadow, CURLOPT_SEEKFUNCTION, NULL);

	if (!f)
		return CURL_SEEKFUNC_CANTSEEK;
	return ((curl_seek_callback)f)(shadow_value(c->shadow, CURLOPT_SEEKDATA, NULL), offset,
	                               origin);
}

int capture_seek(void *capture, curl_off_t offset, int origin)
{
	struct capture *c = capture;

	if (c->lost || origin != SEEK_SET || offset < 0 || (size_t)offset > at_hand(c).n)
		return seek_program(c, offset, origin);
	c->at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

bool capture_rewind(struct capture *c)
{
	c->at = 0;
	return !c->lost;
}

bool capture_is_whole(const struct capture *c)
{
	const struct shadow *s = c->shadow;
	long said = shadow_long(
		s, s->upload ? CURLOPT_INFILESIZE_LARGE : CURLOPT_POSTFIELDSIZE_LARGE, -1);

	return !c->lost && (c->ended || (said >= 0 && c->kept.n == (size_t)said));
}

bool capture_all(struct capture *c)
{
	char piece[PIECE];
	size_t got = 1;

	while (!c->ended && !c->lost && got && is_data(got, sizeof(piece)))
		got = read_on(c, piece, sizeof(piece));
	return c->ended && !c->lost;
}
