/* metrics_serve.c - answers scrapers, one after the other
 *
 * There are few, they are near, and what they get is small: whoever dawdles is sent away. What is
 * asked for does not matter, as long as it is a GET.
 */
#include "base/clock.h"
#include "cli/listen.h"
#include "cli/metrics.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE_S 5
#define REQUEST_MAX ((size_t)16 << 10)

/* Up to the blank line that ends it. */
static bool read_request(int fd, struct us_buf *request)
{
	char piece[2048];
	ssize_t n;

	while (!us_span_has(us_buf_span(request), "\r\n\r\n")) {
		n = recv(fd, piece, sizeof(piece), 0);
		if (n <= 0 || us_buf_add(request, piece, (size_t)n))
			return false;
	}
	return true;
}

static void send_all(int fd, struct us_span text)
{
	while (text.n) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		text = us_span(text.p + n, text.n - (size_t)n);
	}
}

static void send_answer(int fd, const char *status, struct us_span body)
{
	struct us_buf head;

	us_buf_init(&head, 1024);
	us_buf_addf(&head,
	            "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
	            "Content-Length: %zu\r\nConnection: close\r\n\r\n",
	            status, body.n);
	send_all(fd, us_buf_span(&head));
	send_all(fd, body);
	us_buf_fini(&head);
}

static void answer(struct us_view *v, int fd)
{
	struct us_page page;
	struct us_buf text;
	int rc;

	us_buf_init(&text, US_METRICS_MAX);
	rc = us_view_look(v, &page);
	if (!rc)
		rc = us_metrics_print(&text, page.file ? &page : NULL, &v->policy, us_clock_ms());
	if (rc)
		send_answer(fd, "500 Internal Server Error", US_SPAN("the state cannot be read\n"));
	else
		send_answer(fd, "200 OK", us_buf_span(&text));
	us_page_close(&page);
	us_buf_fini(&text);
}

static void attend(struct us_view *v, int fd)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	struct us_buf request;

	us_buf_init(&request, REQUEST_MAX);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (read_request(fd, &request)) {
		if (us_span_starts(us_buf_span(&request), "GET "))
			answer(v, fd);
		else
			send_answer(fd, "405 Method Not Allowed", US_SPAN("only GET\n"));
	}
	us_buf_fini(&request);
}

/* "[host]:port", "host:port" or "port" into its two parts. */
static void split(struct us_span address, struct us_buf *host, struct us_buf *port)
{
	const char *colon = memrchr(address.p, ':', address.n);
	struct us_span before = us_span(address.p, colon ? (size_t)(colon - address.p) : 0);

	if (us_span_starts(before, "[") && us_span_ends(before, "]"))
		before = us_span(before.p + 1, before.n - 2);
	us_buf_add_span(host, before.n ? before : US_SPAN("127.0.0.1"));
	us_buf_add_str(port, colon ? colon + 1 : address.p);
}

static void serve(struct us_view *v, int listens)
{
	struct pollfd p = { .fd = listens, .events = POLLIN };

	while (poll(&p, 1, -1) > 0 || errno == EINTR) {
		int fd = accept4(listens, NULL, NULL, SOCK_CLOEXEC);

		if (fd < 0)
			continue;
		attend(v, fd);
		close(fd);
	}
}

int us_metrics_serve(struct us_view *v, const char *address)
{
	struct us_buf host, port;
	int fd;

	us_buf_init(&host, 1024);
	us_buf_init(&port, 1024);
	split(us_span_of(address), &host, &port);
	fd = us_listen_open(v->command, us_buf_cstr(&host), us_buf_cstr(&port));
	us_buf_fini(&host);
	us_buf_fini(&port);
	if (fd < 0)
		return 1;
	if (us_listen_announce(v->command, fd, NULL) == 0)
		serve(v, fd);
	close(fd);
	return 1; /* it does not end by itself */
}
