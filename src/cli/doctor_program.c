/* doctor_program.c - would this program be covered?
 *
 * First whether anything can be preloaded into what runs, then how libcurl comes into it: linked;
 * with an extension of an interpreter; by a name inside the file, for dlopen; built in; or not at
 * all. Whether a program that can load others will load a libcurl cannot be known from outside:
 * then the verdict is that it is unknown. Each verdict that is not a good one says what would help.
 */
#include "cli/doctor.h"
#include "cli/hosts.h"
#include "cli/libs.h"
#include "cli/mapped.h"
#include "cli/program.h"

#include <stdlib.h>

struct patient {
	struct us_doctor *d;
	struct us_program program;
	const struct us_host *host; /* its first row; NULL: no interpreter we know */
	struct us_span host_path;
};

/* The last word, and what would help; "" for nothing. */
static void conclude(struct patient *p, enum us_mark mark, const char *help, struct us_span verdict)
{
	us_doctor_say(p->d, mark, "verdict", "%.*s", (int)verdict.n, verdict.p);
	if (help[0])
		us_doctor_say(p->d, US_MARK_NOTE, "help", "what would help: %s", help);
}

#define CONCLUDE(p, mark, help, ...)                                                               \
	conclude(p, mark, help, us_arena_printf(&(p)->d->arena, __VA_ARGS__))

/* --- what it is ------------------------------------------------------------------------------ */

static void tell_path(struct patient *p)
{
	const struct us_program *program = &p->program;

	us_doctor_say(p->d, US_MARK_OK, "program", "%s", program->path[0].p);
	for (size_t i = 1; i < program->levels; i++)
		us_doctor_say(p->d, US_MARK_OK, "program", "  is a script, run by %s",
		              program->path[i].p);
	if (program->elf.is_dynamic)
		us_doctor_say(p->d, US_MARK_OK, "linkage", "dynamic, by %.*s",
		              (int)program->elf.interpreter.n, program->elf.interpreter.p);
}

/* Libcurl leaves its name and version in what it is built into: "libcurl/7.88.1". */
static bool has_curl_inside(struct us_span file)
{
	static const char sign[] = "libcurl/";
	const char *at;

	while (file.n && (at = memmem(file.p, file.n, sign, sizeof(sign) - 1))) {
		file = us_span(at + sizeof(sign), file.n - (size_t)(at + sizeof(sign) - file.p));
		if (at[sizeof(sign) - 1] >= '0' && at[sizeof(sign) - 1] <= '9')
			return true;
	}
	return false;
}

static bool is_go(struct us_span file) { return us_span_has(file, "\377 Go buildinf:"); }

/* --- libcurl --------------------------------------------------------------------------------- */

/* False when it is of no use: not there, or too old. */
static bool tell_curl(struct patient *p, const struct us_lib *curl, const char *how)
{
	if (!curl->path.n)
		us_doctor_say(p->d, US_MARK_FAIL, "libcurl", "%.*s, %s, but it is not installed",
		              (int)curl->name.n, curl->name.p, how);
	else if (curl->lacks)
		us_doctor_say(p->d, US_MARK_FAIL, "libcurl", "%s, %s, is too old: it has no %s",
		              curl->path.p, how, curl->lacks);
	else
		us_doctor_say(p->d, US_MARK_OK, "libcurl", "%s (%s), %s", curl->path.p,
		              curl->tls ? curl->tls : "TLS unknown", how);
	return curl->path.n > 0 && !curl->lacks;
}

static void conclude_useless(struct patient *p, const struct us_lib *curl, const char *who)
{
	if (curl->path.n)
		CONCLUDE(p, US_MARK_FAIL, "a newer libcurl",
		         "not covered: its libcurl is too old; all passes through untouched");
	else
		CONCLUDE(p, US_MARK_FAIL, "to install that libcurl", "%s cannot even start", who);
}

static int look(struct patient *p, struct us_span path, struct us_libs *libs)
{
	return us_libs_look(libs, path.p, getenv("LD_LIBRARY_PATH"), &p->d->arena);
}

