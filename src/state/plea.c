/* plea.c - a note that a human is needed */
#include "state/plea.h"

#include "base/hash.h"
#include "base/pack.h"
#include "state/store_kind.h"

#include <errno.h>
#include <stdio.h>

#define NOTE_MAX ((size_t)4096)
#define TIMEOUT_MS 50 /* another process may be writing the same */
#define KEPT_MS ((uint64_t)24 * 3600 * 1000)

int us_plea_leave(const char *dir, struct us_span task, struct us_span error)
{
	const struct us_store_place place = { .dir = dir, .timeout_ms = TIMEOUT_MS };
	const struct us_put how = { .ttl_ms = KEPT_MS };
	struct us_store *s = NULL;
	struct us_buf note;
	char key[32];
	int saved = errno, rc;

	us_buf_init(&note, NOTE_MAX);
	us_pack_bytes(&note, task);
	us_pack_bytes(&note, error);
	snprintf(key, sizeof(key), US_PLEA_PREFIX "%016llx",
	         (unsigned long long)us_hash64(0, us_buf_span(&note)));
	rc = note.err ? note.err : us_store_file_open(&s, &place, NULL);
	if (!rc)
		rc = us_store_put(s, us_span_of(key), us_buf_span(&note), &how, NULL);
	us_store_close(s);
	us_buf_fini(&note);
	errno = saved;
	return rc;
}

bool us_plea_read(struct us_span value, struct us_span *task, struct us_span *error)
{
	struct us_unpack u = { .rest = value };

	*task = us_unpack_bytes(&u);
	*error = us_unpack_bytes(&u);
	return !u.bad && !u.rest.n;
}
