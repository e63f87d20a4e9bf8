/* page.c - the mapped page that all processes of a user share
 *
 *    +-------+---------+-------+------+--------------+--------------+----------------+
 *    | magic | version | count | size | slot 0, 1 ... | tree 0, 1 ... | budget, events |
 *    +-------+---------+-------+------+--------------+--------------+----------------+
 *
 * The file is made under another name and linked into place, so nobody ever sees half of one; who
 * loses that race uses the winner's. A file that is not ours, not private, of another layout or
 * with holes is not touched: private memory takes its place, except that a damaged file of our own
 * is replaced.
 */
#include "state/page.h"

#include "base/clock.h"
#include "base/hush.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x3179647574736e75u /* "unstudy1" */
#define LAYOUT 5u
#define FILE_NAME "state-5"
#define OTHERS US_SPAN("others") /* what there is no room for */

struct head {
	uint64_t magic;
	uint32_t layout, slots;
	uint64_t size, made_ms;
};

struct us_page_file {
	struct head head;
	struct us_slot slot[US_PAGE_SLOTS];
	struct us_tree tree[US_PAGE_TREES];
	_Alignas(64) struct us_budget budget;
	_Alignas(64) struct us_events events;
};

static_assert(sizeof(struct us_slot) == 40 + sizeof(struct us_health) + (32 + US_CAUSES_MAX) * 8 +
                                                4 * (US_MS_BUCKETS + 1) * 8 +
                                                2 * (US_TOKEN_BUCKETS + 1) * 8 + 320,
              "the layout is shared between processes: raise LAYOUT and FILE_NAME");
static_assert(sizeof(struct us_tree) == 8 + 16 * 8 + 40, "likewise");

static int fail(struct us_buf *why, const char *what, const char *path)
{
	if (why)
		us_buf_addf(why, "%s %s: %s", what, path, errno ? strerror(errno) : "not private");
	return US_EIO;
}

/* The directory must be ours alone: others could otherwise swap the file under us. */
static int open_dir(const char *dir, struct us_buf *why)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return fail(why, "cannot open", dir), -1;
	errno = 0;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & 022))
		return fd;
	fail(why, "will not use", dir);
	close(fd);
	return -1;
}

static int make_dir(const char *dir, struct us_buf *why)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail(why, "cannot create", dir), -1;
	return open_dir(dir, why);
}

static bool is_whole(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       !(st.st_mode & 077) && st.st_size == (off_t)sizeof(struct us_page_file) &&
	       (uint64_t)st.st_blocks * 512 >= sizeof(struct us_page_file);
}

