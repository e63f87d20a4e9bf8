/* program.c - what kind of program is this, and can it be covered?
 *
 * A set-user-ID file loses its preload only if running it changes who we are, which the kernel
 * decides like this: the bit counts unless the file system is mounted nosuid or the process has
 * given up privileges (no_new_privs), and only if its owner is somebody else; capabilities mean
 * nothing to root.
 */
#include "cli/program.h"

#include "cli/mapped.h"

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define DEFAULT_PATH "/bin:/usr/bin" /* execvp's, when there is no $PATH */
#define SHEBANG_MAX 255              /* what the kernel reads of a script */

static const struct {
	bool preload;
	const char *why, *help;
} covers[] = {
#define X(name, ...) { __VA_ARGS__ },
	US_COVERS(X)
#undef X
};

bool us_cover_may_preload(enum us_cover cover) { return covers[cover].preload; }
const char *us_cover_why(enum us_cover cover) { return covers[cover].why; }
const char *us_cover_help(enum us_cover cover) { return covers[cover].help; }

struct us_span us_program_runs(const struct us_program *p)
{
	return p->levels ? p->path[p->levels - 1] : us_span("", 0);
}

/* --- finding it ------------------------------------------------------------------------------ */

static bool can_run(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* The file that execvp would run; empty if there is none. */
static struct us_span find(struct us_span name, const char *path, struct us_arena *a)
{
	struct us_span rest = us_span_of(path ? path : DEFAULT_PATH), dir, file;

	if (!name.n)
		return name;
	if (us_span_has(name, "/")) {
		file = us_arena_copy(a, name);
		return file.p && access(file.p, F_OK) == 0 ? file : us_span("", 0);
	}
	while (us_span_next(&rest, ':', &dir)) {
		file = us_arena_printf(a, "%.*s%s%.*s", (int)dir.n, dir.p, dir.n ? "/" : "./",
		                       (int)name.n, name.p);
		if (file.n && can_run(file.p))
			return file;
	}
	return us_span("", 0);
}

/* --- scripts --------------------------------------------------------------------------------- */

static struct us_span next_word(struct us_span *rest)
{
	struct us_span word = us_span_trim(*rest);
	size_t n = 0;

	while (n < word.n && word.p[n] != ' ' && word.p[n] != '\t')
		n++;
	*rest = us_span(word.p + n, word.n - n);
	return us_span(word.p, n);
}

/* "#!/usr/bin/env [-S] [NAME=VALUE] program": the program. Empty when env runs nothing. */
static struct us_span after_env(struct us_span rest)
{
	struct us_span word;

	do {
		word = next_word(&rest);
		if (us_span_starts(word, "-S") && word.n > 2)
			word = us_span(word.p + 2, word.n - 2);
	} while (us_span_starts(word, "-") || us_span_has(word, "="));
	return word;
}

static bool is_env(struct us_span interpreter)
{
	return us_span_ends(interpreter, "/env") || us_span_is(interpreter, "env");
}

/* Who runs this script. A file that is neither ELF nor begins with "#!" is given to the shell. */
static struct us_span interpreter_of(struct us_span file, const char *path, struct us_arena *a)
{
	struct us_span line = us_span(file.p, file.n < SHEBANG_MAX ? file.n : SHEBANG_MAX), word;
	const char *end = line.n ? memchr(line.p, '\n', line.n) : NULL;

	if (!us_span_starts(line, "#!"))
		return US_SPAN("/bin/sh");
	line = us_span(line.p + 2, end ? (size_t)(end - line.p) - 2 : line.n - 2);
	word = next_word(&line);
	return is_env(word) ? find(after_env(line), path, a) : us_arena_copy(a, word);
}

/* --- judging it ------------------------------------------------------------------------------ */

static enum us_cover judge_privileges(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st) || (statvfs(path, &fs) == 0 && (fs.f_flag & ST_NOSUID)) ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return US_COVER_YES;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		return US_COVER_SETID;
	if ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) && st.st_gid != getgid())
		return US_COVER_SETID;
	if (getuid() && getxattr(path, "security.capability", NULL, 0) > 0)
		return US_COVER_CAPABLE;
	return US_COVER_YES;
}

static enum us_cover judge(const struct us_elf *e, const char *path)
{
	if (!e->is_64)
		return US_COVER_CLASS;
	if (!e->is_ours)
		return US_COVER_MACHINE;
	if (!e->is_dynamic)
		return US_COVER_STATIC;
	if (us_span_has(e->interpreter, "ld-musl"))
		return US_COVER_MUSL;
	return judge_privileges(path);
}

/* Goes down from the program to what runs; the cover is UNKNOWN until that is found. */
static int follow(struct us_program *p, struct us_span next, const char *path, struct us_arena *a)
{
	while (next.n && p->levels < US_PROGRAM_LEVELS) {
		int rc;

		p->path[p->levels++] = next;
		us_mapped_close(&p->file);
		if (us_mapped_open(&p->file, next.p))
			return 0;
		rc = us_elf_read(&p->elf, p->file, a);
		if (rc == US_ENOMEM)
			return rc;
		if (!rc) {
			p->cover = judge(&p->elf, next.p);
			return 0;
		}
		if (us_span_starts(p->file, "\177ELF"))
			return 0;
		next = interpreter_of(p->file, path, a);
	}
	return 0;
}

int us_program_open(struct us_program *p, const char *name, const char *path, struct us_arena *a)
{
	struct us_span first = find(us_span_of(name), path, a);

	*p = (struct us_program){ .cover = US_COVER_UNKNOWN };
	if (a->err)
		return US_ENOMEM;
	return first.n ? follow(p, first, path, a) : US_ENOENT;
}

void us_program_close(struct us_program *p) { us_mapped_close(&p->file); }
