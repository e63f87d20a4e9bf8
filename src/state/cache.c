/* cache.c - answers kept on the disk, by all that was asked
 *
 *     DIR/secret/salt      32 bytes of chance, made once
 *     DIR/answers-0 ... f  one file for each answer, by the first digit of its name
 *
 * A file is a record (record.c) whose key is its name and whose value is
 *
 *     +-----+--------+------+------+
 *     | own | nhead  | head | body |
 *     +-----+--------+------+------+
 *
 * The answers are on sixteen shelves because room is made by looking at a whole one.
 */
#include "state/cache.h"

#include "base/pack.h"
#include "state/folder.h"
#include "state/record.h"
#include "state/shelf.h"

#include <fcntl.h>
#include <unistd.h>

#define SHELVES 16
#define FILES_EACH ((size_t)1024)
#define SALT_ID US_SPAN("salt")

/* --- the salt -------------------------------------------------------------------------------- */

static struct us_shelf secret(const struct us_cache *c)
{
	return (struct us_shelf){ c->dir, "secret", 4096, 4, UINT64_MAX };
}

static int read_salt(struct us_cache *c)
{
	struct us_shelf s = secret(c);
	struct us_buf got;
	int rc;

	us_buf_init(&got, 4096);
	rc = us_shelf_get(&s, SALT_ID, 0, &got);
	if (!rc && got.n != sizeof(c->salt))
		rc = US_EDAMAGED;
	if (!rc)
		memcpy(c->salt, got.p, sizeof(c->salt));
	us_buf_fini(&got);
	return rc;
}

/* Not getrandom: a seccomp filter of the host may answer it with a kill. Somebody else may be the
 * first; but one that a power failure has left half written is replaced: what was kept under it is
 * lost. */
static void make_salt(const struct us_cache *c, bool replace)
{
	int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	struct us_shelf s = secret(c);
	char salt[US_SHA256_N];
	struct us_span made = us_span(salt, sizeof(salt));
	ssize_t n = fd < 0 ? -1 : read(fd, salt, sizeof(salt));

	if (fd >= 0)
		close(fd);
	if (n != (ssize_t)sizeof(salt))
		return;
	if (replace)
		us_shelf_put(&s, SALT_ID, made, 0);
	else
		us_shelf_put_new(&s, SALT_ID, made, 0);
}

int us_cache_open(struct us_cache *c, struct us_buf *why)
{
	int fd = us_folder_open(c->dir, why), rc;

	if (fd < 0)
		return US_EIO;
	close(fd);
	rc = read_salt(c);
	if (rc) {
		make_salt(c, rc == US_EDAMAGED);
		rc = read_salt(c);
	}
	if (!rc)
		return 0;
	us_buf_addf(why, "cannot use %s/secret/salt: %s", c->dir, us_err_text(rc));
	return US_EIO;
}

/* --- names ----------------------------------------------------------------------------------- */

void us_cache_key(const struct us_cache *c, struct us_span asked, struct us_span body,
                  struct us_cache_key *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[US_SHA256_N];
	struct us_sha256 d;

	us_sha256_init(&d);
	us_sha256_add_part(&d, us_span((const char *)c->salt, sizeof(c->salt)));
	us_sha256_add_part(&d, asked);
	us_sha256_add_part(&d, body);
	us_sha256_end(&d, digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		out->name[2 * i] = digits[digest[i] >> 4];
		out->name[2 * i + 1] = digits[digest[i] & 15];
	}
	out->name[2 * sizeof(digest)] = '\0';
}

static struct us_shelf shelf_of(const struct us_cache *c, const struct us_cache_key *key)
{
	static const char names[SHELVES][16] = {
#define NAME(digit) "answers-" digit
		NAME("0"), NAME("1"), NAME("2"), NAME("3"), NAME("4"), NAME("5"),
		NAME("6"), NAME("7"), NAME("8"), NAME("9"), NAME("a"), NAME("b"),
		NAME("c"), NAME("d"), NAME("e"), NAME("f"),
#undef NAME
	};
	char digit = key->name[0];
	uint64_t keep = c->fresh_ms > c->stale_ms ? c->fresh_ms : c->stale_ms;

	return (struct us_shelf){ c->dir, names[digit <= '9' ? digit - '0' : digit - 'a' + 10],
		                  c->max / SHELVES, FILES_EACH, keep / 1000 + 1 };
}

/* --- files ----------------------------------------------------------------------------------- */

void us_cached_pack(const struct us_cached *a, struct us_buf *value)
{
	us_pack_u64(value, a->own);
	us_pack_bytes(value, a->head);
	us_buf_add_span(value, a->body);
}

bool us_cached_unpack(struct us_span value, struct us_cached *a)
{
	struct us_unpack u = { .rest = value };

	a->own = us_unpack_u64(&u) != 0;
	a->head = us_unpack_bytes(&u);
	a->body = u.rest;
	return !u.bad;
}

static int pack(const struct us_cache_key *key, const struct us_cached *a, struct us_buf *value,
                struct us_buf *out)
{
	struct us_record r = { .saved_ms = a->saved_ms, .key = us_span_of(key->name) };

	us_cached_pack(a, value);
	r.value = us_buf_span(value);
	us_record_head(&r, out);
	us_buf_add_span(out, r.key);
	us_buf_add_span(out, r.value);
	return value->err ? value->err : out->err;
}

int us_cache_put(const struct us_cache *c, const struct us_cache_key *key,
                 const struct us_cached *a, uint64_t unix_ms)
{
	struct us_shelf s = shelf_of(c, key);
	struct us_buf value, file;
	int rc;

	us_buf_init(&value, s.max);
	us_buf_init(&file, s.max);
	rc = pack(key, a, &value, &file);
	if (!rc)
		rc = us_shelf_put(&s, us_span_of(key->name), us_buf_span(&file), unix_ms / 1000);
	us_buf_fini(&value);
	us_buf_fini(&file);
	return rc;
}

bool us_cached_read(struct us_span bytes, const struct us_cache_key *key, struct us_cached *a)
{
	struct us_record r;

	*a = (struct us_cached){ 0 };
	if (!us_record_read(bytes, &r) || !us_span_is(r.key, key->name))
		return false;
	a->saved_ms = r.saved_ms;
	return us_cached_unpack(r.value, a);
}

int us_cache_get(const struct us_cache *c, const struct us_cache_key *key, uint64_t unix_ms,
                 struct us_buf *bytes, struct us_cached *a)
{
	struct us_shelf s = shelf_of(c, key);
	int rc = us_shelf_get(&s, us_span_of(key->name), unix_ms / 1000, bytes);

	if (!rc && !us_cached_read(us_buf_span(bytes), key, a))
		rc = US_ENOENT;
	return rc;
}
