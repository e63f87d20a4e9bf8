/* elf.h - what an ELF file says of itself: for whom it is and what it wants loaded
 *
 * Nothing is run or loaded to find out: the file may be anybody's.
 */
#ifndef US_CLI_ELF_H
#define US_CLI_ELF_H

#include "base/arena.h"

/* The directory below /usr/lib for libraries of our kind, where a system has that. */
#if defined(__x86_64__)
#define US_MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define US_MULTIARCH "aarch64-linux-gnu"
#else
#error "understudy knows x86-64 and aarch64"
#endif

struct us_elf {
	bool is_64, is_ours; /* class; class, byte order and machine are those of this command */
	/* What follows is looked at only when it is ours. */
	bool is_dynamic;            /* it names an interpreter (ld.so), so LD_PRELOAD is seen */
	struct us_span interpreter; /* "/lib64/ld-linux-x86-64.so.2" */
	struct us_span rpath;       /* DT_RPATH; not looked at by ld.so if there is a runpath */
	struct us_span runpath;     /* DT_RUNPATH */
	struct us_span *needed;     /* DT_NEEDED, in order */
	size_t nneeded;
	struct us_span names; /* of all that it defines or asks for, a NUL after each */
};

/* Spans of the result point into `file`. US_ESYNTAX: not ELF, or not a sound one; US_ENOMEM. */
int us_elf_read(struct us_elf *e, struct us_span file, struct us_arena *a);

/* Is there a function of this name, or one whose name ends so, among those it defines or asks for?
 */
bool us_elf_names(const struct us_elf *e, const char *name);

#endif
