/* program.h - what kind of program is this, and can it be covered?
 *
 * Found as execvp finds it; a script is followed through its "#!" lines to what really runs.
 */
#ifndef US_CLI_PROGRAM_H
#define US_CLI_PROGRAM_H

#include "cli/elf.h"

/* X(name, may LD_PRELOAD be set all the same, why it is not covered, what would help). A preload
 * that can't be loaded makes ld.so of a foreign class complain, and is of no use to musl; where it
 * is merely ignored it still reaches the program's children. */
#define US_COVERS(X)                                                                               \
	X(YES, true, "", "")                                                                       \
	X(STATIC, true, "it is statically linked, and nothing can be preloaded into it",           \
	  "a build of it that is linked dynamically, to the system's libcurl")                     \
	X(SETID, true, "it is set-user-ID or set-group-ID, and its ld.so ignores LD_PRELOAD",      \
	  "to run it as its owner, or without that bit")                                           \
	X(CAPABLE, true, "it has file capabilities, and its ld.so ignores LD_PRELOAD",             \
	  "to run it as root, or to give its capabilities otherwise (setpriv, systemd)")           \
	X(CLASS, false, "it is a 32-bit program", "a 64-bit build of it")                          \
	X(MACHINE, false, "it is made for another kind of machine", "a build for this one")        \
	X(MUSL, false, "it is linked against musl, and the preload against the GNU C library",     \
	  "a build of it for the GNU C library")                                                   \
	X(UNKNOWN, true, "it cannot be read, or is nothing we know", "")

enum us_cover {
#define X(name, ...) US_COVER_##name,
	US_COVERS(X)
#undef X
};

#define US_PROGRAM_LEVELS 5 /* the program and four interpreters; the kernel goes as deep */

struct us_program {
	struct us_span path[US_PROGRAM_LEVELS]; /* [0] is the program, the last is what runs */
	size_t levels;
	enum us_cover cover;
	struct us_elf elf; /* of what runs */
	struct us_span file;
};

/* `path` is $PATH, or NULL. US_ENOENT when there is no such program, US_ENOMEM. Closed even then.
 */
int us_program_open(struct us_program *p, const char *name, const char *path, struct us_arena *a);
void us_program_close(struct us_program *p);

/* What runs, then; the last of `path`. */
struct us_span us_program_runs(const struct us_program *p);

bool us_cover_may_preload(enum us_cover cover);
const char *us_cover_why(enum us_cover cover);
const char *us_cover_help(enum us_cover cover);

#endif
