/* frames.c - Bedrock's event stream as server-sent events
 *
 *     +-------+---------+-----+---------+------------------+-----+
 *     | total | headers | CRC | headers | {"bytes":"e30="} | CRC |
 *     +-------+---------+-----+---------+------------------+-----+
 *
 * Both lengths are big-endian words. What is recorded was checked when it was recorded.
 */
#include "recording.h"

#include "cli/mock_json.h"

#define PRELUDE 12 /* both lengths and their CRC */
#define CRC 4
#define EVENTS_MAX ((size_t)16 << 20)

static int digit(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *at = memchr(digits, c, sizeof(digits) - 1);

	return at ? (int)(at - digits) : -1;
}

/* Stops at the padding. */
static void unbase64(struct us_buf *out, struct us_span in)
{
	unsigned bits = 0, n = 0;

	for (size_t i = 0; i < in.n && digit(in.p[i]) >= 0; i++) {
		bits = bits << 6 | (unsigned)digit(in.p[i]);
		n += 6;
		if (n >= 8) {
			n -= 8;
			us_buf_add_char(out, (char)(bits >> n));
		}
	}
}

static size_t word(struct us_span s, size_t at)
{
	const unsigned char *p = (const unsigned char *)s.p + at;

	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* {"bytes":base64 of an event, "p":padding} */
static void add_event(struct us_buf *out, struct us_span payload, struct us_arena *a)
{
	struct us_mock_json_error error;
	struct us_buf data;
	bool lone;
	const struct us_mock_json *v = us_mock_json_parse(a, payload, &lone, &error), *event;

	us_buf_init(&data, EVENTS_MAX);
	unbase64(&data, us_mock_json_text(us_mock_json_get(v, "bytes")));
	event = us_mock_json_parse(a, us_buf_span(&data), &lone, &error);
	us_buf_add_str(out, "event: ");
	us_buf_add_span(out, us_mock_json_text(us_mock_json_get(event, "type")));
	us_buf_add_str(out, "\ndata: ");
	us_buf_add_span(out, us_buf_span(&data));
	us_buf_add_str(out, "\n\n");
	us_buf_fini(&data);
}

struct us_span frames_to_events(struct us_span base64, struct us_arena *a)
{
	struct us_buf frames, out;
	struct us_span rest;

	us_buf_init(&frames, EVENTS_MAX);
	us_buf_init(&out, EVENTS_MAX);
	unbase64(&frames, base64);
	for (rest = us_buf_span(&frames); rest.n > PRELUDE + CRC;) {
		size_t total = word(rest, 0), payload = PRELUDE + word(rest, 4);

		if (total > rest.n || payload + CRC > total)
			break;
		add_event(&out, us_span(rest.p + payload, total - CRC - payload), a);
		rest = us_span(rest.p + total, rest.n - total);
	}
	us_buf_fini(&frames);
	return us_mock_keep(a, &out);
}
