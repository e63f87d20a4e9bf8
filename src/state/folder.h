/* folder.h - inside state: the directory of a file store, its names and its locks
 *
 * A key has three names in it: NAME.0 and NAME.1, its two records, and NAME.lock. The lock's file
 * also says what may never be forgotten while the key lives on: its last token and last version.
 */
#ifndef US_STATE_FOLDER_H
#define US_STATE_FOLDER_H

#include "base/buf.h"

#include <time.h>

#define US_FOLDER_NAME 256 /* with any ending, and a NUL */
#define US_FOLDER_LOCK ".lock"

/* A descriptor of `dir`, made with its parents if it is not there; it must be ours alone. Negative:
 * US_EIO with words in `why` (may be NULL). */
int us_folder_open(const char *dir, struct us_buf *why);

/* The key as a file name, `ending` behind it. A long one is cut, and a hash takes the place of the
 * rest: what is in the file is then to be compared. */
void us_folder_name(struct us_span key, const char *ending, char name[US_FOLDER_NAME]);

struct us_folder_lock {
	int fd;
	uint64_t token, version; /* 0: none yet */
	bool damaged;            /* what stood there could not be read */
	time_t touched;          /* when it was written last */
};

/* Waits up to `timeout_ms`. 0, US_ETIME, or US_EIO with errno. A process that is killed lets go. */
int us_folder_lock(int dir, const char *name, uint64_t timeout_ms, struct us_folder_lock *lock);
/* The same without making it or waiting: US_ENOENT, US_ETIME. */
int us_folder_try_lock(int dir, const char *name, struct us_folder_lock *lock);
/* Stores token and version; `sync`: on the disk. */
int us_folder_note(struct us_folder_lock *lock, bool sync);
void us_folder_unlock(struct us_folder_lock *lock);

#endif
