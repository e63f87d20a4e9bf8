/* doctor_program.c - would this program be covered?
 *
 * First whether anything can be preloaded into what runs, then how libcurl comes into it: linked;
 * with an extension of an interpreter; by a name inside the file, for dlopen; or not at all. The
 * last cannot be known from outside, so where nothing is found the verdict is that it is unknown.
 */
#include "cli/doctor.h"
#include "cli/hosts.h"
#include "cli/libs.h"
#include "cli/program.h"

#include <stdlib.h>

struct patient {
	struct us_doctor *d;
	struct us_program program;
	const struct us_host *host; /* its first row; NULL: no interpreter we know */
	struct us_span host_path;
};

static void tell_path(struct patient *p)
{
	const struct us_program *program = &p->program;

	us_doctor_say(p->d, US_MARK_OK, "program", "%s", program->path[0].p);
	for (size_t i = 1; i < program->levels; i++)
		us_doctor_say(p->d, US_MARK_OK, "program", "  is a script, run by %s",
		              program->path[i].p);
}

/* --- libcurl --------------------------------------------------------------------------------- */

static bool tell_curl(struct patient *p, const struct us_lib *curl, const char *how)
{
	if (!curl->path.n)
		us_doctor_say(p->d, US_MARK_FAIL, "libcurl", "%.*s, %s, but it is not installed",
		              (int)curl->name.n, curl->name.p, how);
	else
		us_doctor_say(p->d, US_MARK_OK, "libcurl", "%s (%s), %s", curl->path.p,
		              curl->tls ? curl->tls : "TLS unknown", how);
	return curl->path.n > 0;
}

/* The libcurl that this file is linked to, itself or by one of its libraries. */
static const struct us_lib *linked(struct patient *p, struct us_span path)
{
	struct us_libs libs;

	if (us_libs_look(&libs, path.p, getenv("LD_LIBRARY_PATH"), &p->d->arena))
		return NULL;
	return us_libs_curl(&libs);
}

/* Says it of each extension that is there. The first that is found, or NULL. */
static const struct us_host *look_for_extensions(struct patient *p)
{
	const struct us_host *h = p->host, *found = NULL;
	const struct us_lib *curl;
	struct us_span file;

	for (; h; h = us_host_next(h, p->host_path)) {
		file = us_host_extension(h, p->host_path, &p->d->arena);
		if (!file.n)
			continue;
		us_doctor_say(p->d, US_MARK_OK, "extension", "%s: %s", h->brings, file.p);
		curl = linked(p, file);
		if (curl)
			tell_curl(p, curl, h->brings);
		found = found ? found : h;
	}
	return found;
}

/* --- verdicts -------------------------------------------------------------------------------- */

static void judge_extensions(struct patient *p)
{
	const struct us_host *found = look_for_extensions(p);
	struct us_doctor *d = p->d;

	if (!found)
		us_doctor_say(d, US_MARK_WARN, "verdict",
		              "unknown: %s is not in the usual places; with it, it is covered",
		              p->host->brings);
	else if (found->kind == US_HOST_MULTI)
		us_doctor_say(d, US_MARK_FAIL, "verdict", "not covered with %s: %s", found->brings,
		              found->door);
	else
		us_doctor_say(d, US_MARK_OK, "verdict", "covered with %s: %s", found->brings,
		              found->door);
}

static void judge_host(struct patient *p)
{
	switch (p->host->kind) {
	case US_HOST_STARTS:
		us_doctor_say(p->d, US_MARK_OK, "verdict",
		              "covered, as far as the programs are that it starts: ask about them");
		break;
	case US_HOST_OWN:
		us_doctor_say(p->d, US_MARK_FAIL, "verdict",
		              "not covered: its HTTP client is its own, not libcurl");
		break;
	default:
		judge_extensions(p);
	}
}

/* Bytes in a file that is linked to no libcurl, and what they tell. */
static const struct {
	const char *bytes;
	enum us_mark mark;
	const char *verdict;
} signs[] = {
	{ "\377 Go buildinf:", US_MARK_FAIL,
	  "not covered: a Go program, whose HTTP client is its own" },
	{ "libcurl.so", US_MARK_OK, "covered: it names libcurl, and so loads it when it needs it" },
	{ "", US_MARK_WARN,
	  "unknown: it is not linked to libcurl; covered only if it loads one, or starts "
	  "programs that do" },
};

static void judge_file(struct patient *p)
{
	size_t i = 0;

	while (signs[i].bytes[0] && !us_span_has(p->program.file, signs[i].bytes))
		i++;
	us_doctor_say(p->d, signs[i].mark, "verdict", "%s", signs[i].verdict);
}

static void judge_libs(struct patient *p)
{
	const struct us_lib *curl = linked(p, us_program_runs(&p->program));
	bool there = curl && tell_curl(p, curl, "linked");

	if (there)
		us_doctor_say(p->d, US_MARK_OK, "verdict", "covered: its blocking calls");
	else if (curl)
		us_doctor_say(p->d, US_MARK_FAIL, "verdict", "it cannot even start");
	else if (p->host)
		judge_host(p);
	else
		judge_file(p);
}

static void judge(struct patient *p)
{
	enum us_cover cover = p->program.cover;
	struct us_doctor *d = p->d;

	if (cover == US_COVER_UNKNOWN)
		us_doctor_say(d, US_MARK_WARN, "verdict", "unknown: %s", us_cover_why(cover));
	else if (cover != US_COVER_YES)
		us_doctor_say(d, US_MARK_FAIL, "verdict", "not covered: %s", us_cover_why(cover));
	else if (!d->loads)
		us_doctor_say(d, US_MARK_FAIL, "verdict", "not covered without the preload");
	else if (d->conf.off)
		us_doctor_say(d, US_MARK_FAIL, "verdict", "not covered: understudy is off");
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
