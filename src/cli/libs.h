/* libs.h - which libraries would an ELF file be given, and which libcurl is among them?
 *
 * Found by reading files in the order in which ld.so searches, not by running ldd, which may run
 * the program. Left out, because they seldom matter: hardware-specific directories, DST other than
 * $ORIGIN, and the RPATH of anything between the file and the library.
 */
#ifndef US_CLI_LIBS_H
#define US_CLI_LIBS_H

#include "cli/elf.h"

struct us_lib {
	struct us_span name; /* as DT_NEEDED says it */
	struct us_span path; /* empty: not found */
	const char *tls;     /* of a libcurl: "OpenSSL", ..., or NULL */
	const char *lacks;   /* of a libcurl that is too old: the first function we miss, or NULL */
};

struct us_libs {
	struct us_lib *list; /* breadth first, each once */
	size_t n;
	struct us_span loader; /* the first object that can load others while it runs; or empty */
	bool starts;           /* the file itself can start other programs */
};

/* `library_path` is $LD_LIBRARY_PATH, or NULL. US_ENOENT or US_ESYNTAX when `path` is no file to
 * ask about, US_ENOMEM. */
int us_libs_look(struct us_libs *out, const char *path, const char *library_path,
                 struct us_arena *a);

/* The first libcurl, or NULL. */
const struct us_lib *us_libs_curl(const struct us_libs *libs);

/* What dlopen would find by this name of a libcurl. */
struct us_lib us_libs_open(const char *name, const char *library_path, struct us_arena *a);

#endif
