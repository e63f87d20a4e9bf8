/* relay.c - plays released bytes into the program's own callbacks */
#include "relay.h"

#include <stdio.h>

void relay_init(struct relay *r, const struct shadow *s, size_t max)
{
	*r = (struct relay){ .shadow = s };
	us_buf_init(&r->head, max);
	us_buf_init(&r->body, max);
}

void relay_fini(struct relay *r)
{
	us_buf_fini(&r->head);
	us_buf_fini(&r->body);
}

static size_t write_file(char *p, size_t size, size_t n, void *file)
{
	return fwrite(p, size, n, file);
}

static curl_write_callback write_callback(const struct shadow *s)
{
	void *f = shadow_value(s, CURLOPT_WRITEFUNCTION, NULL);

	return f ? (curl_write_callback)f : write_file;
}

static enum relay_state broken(struct relay *r, CURLcode code, const char *text, size_t value)
{
	r->broke = code;
	r->broke_value = value;
	r->broke_text = text;
	return r->state = RELAY_BROKEN;
}

/* To a body callback. *done: bytes it took before it paused. */
static enum relay_state to_body(struct relay *r, struct us_span bytes, size_t *done)
{
	curl_write_callback write = write_callback(r->shadow);
	void *data = shadow_value(r->shadow, CURLOPT_WRITEDATA, stdout);

	for (*done = 0; *done < bytes.n;) {
		size_t n = bytes.n - *done, took;

		if (n > CURL_MAX_WRITE_SIZE)
			n = CURL_MAX_WRITE_SIZE;
		took = write((char *)bytes.p + *done, 1, n, data);
		if (took == CURL_WRITEFUNC_PAUSE)
			return r->state = RELAY_PAUSED;
		if (took != n)
			return broken(r, CURLE_WRITE_ERROR, "Failure writing output to destination",
			              took);
		*done += n;
		if (r->state == RELAY_PAUSED) /* by curl_easy_pause, and yet it took these */
			break;
	}
	return r->state;
}

/* To the header callback, if there is one: a HEADERDATA alone goes to the write callback. */
static enum relay_state to_header(struct relay *r, struct us_span line)
{
	void *f = shadow_value(r->shadow, CURLOPT_HEADERFUNCTION, NULL);
	void *data = shadow_value(r->shadow, CURLOPT_HEADERDATA, NULL);
	curl_write_callback header = f ? (curl_write_callback)f : write_callback(r->shadow);
	size_t took;

	if (!f && !data)
		return RELAY_READY;
	took = header((char *)line.p, 1, line.n, data);
	if (took == CURL_WRITEFUNC_PAUSE)
		return r->state = RELAY_PAUSED;
	if (took != line.n)
		return broken(r, CURLE_WRITE_ERROR, "Failed writing header", took);
	return RELAY_READY;
}

/* False: it was not taken, or not by all. */
static bool play_line(struct relay *r, struct us_span line)
{
	size_t done = line.n;
	bool status = us_span_starts(line, "HTTP/");

	if (!r->half_line && (status || !r->head_done) && shadow_long(r->shadow, CURLOPT_HEADER, 0))
		to_body(r, line, &done);
	r->half_line = done == line.n;
	if (r->state != RELAY_READY || to_header(r, line) != RELAY_READY)
		return false;
	r->half_line = false;
	r->head_done = !status && (r->head_done || line.p[0] == '\r' || line.p[0] == '\n');
	return true;
}

/* Many programs look at no header. */
static bool wants_heads(const struct shadow *s)
{
	return shadow_value(s, CURLOPT_HEADERFUNCTION, NULL) ||
	       shadow_value(s, CURLOPT_HEADERDATA, NULL) || shadow_long(s, CURLOPT_HEADER, 0);
}

/* Takes the lines that were delivered off *head. */
static enum relay_state play_head(struct relay *r, struct us_span *head)
{
	if (!wants_heads(r->shadow)) {
		*head = us_span(head->p + head->n, 0);
		r->head_done = true;
	}
	while (head->n && r->state == RELAY_READY) {
		const char *lf = memchr(head->p, '\n', head->n);
		size_t n = lf ? (size_t)(lf - head->p) + 1 : head->n;

		if (!play_line(r, us_span(head->p, n)))
			return r->state;
		*head = us_span(head->p + n, head->n - n);
	}
	return r->state;
}

static enum relay_state play_body(struct relay *r, struct us_span *body)
{
	enum relay_state state = RELAY_READY;
	size_t done = body->n;

	if (!r->skip_body) {
		state = to_body(r, *body, &done);
	}
	*body = us_span(body->p + done, body->n - done);
	return state;
}

static enum relay_state wait_behind(struct relay *r, struct us_span head, struct us_span body)
{
	us_buf_add_span(&r->head, head);
	us_buf_add_span(&r->body, body);
	if (r->head.err || r->body.err)
		return broken(r, CURLE_OUT_OF_MEMORY, "Out of memory", 0);
	return r->state;
}

static enum relay_state play(struct relay *r, struct us_span *head, struct us_span *body)
{
	r->playing = true;
	if (play_head(r, head) == RELAY_READY)
		play_body(r, body);
	r->playing = false;
	return r->state;
}

enum relay_state relay_play(struct relay *r, struct us_span head, struct us_span body)
{
	if (r->state == RELAY_READY)
		play(r, &head, &body);
	return r->state == RELAY_PAUSED ? wait_behind(r, head, body) : r->state;
}

void relay_pause(struct relay *r)
{
	if (r->state == RELAY_READY)
		r->state = RELAY_PAUSED;
}

enum relay_state relay_resume(struct relay *r)
{
	struct us_span head, body;

	if (r->state != RELAY_PAUSED)
		return r->state;
	r->state = RELAY_READY;
	if (r->playing) /* from within the callback that paused */
		return r->state;
	head = us_buf_span(&r->head);
	body = us_buf_span(&r->body);
	play(r, &head, &body);
	us_buf_eat(&r->head, r->head.n - head.n);
	us_buf_eat(&r->body, r->body.n - body.n);
	return r->state;
}