/* --- interpreters ---------------------------------------------------------------------------- */

/* Says what this extension, which is there, brings. Whether it is covered. */
static bool judge_extension(struct patient *p, const struct us_host *h, struct us_span file)
{
	struct us_lib opened;
	const struct us_lib *curl = NULL;
	struct us_span content;
	struct us_libs libs;
	bool inside;

	us_doctor_say(p->d, US_MARK_OK, "extension", "%s: %s", h->brings, file.p);
	if (h->opens[0]) {
		opened = us_libs_open(h->opens, getenv("LD_LIBRARY_PATH"), &p->d->arena);
		curl = &opened;
	} else if (look(p, file, &libs) == 0) {
		curl = us_libs_curl(&libs);
	}
	if (curl && !tell_curl(p, curl, h->brings)) {
		conclude_useless(p, curl, h->brings);
		return false;
	}
	if (curl) {
		us_doctor_say(p->d, US_MARK_OK, "door", "%s", h->door);
		return true;
	}
	inside = us_mapped_open(&content, file.p) == 0 && has_curl_inside(content);
	us_mapped_close(&content);
	CONCLUDE(p, US_MARK_FAIL, h->help, "not covered with %s: %s", h->brings,
	         inside ? "libcurl is built into it" : "no libcurl can be found in it");
	return false;
}

/* The helper, then, is what is asked about. */
static void judge_helper(struct patient *p, const struct us_host *h, struct us_span file)
{
	struct us_libs libs;
	const struct us_lib *curl = look(p, file, &libs) ? NULL : us_libs_curl(&libs);

	us_doctor_say(p->d, US_MARK_OK, "starts", "%s", file.p);
	if (!curl)
		CONCLUDE(p, US_MARK_WARN, "", "unknown: %s is not linked to libcurl", h->brings);
	else if (!tell_curl(p, curl, h->brings))
		conclude_useless(p, curl, h->brings);
	else
		CONCLUDE(p, US_MARK_OK, "", "covered, by %s, which speaks for it", h->brings);
}

/* No extension is where it usually is. */
static void judge_bare_host(struct patient *p, bool own)
{
	if (own)
		CONCLUDE(p, US_MARK_FAIL, p->host->help,
		         "not covered: its HTTP client is its own, not libcurl");
	else
		CONCLUDE(p, US_MARK_WARN, p->host->help, "unknown: %s is not in the usual places%s",
		         p->host->brings,
		         p->host_path.p != us_program_runs(&p->program).p
		                 ? ", but it is a script: ask about what it starts"
		                 : "");
}

/* All its extensions are told, in the order in which they are tried. */
static void judge_extensions(struct patient *p)
{
	const struct us_host *covered = NULL, *h = p->host;
	bool own = false, any = false;
	struct us_span file;

	for (; h; h = us_host_next(h, p->host_path)) {
		own = own || h->kind == US_HOST_OWN;
		file = us_host_extension(h, p->host_path, &p->d->arena);
		if (!file.n)
			continue;
		any = true;
		if (h->kind == US_HOST_HELPER)
			judge_helper(p, h, file);
		else if (judge_extension(p, h, file) && !covered)
			covered = h;
	}
	if (covered)
		CONCLUDE(p, US_MARK_OK, "", "covered with %s", covered->brings);
	else if (!any)
		judge_bare_host(p, own);
}

/* --- other programs -------------------------------------------------------------------------- */

static void judge_opened(struct patient *p, const char *name)
{
	struct us_lib curl = us_libs_open(name, getenv("LD_LIBRARY_PATH"), &p->d->arena);

	if (!tell_curl(p, &curl, "which it names")) {
		conclude_useless(p, &curl, "what needs it");
		return;
	}
	us_doctor_say(p->d, US_MARK_OK, "door", "dlopen and dlsym; the preload answers both");
	CONCLUDE(p, US_MARK_OK, "", "covered: it loads libcurl when it needs it");
}

