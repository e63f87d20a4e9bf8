/* mock_http.c - HTTP/1.1 on one connection, with every byte in our hands
 *
 * Every wait watches the server's stop descriptor too, so that a hanging answer never delays the
 * end of the process, and the client's side, so that a thread does not outlive its client.
 */
#include "cli/mock_http.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX ((size_t)1 << 20)
#define BODY_MAX ((size_t)256 << 20)
#define LINGER_MS 1000

void us_mock_conn_init(struct us_mock_conn *c, int fd, int stop_fd)
{
	int one = 1;

	*c = (struct us_mock_conn){ .fd = fd, .stop_fd = stop_fd };
	us_buf_init(&c->in, HEAD_MAX);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

void us_mock_conn_fini(struct us_mock_conn *c)
{
	us_buf_fini(&c->in);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

/* Until `events` can be had; 0, US_ENOENT after ms, US_EIO if the server stops. */
static int await(const struct us_mock_conn *c, short events, uint64_t ms)
{
	struct pollfd p[] = { { .fd = c->fd, .events = events },
		              { .fd = c->stop_fd, .events = POLLIN } };
	uint64_t end = ms == US_NEVER ? US_NEVER : us_clock_ms() + ms;
	int n;

	do {
		uint64_t now = us_clock_ms(), left = end > now ? end - now : 0;

		n = poll(p, US_COUNT(p),
		         end == US_NEVER  ? -1
		         : left > INT_MAX ? INT_MAX
		                          : (int)left);
	} while ((n < 0 && errno == EINTR) || (n == 0 && us_clock_ms() < end));
	if (n < 0 || p[1].revents)
		return US_EIO;
	return n ? 0 : US_ENOENT;
}

int us_mock_conn_wait(struct us_mock_conn *c, uint64_t ms)
{
	if (!ms)
		return 0;
	return c->fd >= 0 && await(c, POLLRDHUP, ms) == US_ENOENT ? 0 : US_EIO;
}

static int write_now(struct us_mock_conn *c, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(c->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (done < 0 && errno == EAGAIN) {
			if (await(c, POLLOUT, US_NEVER))
				return US_EIO;
		} else if (done < 0 && errno != EINTR) {
			return US_EIO;
		} else if (done > 0) {
			p += done;
			n -= (size_t)done;
			c->sent += (uint64_t)done;
		}
	}
	return 0;
}

int us_mock_conn_write(struct us_mock_conn *c, struct us_span s)
{
	int rc = 0;

	if (c->fd < 0)
		return US_EIO;
	if (!c->bytewise)
		return write_now(c, s.p, s.n);
	for (size_t i = 0; !rc && i < s.n; i++) {
		rc = write_now(c, s.p + i, 1);
		if (!rc)
			rc = us_mock_conn_wait(c, c->drip_ms);
	}
	return rc;
}

void us_mock_conn_reset(struct us_mock_conn *c)
{
	struct linger l = { .l_onoff = 1 };

	if (c->fd < 0)
		return;
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l));
	close(c->fd);
	c->fd = -1;
}

void us_mock_conn_finish(struct us_mock_conn *c)
{
	char drain[4096];

	if (c->fd < 0)
		return;
	shutdown(c->fd, SHUT_WR);
	/* Closing with unread bytes would turn the FIN into a reset. */
	while (!await(c, POLLIN, LINGER_MS))
		if (recv(c->fd, drain, sizeof(drain), MSG_DONTWAIT) <= 0)
			break;
	close(c->fd);
	c->fd = -1;
}

/* Reads what is there, at least a byte. */
static int fill(struct us_mock_conn *c)
{
	char bytes[16384];
	ssize_t n;

	if (c->fd < 0 || await(c, POLLIN, US_NEVER))
		return US_EIO;
	do {
		n = recv(c->fd, bytes, sizeof(bytes), 0);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n < 0 ? US_EIO : US_ENOENT;
	return us_buf_add(&c->in, bytes, (size_t)n);
}

void us_mock_http_init(struct us_mock_http *r)
{
	*r = (struct us_mock_http){ 0 };
	us_buf_init(&r->body, BODY_MAX);
}

void us_mock_http_fini(struct us_mock_http *r) { us_buf_fini(&r->body); }

struct us_span us_mock_http_header(const struct us_mock_http *r, const char *name)
{
	for (size_t i = 0; i < r->header_count; i++)
		if (us_span_is_nocase(r->headers[i].name, name))
			return r->headers[i].value;
	return us_span(NULL, 0);
}

/* Up to CR LF, without it. A bare LF ends no line here. */
static bool next_line(struct us_span *rest, struct us_span *line)
{
	const char *end = rest->n ? memmem(rest->p, rest->n, "\r\n", 2) : NULL;

	if (!end)
		return false;
	*line = us_span(rest->p, (size_t)(end - rest->p));
	*rest = us_span(end + 2, rest->n - line->n - 2);
	return true;
}

static int read_request_line(struct us_mock_http *r, struct us_span line)
{
	struct us_span target, version;

	if (!us_span_next(&line, ' ', &r->method) || !us_span_next(&line, ' ', &target) ||
	    !us_span_next(&line, ' ', &version) || line.p || !r->method.n || !target.n)
		return US_ESYNTAX;
	r->old = us_span_is(version, "HTTP/1.0");
	if (!r->old && !us_span_is(version, "HTTP/1.1"))
		return US_ESYNTAX;
	us_span_next(&target, '?', &r->path);
	r->query = target;
	return r->path.n && r->path.p[0] == '/' ? 0 : US_ESYNTAX;
}

static int read_header(struct us_mock_http *r, struct us_span line, struct us_arena *arena)
{
	struct us_mock_header *h;
	struct us_span name;

	if (!us_span_next(&line, ':', &name) || !line.p || !name.n)
		return US_ESYNTAX;
	/* A space there is how requests are smuggled, a NUL how strings are cut. */
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || name.p[i] == 0x7F)
			return US_ESYNTAX;
	if (line.n && (memchr(line.p, '\0', line.n) || memchr(line.p, '\n', line.n)))
		return US_ESYNTAX;
	h = us_arena_push(arena, &r->headers, &r->header_count, sizeof(*h));
	if (!h)
		return arena->err;
	*h = (struct us_mock_header){ name, us_span_trim(line) };
	return 0;
}

