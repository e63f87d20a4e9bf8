/* store_file.c - a store that is a directory
 *
 * A key's two records lie in NAME.0 and NAME.1. A write goes to NAME.new, and from there by rename
 * into the place of the older (or the damaged) of the two: at every instant the last acknowledged
 * value lies under a name, whole. Who reads needs no lock: it takes the newer of the two, and a
 * record never changes under a descriptor that is open. Writers hold the key's lock from the check
 * of token and version to the rename.
 */
#include "state/store_kind.h"

#include "base/hush.h"
#include "base/mem.h"
#include "state/folder.h"
#include "state/record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PART ((size_t)16 << 10) /* on the stack of somebody else's thread */
#define RACES_MAX 10
#define HEADS ((size_t)(US_RECORD_HEAD + US_STORE_KEY_MAX))

struct file_store {
	struct us_store base;
	int dir;
	enum us_durable durable;
	uint64_t timeout_ms;
};

/* One of the two records, as far as its head tells. */
struct copy {
	bool there, good;
	struct us_record_head head;
};

static const char *const endings[] = { ".0", ".1" };

static struct file_store *of(struct us_store *s) { return (struct file_store *)(void *)s; }

static int open_copy(struct file_store *f, struct us_span key, int which)
{
	char name[US_FOLDER_NAME];

	us_folder_name(key, endings[which], name);
	return openat(f->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static void look(struct file_store *f, struct us_span key, int which, struct copy *c)
{
	char bytes[US_RECORD_HEAD];
	int fd = open_copy(f, key, which);
	ssize_t n;

	*c = (struct copy){ .there = fd >= 0 };
	if (fd < 0)
		return;
	n = read(fd, bytes, sizeof(bytes));
	c->good = n > 0 && us_record_read_head(us_span(bytes, (size_t)n), &c->head);
	close(fd);
}

static bool is_live(const struct copy *c, uint64_t now_ms)
{
	return c->good && (!c->head.r.expires_ms || c->head.r.expires_ms > now_ms);
}

static uint64_t version_of(const struct copy *c) { return c->good ? c->head.r.version : 0; }

/* The newer of the two. */
static int newest(const struct copy c[2]) { return version_of(&c[1]) > version_of(&c[0]); }

/* --- reading --------------------------------------------------------------------------------- */

/* The file as it is; its record lies in `bytes`. US_ENOENT, US_EDAMAGED, or the buffer's error. */
static int read_copy(struct file_store *f, struct us_span key, int which, struct us_buf *bytes,
                     struct us_record *r)
{
	int fd = open_copy(f, key, which);
	char part[PART];
	ssize_t n;

	us_buf_clear(bytes);
	if (fd < 0)
		return US_ENOENT;
	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && us_buf_add(bytes, part, (size_t)n))
			break;
	close(fd);
	if (bytes->err)
		return bytes->err;
	return n == 0 && us_record_read(us_buf_span(bytes), r) ? 0 : US_EDAMAGED;
}

static int give(struct us_store *s, struct us_span key, const struct us_record *r, uint64_t now_ms,
                struct us_item *item)
{
	if (!us_span_eq(r->key, key))
		return us_store_fail(s, US_EIO, "another key has the same file name");
	if (r->expires_ms && r->expires_ms <= now_ms)
		return US_ENOENT;
	item->version = r->version;
	item->token = r->token;
	item->saved_ms = r->saved_ms;
	item->expires_ms = r->expires_ms;
	us_buf_eat(&item->value, (size_t)(r->value.p - item->value.p));
	return 0;
}

/* The newer copy, or where that is damaged, the other. US_EAWAY: a writer was faster. */
static int read_best(struct file_store *f, struct us_span key, struct us_item *item,
                     struct us_record *r)
{
	struct copy c[2];
	int first, rc;

	look(f, key, 0, &c[0]);
	look(f, key, 1, &c[1]);
	if (!c[0].there && !c[1].there)
		return US_ENOENT;
	first = newest(c);
	item->damaged = (c[0].there && !c[0].good) || (c[1].there && !c[1].good);
	rc = read_copy(f, key, first, &item->value, r);
	if (rc == US_EDAMAGED) {
		item->damaged = true;
		rc = read_copy(f, key, !first, &item->value, r);
		if (rc == US_ENOENT)
			return US_EDAMAGED;
	}
	/* Who compares versions must name the one that a writer will find. */
	if (!rc && version_of(&c[first]) > r->version)
		r->version = version_of(&c[first]);
	return rc == US_ENOENT ? US_EAWAY : rc;
}

static int get(struct us_store *s, struct us_span key, uint64_t now_ms, struct us_item *item)
{
	struct us_record r;
	int rc = US_EAWAY;

	for (int again = 0; rc == US_EAWAY && again < RACES_MAX; again++)
		rc = read_best(of(s), key, item, &r);
	if (rc == US_ENOENT)
		return rc;
	if (rc == US_EDAMAGED)
		return us_store_fail(s, rc, "neither copy can be read");
	if (rc)
		return us_store_fail(s, rc, "cannot read: %s", us_err_text(rc));
	if (item->damaged)
		us_store_fail(s, 0, "the newest copy is damaged; this is the one before");
	return give(s, key, &r, now_ms, item);
}

/* --- writing --------------------------------------------------------------------------------- */

struct turn {
	struct us_folder_lock lock;
	struct copy copy[2];
	int now; /* which copy is the newest */
};

static int begin(struct us_store *s, struct us_span key, struct turn *t)
{
	struct file_store *f = of(s);
	char name[US_FOLDER_NAME];
	int rc;

	us_folder_name(key, US_FOLDER_LOCK, name);
	rc = us_folder_lock(f->dir, name, f->timeout_ms, &t->lock);
	if (rc == US_ETIME)
		return us_store_fail(s, rc, "%s stays locked by another process", name);
	if (rc)
		return us_store_fail(s, US_EIO, "cannot lock %s: %s", name, strerror(errno));
	for (int i = 0; i < 2; i++)
		look(f, key, i, &t->copy[i]);
	t->now = newest(t->copy);
	/* What a damaged note does not tell, the records do, as far as they go. */
	for (int i = 0; i < 2; i++) {
		if (version_of(&t->copy[i]) > t->lock.version)
			t->lock.version = version_of(&t->copy[i]);
		if (t->copy[i].good && t->copy[i].head.r.token > t->lock.token)
			t->lock.token = t->copy[i].head.r.token;
	}
	return 0;
}

static int check(struct us_store *s, const struct turn *t, const struct us_put *how,
                 uint64_t now_ms)
{
	bool there = is_live(&t->copy[t->now], now_ms);
	uint64_t version = there ? version_of(&t->copy[t->now]) : US_VERSION_ABSENT;

	if (how->token < t->lock.token)
		return us_store_fail(s, US_ESTALE, "another has claimed it since");
	if (how->version != US_VERSION_ANY && how->version != version)
		return us_store_fail(s, US_ECONFLICT, "another has changed it meanwhile");
	return 0;
}

static int write_all(int fd, struct us_span head, struct us_span key, struct us_span value)
{
	struct iovec part[3] = { { (void *)(uintptr_t)head.p, head.n },
		                 { (void *)(uintptr_t)key.p, key.n },
		                 { (void *)(uintptr_t)value.p, value.n } };
	int at = 0;

	while (at < 3) {
		ssize_t n = writev(fd, part + at, 3 - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return US_EIO;
		while (at < 3 && (size_t)n >= part[at].iov_len)
			n -= (ssize_t)part[at++].iov_len;
		if (at < 3) {
			part[at].iov_base = (char *)part[at].iov_base + n;
			part[at].iov_len -= (size_t)n;
		}
	}
	return 0;
}

/* A new file with the record, under `name`. Left behind by a kill, the next write takes it over. */
static int write_new(struct file_store *f, const char *name, const struct us_record *r)
{
	int fd = openat(f->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct us_buf head;
	int rc;

	if (fd < 0)
		return US_EIO;
	us_buf_init(&head, US_RECORD_HEAD);
	us_record_head(r, &head);
	rc = head.err ? head.err : write_all(fd, us_buf_span(&head), r->key, r->value);
	us_buf_fini(&head);
	if (!rc && f->durable != US_DURABLE_NONE && fdatasync(fd))
		rc = US_EIO;
	if (close(fd) && !rc)
		rc = US_EIO;
	return rc;
}

static int sync_dir(struct file_store *f)
{
	return f->durable == US_DURABLE_FULL && fsync(f->dir) ? US_EIO : 0;
}

/* Onto the older copy, or the damaged one. */
static int replace(struct us_store *s, const struct turn *t, const struct us_record *r)
{
	char temporary[US_FOLDER_NAME], name[US_FOLDER_NAME];
	struct file_store *f = of(s);
	struct us_hush hush;
	int rc;

	us_folder_name(r->key, ".new", temporary);
	us_folder_name(r->key, endings[!t->now], name);
	us_hush_begin(&hush); /* it may be larger than this process may write */
	rc = write_new(f, temporary, r);
	us_hush_end(&hush);
	/* ext4 takes a rename onto a file for a wish to have it on the disk; nobody needs this one.
	 */
	if (!rc)
		unlinkat(f->dir, name, 0);
	if (!rc && renameat(f->dir, temporary, f->dir, name))
		rc = US_EIO;
	if (!rc)
		rc = sync_dir(f);
	if (!rc)
		return 0;
	us_store_fail(s, rc, "cannot write: %s", rc == US_EIO ? strerror(errno) : us_err_text(rc));
	unlinkat(f->dir, temporary, 0);
	return rc;
}

static int put(struct us_store *s, struct us_span key, struct us_span value,
               const struct us_put *how, uint64_t now_ms, uint64_t *version)
{
	struct us_record r = {
		.token = how->token, .saved_ms = now_ms, .key = key, .value = value
	};
	struct turn t;
	int rc = begin(s, key, &t);

	if (rc)
		return rc;
	rc = check(s, &t, how, now_ms);
	if (!rc) {
		r.version = us_store_next(t.lock.version, now_ms);
		r.expires_ms = how->ttl_ms ? now_ms + how->ttl_ms : 0;
		rc = replace(s, &t, &r);
	}
	us_folder_unlock(&t.lock);
	if (!rc)
		*version = r.version;
	return rc;
}

static int claim(struct us_store *s, struct us_span key, uint64_t now_ms, uint64_t *token)
{
	struct turn t;
	int rc = begin(s, key, &t);

	if (rc)
		return rc;
	t.lock.token = us_store_next(t.lock.token, now_ms);
	rc = us_folder_note(&t.lock, of(s)->durable != US_DURABLE_NONE);
	if (!rc)
		rc = sync_dir(of(s));
	if (rc)
		us_store_fail(s, rc, "cannot claim: %s", strerror(errno));
	us_folder_unlock(&t.lock);
	if (!rc)
		*token = t.lock.token;
	return rc;
}

/* The older first: a kill in between must not bring it back. */
static void remove_copies(struct file_store *f, struct us_span key, int now)
{
	char name[US_FOLDER_NAME];

	us_folder_name(key, endings[!now], name);
	unlinkat(f->dir, name, 0);
	us_folder_name(key, endings[now], name);
	unlinkat(f->dir, name, 0);
}

static int drop(struct us_store *s, struct us_span key, const struct us_put *how, uint64_t now_ms)
{
	struct file_store *f = of(s);
	struct turn t;
	int rc = begin(s, key, &t);

	if (rc)
		return rc;
	rc = check(s, &t, how, now_ms);
	if (!rc) {
		if (how->token > t.lock.token)
			t.lock.token = how->token;
		rc = us_folder_note(&t.lock, f->durable != US_DURABLE_NONE);
	}
	if (!rc) {
		remove_copies(f, key, t.now);
		rc = sync_dir(f);
	}
	if (rc && !s->why.n)
		us_store_fail(s, rc, "cannot drop: %s", strerror(errno));
	us_folder_unlock(&t.lock);
	return rc;
}

/* --- listing --------------------------------------------------------------------------------- */

/* The newest copy's head and key, by the name without its ending. */
static bool look_by_name(struct file_store *f, const char *base, char *bytes,
                         struct us_record_head *best)
{
	bool found = false;

	for (int i = 0; i < 2; i++) {
		char name[US_FOLDER_NAME + 8], part[HEADS];
		struct us_record_head head;
		ssize_t n = -1;
		int fd;

		snprintf(name, sizeof(name), "%s%s", base, endings[i]);
		fd = openat(f->dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0) {
			n = read(fd, part, sizeof(part));
			close(fd);
		}
		if (n <= 0 || !us_record_read_head(us_span(part, (size_t)n), &head) ||
		    head.r.key.n > (size_t)n - US_RECORD_HEAD ||
		    (found && head.r.version < best->r.version))
			continue;
		memcpy(bytes, part, (size_t)n);
		*best = head;
		best->r.key.p = bytes + US_RECORD_HEAD;
		found = true;
	}
	return found;
}

/* What nobody needs any more: expired or dropped long ago, and its claim forgotten. */
static void sweep(struct file_store *f, const char *base, const char *lock_name, uint64_t now_ms)
{
	char bytes[HEADS], name[US_FOLDER_NAME + 8];
	struct us_folder_lock lock;
	struct us_record_head head;
	uint64_t last;
	bool there;

	if (us_folder_try_lock(f->dir, lock_name, &lock))
		return;
	there = look_by_name(f, base, bytes, &head);
	last = (uint64_t)lock.touched * 1000;
	if (there && head.r.expires_ms > last)
		last = head.r.expires_ms;
	if ((!there || head.r.expires_ms) && last + US_STORE_CLAIM_KEPT_MS < now_ms) {
		static const char *const all[] = { ".new", ".0", ".1", US_FOLDER_LOCK };

		for (size_t i = 0; i < US_COUNT(all); i++) {
			snprintf(name, sizeof(name), "%s%s", base, all[i]);
			unlinkat(f->dir, name, 0);
		}
	}
	us_folder_unlock(&lock);
}

struct listing {
	struct us_span prefix;
	uint64_t now_ms;
	bool (*each)(void *self, struct us_span key);
	void *self;
};

/* False: enough. */
static bool list_one(struct file_store *f, const char *lock_name, const struct listing *l)
{
	char base[US_FOLDER_NAME], bytes[HEADS];
	struct us_span name = us_span_of(lock_name);
	struct us_record_head head;

	if (!us_span_ends(name, US_FOLDER_LOCK) || name.n >= sizeof(base))
		return true;
	snprintf(base, sizeof(base), "%.*s", (int)(name.n - strlen(US_FOLDER_LOCK)), lock_name);
	if (!look_by_name(f, base, bytes, &head) ||
	    (head.r.expires_ms && head.r.expires_ms <= l->now_ms)) {
		sweep(f, base, lock_name, l->now_ms);
		return true;
	}
	if (head.r.key.n < l->prefix.n ||
	    !us_span_eq(us_span(head.r.key.p, l->prefix.n), l->prefix))
		return true;
	return l->each(l->self, head.r.key);
}

static int list(struct us_store *s, struct us_span prefix, uint64_t now_ms,
                bool (*each)(void *self, struct us_span key), void *self)
{
	const struct listing l = { prefix, now_ms, each, self };
	struct file_store *f = of(s);
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!d) {
		us_store_fail(s, US_EIO, "cannot list: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return US_EIO;
	}
	while ((entry = readdir(d)) && list_one(f, entry->d_name, &l))
		;
	closedir(d);
	return 0;
}

/* --------------------------------------------------------------------------------------------- */

static void close_store(struct us_store *s)
{
	if (of(s)->dir >= 0)
		close(of(s)->dir);
	us_free(s);
}

int us_store_file_open(struct us_store **out, const struct us_store_place *place,
                       struct us_buf *why)
{
	static const struct us_store_kind kind = { close_store, get, put, drop, claim, list };
	struct file_store *f = us_calloc(1, sizeof(*f));

	if (!f)
		return US_ENOMEM;
	f->base.kind = &kind;
	us_buf_init(&f->base.why, US_STORE_WHY_MAX);
	f->durable = place->durable;
	f->timeout_ms = place->timeout_ms;
	f->dir = us_folder_open(place->dir, why);
	if (f->dir < 0) {
		us_free(f);
		return US_EIO;
	}
	*out = &f->base;
	return 0;
}
