/* folder.c - the directory of a file store, its names and its locks
 *
 * flock, not fcntl: it holds between threads, and one that closes the same file elsewhere does not
 * let it go. It is given back by LOCK_UN rather than by closing, because a child that was forked in
 * the meantime holds the same description. The lock's file is removed only by who holds the lock,
 * so after locking it must still have a name.
 *
 *     0       8       16        24      32
 *    +-------+-------+---------+-------+
 *    | magic | token | version | check |   written at once: a kill leaves the old or the new
 *    +-------+-------+---------+-------+
 */
#include "state/folder.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x316b636f6c647475u /* "utdlock1" */
#define NOTE ((size_t)32)
#define PLAIN_MAX 200 /* of a name that is not cut */
#define CUT_AT 160
#define PAUSE_MIN_NS 20000
#define PAUSE_MAX_NS 2000000

static int fail(struct us_buf *why, const char *what, const char *path, const char *reason)
{
	if (why)
		us_buf_addf(why, "%s %s: %s", what, path, reason);
	return US_EIO;
}

/* Parents are made as mkdir -p makes them, private ones. */
static int make_all(const char *dir)
{
	char path[PATH_MAX];
	size_t n = strlen(dir);

	if (n >= sizeof(path))
		return ENAMETOOLONG;
	memcpy(path, dir, n + 1);
	for (size_t i = 1; i <= n; i++)
		if (path[i] == '/' || path[i] == '\0') {
			path[i] = '\0';
			if (mkdir(path, 0700) && errno != EEXIST)
				return errno;
			path[i] = i < n ? '/' : '\0';
		}
	return 0;
}

int us_folder_open(const char *dir, struct us_buf *why)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	struct stat st;

	if (fd < 0 && errno == ENOENT) {
		rc = make_all(dir);
		if (rc)
			return fail(why, "cannot create", dir, strerror(rc));
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		return fail(why, "cannot open", dir, strerror(errno));
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & 022))
		return fd;
	close(fd);
	return fail(why, "will not use", dir, "others could write there");
}

static bool is_plain(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

void us_folder_name(struct us_span key, const char *ending, char name[US_FOLDER_NAME])
{
	char plain[PLAIN_MAX + 4];
	size_t n = 0;

	for (size_t i = 0; i < key.n && n <= PLAIN_MAX; i++) {
		unsigned char c = (unsigned char)key.p[i];

		if (is_plain(c))
			plain[n++] = (char)c;
		else if (n + 3 <= sizeof(plain))
			n += (size_t)snprintf(plain + n, sizeof(plain) - n, "%%%02X", c);
		else
			n = PLAIN_MAX + 1;
	}
	if (n <= PLAIN_MAX)
		snprintf(name, US_FOLDER_NAME, "%.*s%s", (int)n, plain, ending);
	else
		snprintf(name, US_FOLDER_NAME, "%.*s~%016llx%016llx%s", CUT_AT, plain,
		         (unsigned long long)us_hash64(1, key),
		         (unsigned long long)us_hash64(2, key), ending);
}

static void read_note(struct us_folder_lock *lock, const struct stat *st)
{
	char bytes[NOTE];
	struct us_unpack u = { .rest = us_span(bytes, NOTE) };
	ssize_t n = pread(lock->fd, bytes, sizeof(bytes), 0);
	bool magic;

	lock->token = lock->version = 0;
	lock->touched = st->st_mtime;
	lock->damaged = n != 0;
	if (n != (ssize_t)NOTE)
		return;
	magic = us_unpack_u64(&u) == MAGIC;
	lock->token = us_unpack_u64(&u);
	lock->version = us_unpack_u64(&u);
	lock->damaged = !magic || us_unpack_u64(&u) != us_hash64(0, us_span(bytes, NOTE - 8));
	if (lock->damaged)
		lock->token = lock->version = 0;
}

/* US_ETIME: somebody has it. US_EAWAY: it was removed between opening and locking. */
static int try_once(int dir, const char *name, int flags, struct us_folder_lock *lock)
{
	struct stat st;
	int rc = 0;

	lock->fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	if (lock->fd < 0)
		return errno == ENOENT ? US_ENOENT : US_EIO;
	if (flock(lock->fd, LOCK_EX | LOCK_NB))
		rc = errno == EWOULDBLOCK || errno == EINTR ? US_ETIME : US_EIO;
	else if (fstat(lock->fd, &st) || st.st_nlink == 0)
		rc = US_EAWAY;
	if (!rc) {
		read_note(lock, &st);
		return 0;
	}
	us_folder_unlock(lock);
	return rc;
}

int us_folder_try_lock(int dir, const char *name, struct us_folder_lock *lock)
{
	return try_once(dir, name, 0, lock);
}

int us_folder_lock(int dir, const char *name, uint64_t timeout_ms, struct us_folder_lock *lock)
{
	struct timespec pause = { .tv_nsec = PAUSE_MIN_NS };
	uint64_t until = us_clock_ms() + timeout_ms;
	int rc;

	while ((rc = try_once(dir, name, O_CREAT, lock)) == US_ETIME || rc == US_EAWAY) {
		if (us_clock_ms() >= until)
			return US_ETIME;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX_NS)
			pause.tv_nsec *= 2;
	}
	return rc;
}

int us_folder_note(struct us_folder_lock *lock, bool sync)
{
	struct us_buf b;
	int rc = 0;

	us_buf_init(&b, NOTE);
	us_pack_u64(&b, MAGIC);
	us_pack_u64(&b, lock->token);
	us_pack_u64(&b, lock->version);
	us_pack_u64(&b, us_hash64(0, us_buf_span(&b)));
	if (b.err)
		rc = b.err;
	else if (pwrite(lock->fd, b.p, b.n, 0) != (ssize_t)b.n || (sync && fdatasync(lock->fd)))
		rc = US_EIO;
	us_buf_fini(&b);
	return rc;
}

void us_folder_unlock(struct us_folder_lock *lock)
{
	if (lock->fd < 0)
		return;
	flock(lock->fd, LOCK_UN);
	close(lock->fd);
	lock->fd = -1;
}
