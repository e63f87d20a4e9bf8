/* store_open.c - which kind of store it is; alone here, so that who wants files only has no Redis
 */
#include "state/store_kind.h"

#include <errno.h>

int us_store_open(struct us_store **out, const struct us_store_place *place, struct us_buf *why)
{
	int saved = errno, rc;

	*out = NULL;
	if (place->redis_url && place->redis_url[0])
		rc = us_store_redis_open(out, place, why);
	else
		rc = us_store_file_open(out, place, why);
	errno = saved;
	return rc;
}