static struct us_page_file *map_file(int fd, int protection)
{
	void *p = mmap(NULL, sizeof(struct us_page_file), protection, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

static bool is_ours(const struct us_page_file *f)
{
	const struct head *h = &f->head;

	return h->magic == MAGIC && h->layout == LAYOUT && h->slots == US_PAGE_SLOTS &&
	       h->size == sizeof(*f);
}

/* A new file, complete, under a name of its own. */
static int make_temporary(int dir, char *name, size_t size)
{
	const struct head head = { MAGIC, LAYOUT, US_PAGE_SLOTS, sizeof(struct us_page_file),
		                   us_clock_unix_ms() };
	int fd, rc;

	snprintf(name, size, ".new-%ld-%p", (long)getpid(), (void *)name);
	fd = openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = posix_fallocate(fd, 0, (off_t)sizeof(struct us_page_file));
	if (rc == 0 && pwrite(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head))
		return fd;
	errno = rc ? rc : errno;
	unlinkat(dir, name, 0);
	close(fd);
	return -1;
}

/* Puts a new file in place; `replace` a damaged one. The descriptor of whichever is there. */
static int create(int dir, bool replace)
{
	char name[64];
	int fd = make_temporary(dir, name, sizeof(name));
	int rc;

	if (fd < 0)
		return -1;
	rc = replace ? renameat(dir, name, dir, FILE_NAME) : linkat(dir, name, dir, FILE_NAME, 0);
	if (rc == 0 && replace)
		return fd;
	rc = rc ? errno : 0;
	unlinkat(dir, name, 0);
	if (!rc)
		return fd;
	close(fd);
	errno = rc;
	return rc == EEXIST ? openat(dir, FILE_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC) : -1;
}

static struct us_page_file *open_shared(int dir)
{
	struct us_page_file *f = NULL;
	int fd = openat(dir, FILE_NAME, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		fd = create(dir, false);
	for (int again = 0; fd >= 0; again++) {
		f = is_whole(fd) ? map_file(fd, PROT_READ | PROT_WRITE) : NULL;
		close(fd);
		if (f && is_ours(f))
			return f;
		if (f)
			munmap(f, sizeof(*f));
		fd = again ? -1 : create(dir, true);
	}
	return NULL;
}

int us_page_open(struct us_page *page, const char *dir, struct us_buf *why)
{
	int fd = make_dir(dir, why);
	struct us_hush hush;

	*page = (struct us_page){ 0 };
	if (fd >= 0) {
		us_hush_begin(&hush); /* the file may be larger than the host may write */
		page->file = open_shared(fd);
		us_hush_end(&hush);
		if (!page->file)
			fail(why, "cannot use the state file in", dir);
		close(fd);
	}
	page->shared = page->file != NULL;
	if (!page->file)
		page->file = us_calloc(1, sizeof(*page->file));
	return page->file ? 0 : US_ENOMEM;
}

/* Maps the file of that directory for reading, if there is one. */
static int look_at(int dir, struct us_page *page)
{
	int fd = openat(dir, FILE_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct us_page_file *f;

	if (fd < 0)
		return errno == ENOENT ? US_ENOENT : US_EIO;
	f = is_whole(fd) ? map_file(fd, PROT_READ) : NULL;
	close(fd);
	if (f && !is_ours(f))
		munmap(f, sizeof(*f));
	else if (f)
		*page = (struct us_page){ f, true };
	return page->file ? 0 : US_EIO;
}

int us_page_look(struct us_page *page, const char *dir, struct us_buf *why)
{
	int fd, rc;

	*page = (struct us_page){ 0 };
	if (access(dir, F_OK) && errno == ENOENT)
		return US_ENOENT;
	fd = open_dir(dir, why);
	if (fd < 0)
		return US_EIO;
	rc = look_at(fd, page);
	close(fd);
	if (rc == US_EIO && why)
		us_buf_addf(why, "the state file in %s cannot be read or is not ours", dir);
	return rc;
}

void us_page_close(struct us_page *page)
{
	if (page->shared)
		munmap(page->file, sizeof(*page->file));
	else
		us_free(page->file);
	*page = (struct us_page){ 0 };
}

int us_page_default_dir(struct us_buf *out, const char *xdg_runtime_dir)
{
	struct stat st;

	/* The variable may outlive the directory (su, cron, containers). */
	if (xdg_runtime_dir && xdg_runtime_dir[0] == '/' && stat(xdg_runtime_dir, &st) == 0)
		return us_buf_addf(out, "%s/understudy", xdg_runtime_dir);
	return us_buf_addf(out, "/dev/shm/understudy-%lu", (unsigned long)geteuid());
}

/* FNV-1a, finished by a mixer; 0 is reserved. */
static uint64_t hash(uint64_t h, struct us_span s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * 0x100000001b3u;
	return (h ^ 0xff) * 0x100000001b3u; /* so that "a","bc" is not "ab","c" */
}

static uint64_t key_of(struct us_span provider, struct us_span origin, struct us_span model,
                       struct us_span key)
{
	uint64_t h = hash(hash(hash(0xcbf29ce484222325u, provider), origin), model);

	if (key.n)
		h = hash(h, key);
	h ^= h >> 32;
	return h ? h : 1;
}

/* Whoever claims or finds a slot without names writes them; all write the same bytes. The first
 * byte comes last: with it the name counts as there. */
static void put_name(char *to, size_t size, struct us_span from)
{
	size_t n = from.n < size - 1 ? from.n : size - 1;

	while (n--) {
		unsigned char c = (unsigned char)from.p[n];

		__atomic_store_n(&to[n], (char)(c < 0x20 || c == 0x7f ? '?' : c), __ATOMIC_RELEASE);
	}
}

static bool is_named(const char *name) { return __atomic_load_n(name, __ATOMIC_ACQUIRE) != '\0'; }

struct us_slot *us_page_slot(struct us_page *page, struct us_span provider, struct us_span origin,
                             struct us_span model)
{
	return us_page_key_slot(page, provider, origin, model, US_SPAN(""));
}

struct us_slot *us_page_key_slot(struct us_page *page, struct us_span provider,
                                 struct us_span origin, struct us_span model,
                                 struct us_span variable)
{
	uint64_t key = key_of(provider, origin, model, variable);
	struct us_slot *s = NULL;

	for (size_t i = 0; i < US_PAGE_SLOTS - 1; i++) {
		uint64_t found = 0;

		s = &page->file->slot[(key + i) % (US_PAGE_SLOTS - 1)];
		if (atomic_load(&s->key) == key && is_named(s->provider))
			return s;
		if (atomic_compare_exchange_strong(&s->key, &found, key) || found == key) {
			put_name(s->origin, sizeof(s->origin), origin);
			put_name(s->model, sizeof(s->model), model);
			put_name(s->variable, sizeof(s->variable), variable);
			put_name(s->provider, sizeof(s->provider), provider);
			return s;
		}
	}
	s = &page->file->slot[US_PAGE_SLOTS - 1];
	atomic_store(&s->key, 1);
	put_name(s->provider, sizeof(s->provider), OTHERS);
	return s;
}

struct us_slot *us_page_nth(struct us_page *page, size_t n)
{
	for (size_t i = 0; i < US_PAGE_SLOTS; i++) {
		struct us_slot *s = &page->file->slot[i];

		if (atomic_load(&s->key) && is_named(s->provider) && n-- == 0)
			return s;
	}
	return NULL;
}

unsigned us_page_number(const struct us_page *page, const struct us_slot *s)
{
	return s ? (unsigned)(s - page->file->slot) : US_EVENT_NOBODY;
}

const struct us_slot *us_page_numbered(const struct us_page *page, unsigned number)
{
	const struct us_slot *s = number < US_PAGE_SLOTS ? &page->file->slot[number] : NULL;

	return s && is_named(s->provider) ? s : NULL;
}

struct us_tree *us_page_tree(struct us_page *page, struct us_span name)
{
	uint64_t key = key_of(name, US_SPAN(""), US_SPAN(""), US_SPAN(""));
	struct us_tree *t;

	if (!name.n)
		return NULL;
	for (size_t i = 0; i < US_PAGE_TREES - 1; i++) {
		uint64_t found = 0;

		t = &page->file->tree[(key + i) % (US_PAGE_TREES - 1)];
		if (atomic_compare_exchange_strong(&t->key, &found, key) || found == key) {
			if (!is_named(t->name))
				put_name(t->name, sizeof(t->name), name);
			return t;
		}
	}
	t = &page->file->tree[US_PAGE_TREES - 1];
	atomic_store(&t->key, 1);
	put_name(t->name, sizeof(t->name), OTHERS);
	return t;
}

unsigned us_page_tree_number(const struct us_page *page, const struct us_tree *t)
{
	return t ? (unsigned)(t - page->file->tree) : US_EVENT_NOBODY;
}

const struct us_tree *us_page_tree_numbered(const struct us_page *page, unsigned number)
{
	const struct us_tree *t = number < US_PAGE_TREES ? &page->file->tree[number] : NULL;

	return t && is_named(t->name) ? t : NULL;
}

uint64_t us_page_made_ms(const struct us_page *page) { return page->file->head.made_ms; }

struct us_budget *us_page_budget(struct us_page *page) { return &page->file->budget; }

struct us_events *us_page_events(struct us_page *page) { return &page->file->events; }
