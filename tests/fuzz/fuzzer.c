/* fuzzer.c - the targets under libFuzzer; $FUZZ_TARGET names the one */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

static const struct fuzz_target *target;

void fuzz_broken(const char *promise)
{
	fprintf(stderr, "BROKEN: %s\n", promise);
	abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("FUZZ_TARGET");

	for (size_t i = 0; name && fuzz_target_at(i); i++)
		if (strcmp(fuzz_target_at(i)->name, name) == 0)
			target = fuzz_target_at(i);
	if (target)
		return 0;
	fprintf(stderr, "FUZZ_TARGET must name a target\n");
	exit(2);
}

/* Every fourth input once more with a failing allocation, some place early or late. */
int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	struct us_span in = us_span((const char *)p, n);
	unsigned h = (unsigned)n;

	for (size_t i = 0; i < n; i++)
		h = h * 31 + p[i];
	fuzz_play(target, in, 0);
	if (h % 4 == 0)
		fuzz_play(target, in, 1 + h / 4 % (h % 8 ? 16 : 256));
	return 0;
}
