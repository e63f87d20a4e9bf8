/* sha256.c - FIPS 180-4, the plain way */
#include "base/sha256.h"

#include <endian.h>

#define BLOCK ((size_t)64)

static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t turn(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }

static void expand(uint32_t w[64], const unsigned char *block)
{
	memcpy(w, block, BLOCK);
	for (size_t i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (size_t i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		a = turn(a, 7) ^ turn(a, 18) ^ a >> 3;
		b = turn(b, 17) ^ turn(b, 19) ^ b >> 10;
		w[i] = w[i - 16] + a + w[i - 7] + b;
	}
}

static void take_block(struct us_sha256 *d, const unsigned char *block)
{
	uint32_t w[64], v[8];

	expand(w, block);
	memcpy(v, d->h, sizeof(v));
	for (size_t i = 0; i < 64; i++) {
		uint32_t e = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
		uint32_t a = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
		uint32_t one = v[7] + e + ((v[4] & v[5]) ^ (~v[4] & v[6])) + k[i] + w[i];
		uint32_t two = a + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(*v));
		v[4] += one;
		v[0] = one + two;
	}
	for (size_t i = 0; i < 8; i++)
		d->h[i] += v[i];
}

void us_sha256_init(struct us_sha256 *d)
{
	*d = (struct us_sha256){ .h = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
		                        0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void us_sha256_add(struct us_sha256 *d, struct us_span bytes)
{
	size_t at = d->n % BLOCK, n;

	d->n += bytes.n;
	for (; bytes.n; bytes = us_span(bytes.p + n, bytes.n - n), at = (at + n) % BLOCK) {
		n = BLOCK - at < bytes.n ? BLOCK - at : bytes.n;
		memcpy(d->part + at, bytes.p, n);
		if (at + n == BLOCK)
			take_block(d, d->part);
	}
}

void us_sha256_add_part(struct us_sha256 *d, struct us_span bytes)
{
	uint64_t n = htobe64(bytes.n);

	us_sha256_add(d, us_span((const char *)&n, sizeof(n)));
	us_sha256_add(d, bytes);
}

void us_sha256_end(struct us_sha256 *d, unsigned char out[US_SHA256_N])
{
	static const char zeros[BLOCK];
	uint64_t bits = htobe64(d->n * 8);

	us_sha256_add(d, US_SPAN("\x80"));
	us_sha256_add(d, us_span(zeros, (2 * BLOCK - 8 - d->n % BLOCK) % BLOCK));
	us_sha256_add(d, us_span((const char *)&bits, sizeof(bits)));
	for (size_t i = 0; i < 8; i++)
		d->h[i] = htobe32(d->h[i]);
	memcpy(out, d->h, US_SHA256_N);
	explicit_bzero(d, sizeof(*d));
}
