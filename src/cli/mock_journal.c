/* mock_journal.c - what the mock was asked, for tests to look at
 *
 * A record is listed from the moment its request has come, so that a test can wait for a request
 * that will never be answered. It grows twice: by the body, and by the outcome.
 */
#include "cli/mock_journal.h"

#include "base/mem.h"
#include "cli/mock_json.h"

#include <fcntl.h>
#include <unistd.h>

#define RECORDS_MAX 10000
#define BYTES_MAX ((size_t)256 << 20)
#define ONE_MAX ((size_t)1 << 30)

struct us_mock_record {
	struct us_mock_record *next;
	uint64_t n;
	uint64_t at_ms, took_ms; /* took_ms is meant once there is an outcome */
	unsigned status;
	const char *outcome; /* NULL: still going on */
	struct us_buf head;  /* JSON members known when it came */
	struct us_buf body;  /* and when it was read */
};

static void free_record(struct us_mock_record *r)
{
	us_buf_fini(&r->head);
	us_buf_fini(&r->body);
	us_free(r);
}

int us_mock_journal_init(struct us_mock_journal *j, const char *log_path, uint64_t now_ms)
{
	*j = (struct us_mock_journal){ .start_ms = now_ms, .log_fd = -1 };
	j->tail = &j->first;
	pthread_mutex_init(&j->lock, NULL);
	if (!log_path)
		return 0;
	j->log_fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return j->log_fd < 0 ? US_EIO : 0;
}

/* The oldest has to go; the lock is held. */
static void drop_first(struct us_mock_journal *j)
{
	struct us_mock_record *r = j->first;

	j->first = r->next;
	if (!j->first)
		j->tail = &j->first;
	j->count--;
	j->bytes -= r->head.n + r->body.n;
	free_record(r);
}

void us_mock_journal_clear(struct us_mock_journal *j)
{
	pthread_mutex_lock(&j->lock);
	while (j->first)
		drop_first(j);
	pthread_mutex_unlock(&j->lock);
}

void us_mock_journal_fini(struct us_mock_journal *j)
{
	us_mock_journal_clear(j);
	pthread_mutex_destroy(&j->lock);
	if (j->log_fd >= 0)
		close(j->log_fd);
}

/* A record may have been forgotten in the meantime: then NULL. */
static struct us_mock_record *find(struct us_mock_journal *j, uint64_t n)
{
	struct us_mock_record *r = j->first;

	while (r && r->n != n)
		r = r->next;
	return r;
}

/* Header bytes are not bound to be UTF-8, and JSON is. */
static void put_text(struct us_buf *b, struct us_span s, bool lower)
{
	us_buf_add_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
			us_buf_addf(b, "\\u%04x", c);
		else
			us_buf_add_char(b,
			                lower && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : (char)c);
	}
	us_buf_add_char(b, '"');
}

/* What is known before the body is read. Names of headers in lower case. */
static void put_head(struct us_buf *b, const struct us_mock_http *http, const char *dialect,
                     struct us_span fault)
{
	us_buf_add_str(b, ",\"method\":");
	put_text(b, http->method, false);
	us_buf_add_str(b, ",\"path\":");
	put_text(b, http->path, false);
	us_buf_add_str(b, ",\"query\":");
	put_text(b, http->query, false);
	us_buf_addf(b, ",\"dialect\":\"%s\",\"fault\":", dialect);
	put_text(b, fault, false);
	us_buf_add_str(b, ",\"headers\":{");
	for (size_t i = 0; i < http->header_count; i++) {
		us_buf_add_str(b, i ? "," : "");
		put_text(b, http->headers[i].name, true);
		us_buf_add_char(b, ':');
		put_text(b, http->headers[i].value, false);
	}
	us_buf_add_char(b, '}');
}

uint64_t us_mock_journal_begin(struct us_mock_journal *j, const struct us_mock_http *http,
                               const char *dialect, struct us_span fault, uint64_t now_ms)
{
	struct us_mock_record *r = us_calloc(1, sizeof(*r));
	uint64_t n;

	if (r) {
		us_buf_init(&r->head, ONE_MAX);
		us_buf_init(&r->body, ONE_MAX);
		r->at_ms = now_ms - j->start_ms;
		put_head(&r->head, http, dialect, fault);
	}
	pthread_mutex_lock(&j->lock);
	n = ++j->last;
	if (r) {
		r->n = n;
		*j->tail = r;
		j->tail = &r->next;
		j->count++;
		j->bytes += r->head.n;
	}
	while (j->count > RECORDS_MAX || (j->count > 1 && j->bytes > BYTES_MAX))
		drop_first(j);
	pthread_mutex_unlock(&j->lock);
	return n;
}