/* It is linked to no libcurl. */
static void judge_file(struct patient *p, const struct us_libs *libs)
{
	static const char *const names[] = { "libcurl.so.4", "libcurl-gnutls.so.4",
		                             "libcurl-nss.so.4", "libcurl.so" };
	struct us_span file = p->program.file;

	for (size_t i = 0; i < US_COUNT(names); i++)
		if (us_span_has(file, names[i])) {
			judge_opened(p, i < 3 ? names[i] : names[0]);
			return;
		}
	if (is_go(file))
		CONCLUDE(p, US_MARK_FAIL, "",
		         "not covered: a Go program, whose HTTP client is its own");
	else if (has_curl_inside(file))
		CONCLUDE(p, US_MARK_FAIL, "a build of it that is linked to the system's libcurl",
		         "not covered: libcurl is built into it");
	else if (libs->loader.n)
		CONCLUDE(p, US_MARK_WARN, "",
		         "unknown: it is not linked to libcurl; covered if it loads one, as %s "
		         "could",
		         libs->loader.p);
	else if (libs->starts)
		CONCLUDE(p, US_MARK_OK, "",
		         "not concerned: it has no way to libcurl; ask about what it starts");
	else
		CONCLUDE(p, US_MARK_OK, "", "not concerned: it has no way to libcurl");
}

static void judge_libs(struct patient *p)
{
	struct us_libs libs = { 0 };
	const struct us_lib *curl;
	int rc = look(p, us_program_runs(&p->program), &libs);

	curl = rc ? NULL : us_libs_curl(&libs);
	if (curl && !tell_curl(p, curl, "linked")) {
		conclude_useless(p, curl, "it");
	} else if (curl) {
		us_doctor_say(p->d, US_MARK_OK, "door", "linked: its calls find the preload first");
		CONCLUDE(p, US_MARK_OK, "", "covered");
	} else if (p->host && p->host->kind == US_HOST_STARTS) {
		CONCLUDE(p, US_MARK_OK, "",
		         "covered, as far as the programs are that it starts: ask about them");
	} else if (p->host) {
		judge_extensions(p);
	} else {
		judge_file(p, &libs);
	}
}

/* Nothing can be preloaded into it; what it is made of decides what would help. */
static void judge_uncovered(struct patient *p)
{
	enum us_cover cover = p->program.cover;
	bool go = cover == US_COVER_STATIC && is_go(p->program.file);
	bool inside = cover == US_COVER_STATIC && has_curl_inside(p->program.file);

	CONCLUDE(p, US_MARK_FAIL, go ? "" : us_cover_help(cover), "not covered: %s%s",
	         us_cover_why(cover),
	         go       ? "; a Go program, whose HTTP client is its own"
	         : inside ? "; libcurl is inside"
	                  : "");
}

static void judge(struct patient *p)
{
	enum us_cover cover = p->program.cover;

	if (cover == US_COVER_UNKNOWN)
		CONCLUDE(p, US_MARK_WARN, "", "unknown: %s", us_cover_why(cover));
	else if (cover != US_COVER_YES)
		judge_uncovered(p);
	else if (!p->d->loads)
		CONCLUDE(p, US_MARK_FAIL, "", "not covered without the preload");
	else if (p->d->conf.off)
		CONCLUDE(p, US_MARK_FAIL, "", "not covered: understudy is off");
	else
		judge_libs(p);
}

/* The first of the script and its interpreters that is known: R is a script for the shell. */
static void find_host(struct patient *p)
{
	for (size_t i = 0; i < p->program.levels && !p->host; i++) {
		p->host_path = p->program.path[i];
		p->host = us_host_next(NULL, p->host_path);
	}
}

void us_doctor_program(struct us_doctor *d, const char *name)
{
	struct patient p = { .d = d };

	us_doctor_title(d, "Program");
	if (us_program_open(&p.program, name, getenv("PATH"), &d->arena)) {
		us_doctor_say(d, US_MARK_FAIL, "program", "%s: there is no such program", name);
	} else {
		find_host(&p);
		tell_path(&p);
		judge(&p);
	}
	us_program_close(&p.program);
}
