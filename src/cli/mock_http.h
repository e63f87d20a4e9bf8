/* mock_http.h - HTTP/1.1 on one connection, with every byte in our hands
 *
 * An HTTP library does its best never to send what the mock is made to send: a reset in place of
 * an answer, headers one byte at a time, a chunked body without its end.
 */
#ifndef US_CLI_MOCK_HTTP_H
#define US_CLI_MOCK_HTTP_H

#include "base/arena.h"
#include "base/buf.h"

struct us_mock_conn {
	int fd;
	int stop_fd;      /* readable once the server stops */
	struct us_buf in; /* read and not yet used */
	bool bytewise;    /* one byte per write */
	uint64_t drip_ms; /* between such writes */
	uint64_t sent;    /* bytes since the last request was read */
};

struct us_mock_header {
	struct us_span name;
	struct us_span value;
};

/* The spans live in the arena given to us_mock_http_head, the body in `body`. */
struct us_mock_http {
	struct us_span method;
	struct us_span path;
	struct us_span query; /* without the `?` */
	struct us_mock_header *headers;
	size_t header_count;
	struct us_buf body;
	bool old;  /* HTTP/1.0 */
	bool keep; /* the client wants to use the connection again */
};

/* Takes the socket over. */
void us_mock_conn_init(struct us_mock_conn *c, int fd, int stop_fd);
void us_mock_conn_fini(struct us_mock_conn *c);

/* 0 after ms (US_NEVER: never); US_EIO as soon as the client leaves or the server stops. */
int us_mock_conn_wait(struct us_mock_conn *c, uint64_t ms);
int us_mock_conn_write(struct us_mock_conn *c, struct us_span s);

/* Ends the connection by a reset, and by a FIN that lets sent bytes arrive. */
void us_mock_conn_reset(struct us_mock_conn *c);
void us_mock_conn_finish(struct us_mock_conn *c);

void us_mock_http_init(struct us_mock_http *r);
void us_mock_http_fini(struct us_mock_http *r);

/* 0, US_ENOENT when the client has nothing more to ask, US_ESYNTAX, US_E2BIG or US_EIO. */
int us_mock_http_head(struct us_mock_conn *c, struct us_mock_http *r, struct us_arena *arena);
int us_mock_http_body(struct us_mock_conn *c, struct us_mock_http *r);

/* The value of the first header of that name; .p is NULL if there is none. */
struct us_span us_mock_http_header(const struct us_mock_http *r, const char *name);

/* The reason phrase. */
const char *us_mock_http_phrase(unsigned status);

#endif