static bool is_utf8(struct us_span s)
{
	size_t n;

	for (; s.n; s = us_span(s.p + n, s.n - n)) {
		n = us_mock_utf8(s);
		if (!n)
			return false;
	}
	return true;
}

static void put_base64(struct us_buf *b, struct us_span s)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.n; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)s.p[i] << 16;

		v |= i + 1 < s.n ? (uint32_t)(unsigned char)s.p[i + 1] << 8 : 0;
		v |= i + 2 < s.n ? (unsigned char)s.p[i + 2] : 0;
		us_buf_add_char(b, alphabet[v >> 18]);
		us_buf_add_char(b, alphabet[v >> 12 & 63]);
		us_buf_add_char(b, i + 1 < s.n ? alphabet[v >> 6 & 63] : '=');
		us_buf_add_char(b, i + 2 < s.n ? alphabet[v & 63] : '=');
	}
}

/* A body that is no text is given as base64: nothing a client sends may break the list. */
static void put_body(struct us_buf *b, struct us_span body, struct us_span refused)
{
	if (is_utf8(body)) {
		us_buf_add_str(b, ",\"body\":");
		us_mock_json_quote(b, body);
	} else {
		us_buf_add_str(b, ",\"body_base64\":\"");
		put_base64(b, body);
		us_buf_add_char(b, '"');
	}
	us_buf_add_str(b, ",\"refused\":");
	if (refused.p)
		us_mock_json_quote(b, refused);
	else
		us_buf_add_str(b, "null");
}

void us_mock_journal_body(struct us_mock_journal *j, uint64_t n, struct us_span body,
                          struct us_span refused)
{
	struct us_mock_record *r;
	struct us_buf b;

	us_buf_init(&b, ONE_MAX);
	put_body(&b, body, refused);
	pthread_mutex_lock(&j->lock);
	r = find(j, n);
	if (r) {
		us_buf_fini(&r->body);
		r->body = b;
		j->bytes += b.n;
	} else {
		us_buf_fini(&b);
	}
	pthread_mutex_unlock(&j->lock);
}

/* A record without an outcome is still being answered. */
static void put_record(struct us_buf *b, const struct us_mock_record *r)
{
	us_buf_addf(b, "{\"n\":%llu,\"at_ms\":%llu", (unsigned long long)r->n,
	            (unsigned long long)r->at_ms);
	if (r->outcome)
		us_buf_addf(b, ",\"took_ms\":%llu,\"status\":%u,\"outcome\":\"%s\"",
		            (unsigned long long)r->took_ms, r->status, r->outcome);
	us_buf_add_span(b, us_buf_span(&r->head));
	us_buf_add_span(b, us_buf_span(&r->body));
	us_buf_add_char(b, '}');
}

/* In one write where the system allows, so that lines of several mocks can share a file. */
static void write_log(const struct us_mock_journal *j, const struct us_mock_record *r)
{
	struct us_buf line;
	ssize_t done = 0;

	if (j->log_fd < 0)
		return;
	us_buf_init(&line, ONE_MAX);
	put_record(&line, r);
	us_buf_add_char(&line, '\n');
	for (size_t at = 0; at < line.n && done >= 0; at += (size_t)done)
		done = write(j->log_fd, line.p + at, line.n - at);
	us_buf_fini(&line);
}

void us_mock_journal_end(struct us_mock_journal *j, uint64_t n, unsigned status,
                         const char *outcome, uint64_t now_ms)
{
	struct us_mock_record *r;

	pthread_mutex_lock(&j->lock);
	r = find(j, n);
	if (r) {
		r->status = status;
		r->outcome = outcome;
		r->took_ms = now_ms - j->start_ms - r->at_ms;
		write_log(j, r);
	}
	pthread_mutex_unlock(&j->lock);
}

void us_mock_journal_list(struct us_mock_journal *j, uint64_t since, struct us_buf *out)
{
	const char *comma = "";

	us_buf_add_char(out, '[');
	pthread_mutex_lock(&j->lock);
	for (const struct us_mock_record *r = j->first; r; r = r->next) {
		if (r->n <= since)
			continue;
		us_buf_add_str(out, comma);
		put_record(out, r);
		comma = ",\n";
	}
	pthread_mutex_unlock(&j->lock);
	us_buf_add_char(out, ']');
}
