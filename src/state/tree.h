/* tree.h - what is counted of one tree of processes; lives in the mapped page, as slots do */
#ifndef US_STATE_TREE_H
#define US_STATE_TREE_H

#include <stdatomic.h>
#include <stdint.h>

/* X(name): what is counted per tree of processes. Stored by number: append only. */
#define US_TREE_COUNTS(X)                                                                          \
	X(calls)                                                                                   \
	X(attempts)                                                                                \
	X(served)                                                                                  \
	X(stood_in)                                                                                \
	X(failed)                                                                                  \
	X(tokens_in)                                                                               \
	X(tokens_out)                                                                              \
	X(cached)

enum us_tree_count {
#define X(name) US_TREE_##name,
	US_TREE_COUNTS(X)
#undef X
		US_TREE_END
};

/* The processes that bear one name (UNDERSTUDY_NAME), as `understudy run` gives it. */
struct us_tree {
	_Atomic uint64_t key; /* hash of the name; 0: free */
	_Atomic uint64_t count[16];
	char name[40];
};

#endif
