/* record.c - one stored value as it lies in a file or in Redis
 *
 *     0       8        16     24     32       40   48     56          64         72         80
 *    +-------+---------+------+------+--------+----+------+-----------+----------+----------+-
 *    | magic | version |token |saved |expires |nkey|nvalue| (reserved)|body check|head check| key
 * value
 *    +-------+---------+------+------+--------+----+------+-----------+----------+----------+-
 *
 * All numbers are little endian. The head's check covers what stands before it, and so also the
 * check of key and value: a head alone can be believed, which is all that a writer needs to read.
 */
#include "state/record.h"

#include "base/hash.h"
#include "base/pack.h"

#define MAGIC 0x3163657279647475u /* "utdyrec1": the layout's number is part of it */
#define CHECKED (US_RECORD_HEAD - 8)

static uint64_t body_check(struct us_span key, struct us_span value)
{
	return us_hash64(us_hash64(0, key), value);
}

void us_record_head(const struct us_record *r, struct us_buf *out)
{
	size_t at = out->n;

	us_pack_u64(out, MAGIC);
	us_pack_u64(out, r->version);
	us_pack_u64(out, r->token);
	us_pack_u64(out, r->saved_ms);
	us_pack_u64(out, r->expires_ms);
	us_pack_u64(out, r->key.n);
	us_pack_u64(out, r->value.n);
	us_pack_u64(out, 0);
	us_pack_u64(out, body_check(r->key, r->value));
	if (!out->err)
		us_pack_u64(out, us_hash64(0, us_span(out->p + at, CHECKED)));
}

bool us_record_read_head(struct us_span bytes, struct us_record_head *out)
{
	struct us_unpack u = { .rest = us_span(bytes.p, bytes.n < CHECKED ? 0 : CHECKED) };
	struct us_unpack check = { .rest = bytes };

	*out = (struct us_record_head){ 0 };
	if (bytes.n < US_RECORD_HEAD || us_unpack_u64(&u) != MAGIC)
		return false;
	check.rest = us_span(bytes.p + CHECKED, 8);
	if (us_unpack_u64(&check) != us_hash64(0, us_span(bytes.p, CHECKED)))
		return false;
	out->r.version = us_unpack_u64(&u);
	out->r.token = us_unpack_u64(&u);
	out->r.saved_ms = us_unpack_u64(&u);
	out->r.expires_ms = us_unpack_u64(&u);
	out->r.key.n = (size_t)us_unpack_u64(&u);
	out->r.value.n = (size_t)us_unpack_u64(&u);
	us_unpack_u64(&u);
	out->body_check = us_unpack_u64(&u);
	return true;
}

bool us_record_read(struct us_span bytes, struct us_record *out)
{
	struct us_record_head head;
	size_t body = bytes.n < US_RECORD_HEAD ? 0 : bytes.n - US_RECORD_HEAD;

	*out = (struct us_record){ 0 };
	if (!us_record_read_head(bytes, &head) || head.r.key.n > body ||
	    head.r.value.n != body - head.r.key.n)
		return false;
	head.r.key.p = bytes.p + US_RECORD_HEAD;
	head.r.value.p = head.r.key.p + head.r.key.n;
	if (body_check(head.r.key, head.r.value) != head.body_check)
		return false;
	*out = head.r;
	return true;
}
