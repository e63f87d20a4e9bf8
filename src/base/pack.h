/* pack.h - numbers and bytes as they are stored: little endian, lengths before bytes */
#ifndef US_BASE_PACK_H
#define US_BASE_PACK_H

#include "base/buf.h"

/* The buffer's error sticks, as ever. */
void us_pack_u64(struct us_buf *b, uint64_t v);
void us_pack_bytes(struct us_buf *b, struct us_span s);

/* What is left to be read. Once something is missing, all that follows is 0 or empty. */
struct us_unpack {
	struct us_span rest;
	bool bad;
};

uint64_t us_unpack_u64(struct us_unpack *u);
/* They lie where they were read. */
struct us_span us_unpack_bytes(struct us_unpack *u);

#endif
