/* file.c - the config file
 *
 * The file is opened inside the host, so it must not be able to hold it up: a FIFO or a terminal is
 * refused, and what is larger than any configuration is not read.
 */
#include "conf/file.h"

#include "base/json.h"
#include "conf/member.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)1 << 20)

/* The members that may stand in the file. */
static const char *const names[] = {
#define X(field, kind, def, low, high, env, help) #field,
#include "conf/options.def"
#undef X
	"providers"
};

#define PROVIDERS US_OPTIONS /* the last of `names` */

/* strerror would ask the host's locale. */
static const char *reason(int error)
{
	switch (error) {
	case ENOENT:
	case ENOTDIR:
		return "it does not exist";
	case EACCES:
	case EPERM:
		return "it may not be read";
	case EISDIR:
		return "it is a directory";
	default:
		return "it cannot be read";
	}
}

/* Appends the whole file; what is wrong with it, or NULL. */
static const char *read_all(int fd, struct us_buf *out)
{
	char part[4096];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return reason(errno);
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	while ((n = read(fd, part, sizeof(part))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return reason(errno);
		if (us_buf_add(out, part, (size_t)n) == US_E2BIG)
			return "it is larger than 1 MiB";
	}
	return NULL;
}

/* O_NONBLOCK: opening a FIFO that nobody writes to would wait for ever. */
static const char *read_file(const char *path, struct us_buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *why;

	if (fd < 0)
		return reason(errno);
	why = read_all(fd, out);
	close(fd);
	return why;
}

/* The document, or NULL, which is told. */
static cJSON *read_document(struct us_loader *l, struct us_file *f)
{
	struct us_where at = { .file = f->path };
	const char *why = us_json() ? read_file(f->path, &f->text) : NULL;
	cJSON *doc;

	if (!us_json())
		why = "libcjson.so.1, which reads it, is not on this machine";
	if (!why && f->text.err)
		l->starved = true;
	if (why)
		us_complain_ignored(l, &at, why);
	if (why || f->text.err)
		return NULL;
	doc = us_json_read(us_buf_cstr(&f->text), f->text.n, &at.line);
	if (!doc && at.line)
		us_complain_ignored(l, &at, "here it is not JSON");
	else if (!doc)
		l->starved = true;
	else if (!us_member_is(doc, cJSON_Object))
		us_complain_ignored(l, &at, "it is not a JSON object: { \"attempts\": 3 }");
	return doc;
}

/* Settings are kept for later, when it is known which of them the environment leaves; where a name
 * stands twice, the later one counts. */
static void take_member(struct us_file *f, struct us_loader *l, struct us_lines *lines,
                        const cJSON *v)
{
	struct us_where at = { .name = v->string,
		               .file = f->path,
		               .line = us_lines_find(lines, 1, v->string) };
	size_t i = 0;

	while (i < US_COUNT(names) && strcmp(v->string, names[i]) != 0)
		i++;
	if (i == US_COUNT(names)) {
		us_member_unknown(l, &at, names, US_COUNT(names));
	} else if (i == PROVIDERS) {
		us_member_providers(l, &at, lines, v);
	} else if (i == US_OPTION_config) {
		us_complain_ignored(l, &at, "it is the environment that names the file");
	} else {
		f->given[i].item = v;
		f->given[i].line = at.line;
	}
}

void us_file_open(struct us_file *f, struct us_loader *l, const char *path)
{
	struct us_lines lines;

	*f = (struct us_file){ .path = path };
	us_buf_init(&f->text, FILE_MAX_BYTES);
	f->doc = read_document(l, f);
	if (!f->doc || !us_member_is(f->doc, cJSON_Object))
		return;
	us_lines_init(&lines, us_buf_span(&f->text));
	for (const cJSON *v = f->doc->child; v; v = v->next)
		take_member(f, l, &lines, v);
}

void us_file_close(struct us_file *f)
{
	if (f->doc)
		us_json()->Delete(f->doc);
	us_buf_fini(&f->text);
	*f = (struct us_file){ 0 };
}

struct us_where us_file_where(const struct us_file *f, enum us_option_index i)
{
	return (struct us_where){ .name = names[i], .file = f->path, .line = f->given[i].line };
}

int us_file_scalar(const struct us_file *f, enum us_option_index i, struct us_buf *out)
{
	const cJSON *v = f->given[i].item;
	char *printed;
	int rc;

	if (us_member_is(v, cJSON_String))
		return us_buf_add_str(out, v->valuestring);
	if (!us_member_is(v, cJSON_Number) && !us_member_is(v, cJSON_True) &&
	    !us_member_is(v, cJSON_False))
		return US_EINVAL;
	/* Not from valuedouble: cJSON prints without the host's decimal comma. */
	printed = us_json()->PrintUnformatted(v);
	if (!printed)
		return US_ENOMEM;
	rc = us_buf_add_str(out, printed);
	us_json()->free(printed);
	return rc;
}

/* One of an array; false when there is no room for more. */
static bool list_entry(struct us_loader *l, const struct us_where *at, const struct us_kind *kind,
                       struct us_limit in, const cJSON *v)
{
	struct us_span entry;

	if (us_member_is(v, cJSON_Object) && kind == &us_value_CHAIN)
		return us_member_target(l, at, in, v);
	if (!us_member_is(v, cJSON_String)) {
		us_complain_entry(l, at, "it is not a string");
		return true;
	}
	entry = us_span_trim(us_span_of(v->valuestring));
	return !entry.n || kind->add(l, at, in, entry);
}

void us_file_list(const struct us_file *f, struct us_loader *l, enum us_option_index i,
                  const struct us_kind *kind, struct us_limit in)
{
	struct us_where at = us_file_where(f, i);
	const cJSON *v = f->given[i].item;
	bool more = true;

	if (us_member_is(v, cJSON_String)) {
		us_value_split(l, &at, kind, in, us_span_of(v->valuestring));
	} else if (us_member_is(v, cJSON_Array)) {
		for (v = v->child; v && more; v = v->next)
			more = list_entry(l, &at, kind, in, v);
	} else {
		us_complain_ignored(l, &at, "it must be a string or an array");
	}
}