/* Takes all lines up to the empty one. */
static int take_head(struct us_mock_conn *c, struct us_span *head, struct us_arena *arena)
{
	const char *end;
	size_t n;
	int rc;

	while (!(end = c->in.n ? memmem(c->in.p, c->in.n, "\r\n\r\n", 4) : NULL)) {
		rc = fill(c);
		if (rc)
			return rc == US_ENOENT && c->in.n ? US_EIO : rc;
	}
	n = (size_t)(end - c->in.p) + 2;
	*head = us_arena_copy(arena, us_span(c->in.p, n));
	us_buf_eat(&c->in, n + 2);
	return arena->err;
}

int us_mock_http_head(struct us_mock_conn *c, struct us_mock_http *r, struct us_arena *arena)
{
	struct us_span head, line;
	int rc;

	c->sent = 0;
	rc = take_head(c, &head, arena);
	if (!rc && (!next_line(&head, &line) || read_request_line(r, line)))
		rc = US_ESYNTAX;
	while (!rc && next_line(&head, &line))
		rc = read_header(r, line, arena);
	if (!rc && !r->old && !us_mock_http_header(r, "host").p)
		rc = US_ESYNTAX;
	line = us_mock_http_header(r, "connection");
	r->keep =
		r->old ? us_span_is_nocase(line, "keep-alive") : !us_span_is_nocase(line, "close");
	return rc;
}

/* Moves exactly n bytes from the connection to the body. */
static int move(struct us_mock_conn *c, struct us_mock_http *r, uint64_t n)
{
	int rc = n > BODY_MAX ? US_E2BIG : 0;

	while (!rc && n) {
		size_t part = c->in.n < n ? c->in.n : (size_t)n;

		rc = part ? us_buf_add(&r->body, c->in.p, part) : fill(c);
		us_buf_eat(&c->in, part);
		n -= part;
	}
	return rc == US_ENOENT ? US_EIO : rc;
}

/* Takes a line of the connection; it may be as long as the buffer. */
static int take_line(struct us_mock_conn *c, char *out, size_t size)
{
	struct us_span rest, line;
	int rc = 0;

	for (;;) {
		rest = us_buf_span(&c->in);
		if (next_line(&rest, &line))
			break;
		rc = fill(c);
		if (rc)
			return rc == US_ENOENT ? US_EIO : rc;
	}
	if (line.n >= size)
		return US_ESYNTAX;
	memcpy(out, line.p, line.n);
	out[line.n] = '\0';
	us_buf_eat(&c->in, line.n + 2);
	return 0;
}

static int chunk_size(const char *line, uint64_t *size)
{
	size_t i = 0;

	*size = 0;
	for (; i < 8 && strchr("0123456789abcdefABCDEF", line[i]) && line[i]; i++)
		*size = *size * 16 +
		        (uint64_t)(line[i] <= '9' ? line[i] - '0' : (line[i] | 0x20) - 'a' + 10);
	return i && (!line[i] || line[i] == ';' || line[i] == ' ') ? 0 : US_ESYNTAX;
}

static int read_chunks(struct us_mock_conn *c, struct us_mock_http *r)
{
	char line[4096];
	uint64_t size = 0;
	int rc;

	do {
		rc = take_line(c, line, sizeof(line));
		if (!rc)
			rc = chunk_size(line, &size);
		if (!rc && size)
			rc = move(c, r, size);
		if (!rc && size)
			rc = take_line(c, line, sizeof(line));
		if (!rc && size && *line)
			rc = US_ESYNTAX;
	} while (!rc && size);
	while (!rc && !(rc = take_line(c, line, sizeof(line))) && *line)
		; /* trailers tell us nothing */
	return rc;
}

int us_mock_http_body(struct us_mock_conn *c, struct us_mock_http *r)
{
	struct us_span length = us_mock_http_header(r, "content-length");
	struct us_span coding = us_mock_http_header(r, "transfer-encoding");
	uint64_t n = 0;

	if (length.p && (coding.p || !us_span_u64(length, &n)))
		return US_ESYNTAX;
	if (coding.p && (r->old || !us_span_is_nocase(coding, "chunked")))
		return US_ESYNTAX;
	if ((n || coding.p) &&
	    us_span_is_nocase(us_mock_http_header(r, "expect"), "100-continue") &&
	    write_now(c, "HTTP/1.1 100 Continue\r\n\r\n", 25))
		return US_EIO;
	c->sent = 0;
	return coding.p ? read_chunks(c, r) : move(c, r, n);
}

const char *us_mock_http_phrase(unsigned status)
{
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = {
		{ 200, "OK" },
		{ 204, "No Content" },
		{ 307, "Temporary Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 402, "Payment Required" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 413, "Payload Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Entity" },
		{ 425, "Too Early" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
	};

	for (size_t i = 0; i < US_COUNT(phrases); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return status < 400 ? "OK" : "Error";
}
