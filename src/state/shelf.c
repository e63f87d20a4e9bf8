/* shelf.c - texts kept by an id
 *
 * A file is written under another name and moved into place, so that whoever reads it reads a whole
 * one. Room is made before: the files are few, and writing is rare.
 */
#include "state/shelf.h"

#include "base/hush.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_N 128
#define PIECE ((size_t)16384) /* on the host's stack */

/* The id as a file's name. */
static bool name_of(struct us_span id, char name[NAME_MAX_N + 1])
{
	if (!id.n || id.n > NAME_MAX_N)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = us_lower(id.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_' && c != '-')
			return false;
		name[i] = id.p[i];
	}
	name[id.n] = '\0';
	return true;
}

/* Of this user, and closed to all others. */
static bool is_private(int fd, mode_t type, struct stat *st)
{
	return fstat(fd, st) == 0 && (st->st_mode & S_IFMT) == type && st->st_uid == geteuid() &&
	       !(st->st_mode & 077);
}

static int open_dir(const struct us_shelf *s, bool make)
{
	int above, fd;
	struct stat st;

	if (!s->dir || !s->max)
		return -1;
	above = open(s->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (above < 0)
		return -1;
	if (make)
		mkdirat(above, s->name, 0700);
	fd = openat(above, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(above);
	if (fd < 0 || is_private(fd, S_IFDIR, &st))
		return fd;
	close(fd);
	return -1;
}

static bool is_old(const struct us_shelf *s, const struct stat *st, uint64_t now_s)
{
	return st->st_mtime >= 0 && now_s > s->seconds &&
	       (uint64_t)st->st_mtime < now_s - s->seconds;
}

/* What is there; the oldest of it is `oldest`. Those that are too old go at once. */
struct stock {
	size_t files, bytes;
	char oldest[NAME_MAX_N + 1];
	struct timespec since;
};

static bool is_before(struct timespec a, struct timespec b)
{
	return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

static void count(struct stock *k, const struct us_shelf *s, int dir, const char *name,
                  uint64_t now_s)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
		return;
	if (is_old(s, &st, now_s)) {
		unlinkat(dir, name, 0);
		return;
	}
	if (strlen(name) <= NAME_MAX_N && (!k->files || is_before(st.st_mtim, k->since))) {
		memcpy(k->oldest, name, strlen(name) + 1);
		k->since = st.st_mtim;
	}
	k->files++;
	k->bytes += (size_t)st.st_size;
}

static bool take_stock(struct stock *k, const struct us_shelf *s, int dir, uint64_t now_s)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	*k = (struct stock){ 0 };
	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while ((e = readdir(d)))
		count(k, s, dir, e->d_name, now_s);
	closedir(d);
	return true;
}

/* The oldest go until there is room for a file of n bytes. */
static bool make_room(const struct us_shelf *s, int dir, size_t n, uint64_t now_s)
{
	struct stock k;

	for (size_t i = 0; i < s->files && take_stock(&k, s, dir, now_s); i++) {
		if (k.files < s->files && k.bytes + n <= s->max)
			return true;
		if (!k.files || unlinkat(dir, k.oldest, 0))
			return false;
	}
	return false;
}

static bool write_all(int fd, struct us_span text)
{
	while (text.n) {
		ssize_t n = write(fd, text.p, text.n);

		if (n <= 0)
			return false;
		text = us_span(text.p + n, text.n - (size_t)n);
	}
	return true;
}

/* Under its name; `anew`: unless there is one already. */
static int move_into_place(int dir, const char *fresh, const char *name, bool anew)
{
	int rc = anew ? linkat(dir, fresh, dir, name, 0) : renameat(dir, fresh, dir, name);

	if (rc)
		rc = anew && errno == EEXIST ? US_ECONFLICT : US_EIO;
	if (rc || anew)
		unlinkat(dir, fresh, 0);
	return rc;
}

static int write_file(int dir, const char *name, struct us_span text, bool anew)
{
	char fresh[64];
	bool ok;
	int fd;

	snprintf(fresh, sizeof(fresh), ".new-%ld-%p", (long)getpid(), (void *)fresh);
	fd = openat(dir, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return US_EIO;
	ok = write_all(fd, text);
	close(fd);
	if (ok)
		return move_into_place(dir, fresh, name, anew);
	unlinkat(dir, fresh, 0);
	return US_EIO;
}

static int put(const struct us_shelf *s, struct us_span id, struct us_span text, bool anew,
               uint64_t now_s)
{
	char name[NAME_MAX_N + 1];
	struct us_hush hush;
	int dir, rc = US_EIO;

	if (!name_of(id, name))
		return US_EINVAL;
	if (text.n > s->max)
		return US_E2BIG;
	dir = open_dir(s, true);
	if (dir < 0)
		return US_EIO;
	us_hush_begin(&hush); /* the file may be larger than the host may write */
	if (make_room(s, dir, text.n, now_s))
		rc = write_file(dir, name, text, anew);
	us_hush_end(&hush);
	close(dir);
	return rc;
}

int us_shelf_put(const struct us_shelf *s, struct us_span id, struct us_span text, uint64_t now_s)
{
	return put(s, id, text, false, now_s);
}

int us_shelf_put_new(const struct us_shelf *s, struct us_span id, struct us_span text,
                     uint64_t now_s)
{
	return put(s, id, text, true, now_s);
}

static int read_file(int fd, struct us_buf *out)
{
	char piece[PIECE];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0)
		us_buf_add(out, piece, (size_t)n);
	return n < 0 ? US_ENOENT : out->err;
}

int us_shelf_get(const struct us_shelf *s, struct us_span id, uint64_t now_s, struct us_buf *out)
{
	char name[NAME_MAX_N + 1];
	int dir = name_of(id, name) ? open_dir(s, false) : -1;
	int fd, rc = US_ENOENT;
	struct stat st;

	if (dir < 0)
		return US_ENOENT;
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && is_private(fd, S_IFREG, &st) && !is_old(s, &st, now_s))
		rc = read_file(fd, out);
	if (fd >= 0)
		close(fd);
	close(dir);
	return rc;
}
