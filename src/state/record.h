/* record.h - one stored value as it lies in a file or in Redis
 *
 * Nothing in it is believed before both checks hold.
 */
#ifndef US_STATE_RECORD_H
#define US_STATE_RECORD_H

#include "base/buf.h"

#define US_RECORD_HEAD ((size_t)80)

struct us_record {
	uint64_t version, token;       /* see store.h */
	uint64_t saved_ms, expires_ms; /* since 1970; expires_ms 0: never */
	struct us_span key, value;
};

struct us_record_head {
	struct us_record r; /* key and value have lengths only */
	uint64_t body_check;
};

/* What stands before the key, which stands before the value. */
void us_record_head(const struct us_record *r, struct us_buf *out);

/* False: it is not a head of ours, or damaged. */
bool us_record_read_head(struct us_span bytes, struct us_record_head *out);

/* The whole of it; key and value lie in `bytes`. False: damaged, or cut. */
bool us_record_read(struct us_span bytes, struct us_record *out);

#endif
