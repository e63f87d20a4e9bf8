/* replay.c - may an answer to this request be given again to one like it? */
#include "wire/replay.h"

#include "wire/scan.h"

/* clang-format off */
#define MEMBER(name) name,
#define TOOL(prefix)
#define KIND(name)
static const char *const members[] = {
#include "wire/replay.def"
};
#undef MEMBER
#undef TOOL
#undef KIND
#define MEMBER(name)
#define TOOL(prefix) prefix,
#define KIND(name)
static const char *const types[] = {
#include "wire/replay.def"
};
#undef TOOL
#undef KIND
#define TOOL(prefix)
#define KIND(name) name,
static const char *const kinds[] = {
#include "wire/replay.def"
};
/* clang-format on */

static bool has_any(struct us_val v, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (us_val_type(us_val_get(v, names[i])) > US_J_FALSE)
			return true;
	return false;
}

/* A type that is written with escapes is none that anybody writes. */
static bool acts(struct us_val tool)
{
	struct us_val type = us_val_get(tool, "type");
	struct us_span word = us_val_raw(type);

	if (us_val_is(type, US_J_STRING))
		word = us_span(word.p + 1, word.n - 2);
	if (us_span_has(word, "\\"))
		return true;
	for (size_t i = 0; i < US_COUNT(types); i++)
		if (us_span_starts(word, types[i]))
			return true;
	return has_any(tool, kinds, US_COUNT(kinds));
}

bool us_replayable(struct us_span body)
{
	struct us_doc doc = { 0 };
	struct us_iter it;
	struct us_val root;
	bool ok = us_doc_parse(&doc, body) == 0;

	root = us_doc_root(&doc);
	ok = ok && us_val_is(root, US_J_OBJECT) && !has_any(root, members, US_COUNT(members));
	it = us_iter(us_val_get(root, "tools"));
	while (ok && us_iter_next(&it))
		ok = !acts(it.val);
	us_doc_fini(&doc);
	return ok;
}
