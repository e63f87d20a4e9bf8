/* repair.c - a request that a target refused, changed by what the target said
 *
 * An error names a member in `param`, or somewhere in its sentence: quoted, in backticks, or bare.
 * It is taken at its word only for a member that was sent and that may be left out; a sentence that
 * merely mentions one must also speak of refusing. So a mistake costs a wish, never the question.
 */
#include "wire/repair.h"

#include "wire/edit.h"
#include "wire/optional.h"

/* How servers say that they will not have a thing. */
static const char *const refusals[] = {
	"support",     "unknown",     "unrecognized",   "unexpected",   "not permitted",
	"not allowed", "not enabled", "not be enabled", "extra inputs", "invalid",
	"deprecated",  "removed",     "cannot",         "must be",      "too large",
	"maximum",     "no longer",   "expected",
};

/* What a member is called in sentences, beside its name. */
static const struct {
	const char *dialect, *member, *word;
} aliases[] = {
	{ "ollama", "think", "thinking" },
	{ "gemini", "generationConfig.thinkingConfig", "thinking" },
	{ "gemini", "generationConfig.thinkingConfig", "thinking_config" },
	{ "gemini", "generationConfig.presencePenalty", "penalty" },
	{ "gemini", "generationConfig.presencePenalty", "presence_penalty" },
	{ "gemini", "generationConfig.frequencyPenalty", "penalty" },
	{ "gemini", "generationConfig.frequencyPenalty", "frequency_penalty" },
	{ "gemini", "generationConfig.topK", "top_k" },
	{ "gemini", "generationConfig.topP", "top_p" },
	{ "gemini", "generationConfig.stopSequences", "stop_sequences" },
	{ "gemini", "generationConfig.maxOutputTokens", "max_output_tokens" },
	{ "openai", "reasoning_effort", "reasoning.effort" },
	{ "openai", "stream_options", "include_usage" },
};

/* Two names of one thing: who refuses the one may take the other. */
static const struct {
	const char *dialect, *one, *other;
} pairs[] = {
	{ "openai", "max_tokens", "max_completion_tokens" },
	{ "openai", "max_completion_tokens", "max_tokens" },
	{ "openai", "seed", "random_seed" },
};

/* What stands before the largest number that a server takes. */
static const char *const bounds[] = { "> ",
	                              "at most ",
	                              "less than or equal to ",
	                              "maximum of ",
	                              "range of max_tokens is [1, ",
	                              "maximum allowed is " };

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* Where `word` stands by itself, ASCII case aside; NULL: nowhere. */
static const char *find_word(struct us_span text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++) {
		bool alone = (!i || !is_word_char(text.p[i - 1])) &&
		             (i + n == text.n || !is_word_char(text.p[i + n]));

		if (alone && us_span_is_nocase(us_span(text.p + i, n), word))
			return text.p + i;
	}
	return NULL;
}

static bool refuses(const struct us_hub_err *err)
{
	for (size_t i = 0; i < US_COUNT(refusals); i++)
		if (us_span_has_nocase(err->message, refusals[i]) ||
		    us_span_has_nocase(err->code, refusals[i]) ||
		    us_span_has_nocase(err->type, refusals[i]))
			return true;
	return false;
}

/* The last part of a path is what a server says. */
static const char *last_part(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Words that sentences hold anyway: "roles must alternate between user and assistant". */
static bool is_common(const char *word)
{
	static const char *const common[] = { "user", "stop", "store", "metadata" };

	for (size_t i = 0; i < US_COUNT(common); i++)
		if (strcmp(word, common[i]) == 0)
			return true;
	return false;
}

/* Where the server says which member it means, its sentence does not count. */
static bool names(const struct us_hub_err *err, const struct us_optional *o)
{
	const char *word = last_part(o->member), *at = find_word(err->message, word);

	if (err->param.n)
		return find_word(err->param, word);
	if (at && (!is_common(word) || (at > err->message.p && strchr("'\"`", at[-1]))))
		return true;
	for (size_t i = 0; i < US_COUNT(aliases); i++)
		if (strcmp(aliases[i].dialect, o->dialect) == 0 &&
		    strcmp(aliases[i].member, o->member) == 0 &&
		    find_word(err->message, aliases[i].word))
			return true;
	return false;
}

/* The member at a path, and its key; false: it is not there. */
static bool find_member(struct us_val root, const char *path, struct us_val *key,
                        struct us_val *val)
{
	struct us_span rest = us_span_of(path), part;
	bool found = false;

	*val = root;
	while (us_span_next(&rest, '.', &part)) {
		struct us_iter it = us_iter(*val);

		found = false;
		while (us_val_is(it.in, US_J_OBJECT) && us_iter_next(&it)) {
			struct us_span raw = us_val_raw(it.key);

			if (!us_span_eq(us_span(raw.p + 1, raw.n - 2), part))
				continue;
			*key = it.key;
			*val = it.val;
			found = true;
		}
		if (!found)
			return false;
	}
	return found;
}

/* The number after one of the words for a bound, if it is lower than what was sent. */
static bool find_bound(struct us_span message, struct us_val val, uint64_t *most)
{
	uint64_t sent;

	for (size_t i = 0; us_val_u64(val, &sent) && i < US_COUNT(bounds); i++) {
		const char *at =
			message.n ? memmem(message.p, message.n, bounds[i], strlen(bounds[i]))
				  : NULL;
		struct us_span digits = { at ? at + strlen(bounds[i]) : "", 0 };

		if (at && digits.p < message.p + message.n && *digits.p == '`')
			digits.p++;
		while (at && digits.p + digits.n < message.p + message.n &&
		       digits.p[digits.n] >= '0' && digits.p[digits.n] <= '9')
			digits.n++;
		if (us_span_u64(digits, most) && *most && *most < sent)
			return true;
	}
	return false;
}

static bool is_limit(const char *member) { return strncmp(last_part(member), "max", 3) == 0; }

/* What becomes of a member that was named. */
static void decide(struct us_repair *r, const struct us_optional *o, const struct us_hub_err *err,
                   struct us_val root, struct us_val val)
{
	struct us_val key, other;

	*r = (struct us_repair){ US_REPAIR_DROP, o->member, NULL, 0, o->loss, o->code };
	for (size_t i = 0; i < US_COUNT(pairs); i++)
		if (strcmp(pairs[i].dialect, o->dialect) == 0 &&
		    strcmp(pairs[i].one, o->member) == 0 &&
		    find_word(err->message, pairs[i].other) &&
		    !find_member(root, pairs[i].other, &key, &other)) {
			r->how = US_REPAIR_RENAME;
			r->becomes = pairs[i].other;
			r->loss = US_EXACT;
			r->code = "MEMBER_RENAMED";
			return;
		}
	if (is_limit(o->member) && find_bound(err->message, val, &r->most)) {
		r->how = US_REPAIR_LOWER;
		r->loss = US_DEGRADED;
		r->code = "MAX_TOKENS_CLAMPED";
	}
}

/* Of two that exclude each other the temperature is the one to keep. */
static bool keeps(const struct us_optional *o, const struct us_hub_err *err)
{
	return strcmp(last_part(o->member), "temperature") == 0 &&
	       find_word(err->message, "top_p") && find_word(err->message, "both");
}

static struct us_repair find(const struct us_dialect *dialect, const struct us_hub_err *err,
                             struct us_val root)
{
	struct us_repair r = { 0 };
	const struct us_optional *o;
	struct us_val key, val;

	for (size_t i = 0; (o = us_optional_at(i)); i++) {
		if (strcmp(o->dialect, dialect->name) != 0 || !names(err, o) || keeps(o, err) ||
		    !find_member(root, o->member, &key, &val))
			continue;
		decide(&r, o, err, root, val);
		return r;
	}
	return r;
}

/* Anthropic wants a limit, so that it is in no table of what can be left out. */
static struct us_repair find_limit(const struct us_hub_err *err, struct us_val root)
{
	struct us_repair r = { US_REPAIR_NONE, "max_tokens",        NULL, 0,
		               US_DEGRADED,    "MAX_TOKENS_CLAMPED" };
	struct us_val key, val;

	if (find_word(err->message, "max_tokens") && find_member(root, "max_tokens", &key, &val) &&
	    find_bound(err->message, val, &r.most))
		r.how = US_REPAIR_LOWER;
	return r;
}

struct us_repair us_repair_find(const struct us_dialect *dialect, unsigned status,
                                const struct us_hub_err *err, struct us_span body)
{
	struct us_repair r = { 0 };
	struct us_doc doc = { 0 };
	bool may = (status == 400 || status == 422) && (refuses(err) || err->param.n);

	if (!may || us_doc_parse(&doc, body)) {
		us_doc_fini(&doc);
		return r;
	}
	r = find(dialect, err, us_doc_root(&doc));
	if (!r.how)
		r = find_limit(err, us_doc_root(&doc));
	us_doc_fini(&doc);
	return r;
}

static void change(const struct us_repair *r, struct us_edit *e, struct us_val key,
                   struct us_val val)
{
	struct us_print print = us_print(e->out);

	switch (r->how) {
	case US_REPAIR_DROP:
		us_edit_drop(e, key, val);
		break;
	case US_REPAIR_RENAME:
		us_edit_replace(e, key, us_span_of(r->becomes));
		break;
	case US_REPAIR_LOWER:
		us_edit_replace_raw(e, val, us_span("", 0));
		us_print_u64(&print, r->most);
		break;
	case US_REPAIR_NONE:
		break;
	}
}

int us_repair_apply(const struct us_repair *r, struct us_span body, struct us_buf *out)
{
	struct us_edit e = us_edit(out, body);
	struct us_doc doc = { 0 };
	struct us_val key, val;
	int rc = us_doc_parse(&doc, body);
	uint64_t sent;

	if (!rc && (!find_member(us_doc_root(&doc), r->member, &key, &val) ||
	            (r->how == US_REPAIR_LOWER && us_val_u64(val, &sent) && sent <= r->most)))
		rc = US_ENOENT;
	if (!rc) {
		change(r, &e, key, val);
		us_edit_copy_to(&e, body.p + body.n);
		rc = out->err;
	}
	us_doc_fini(&doc);
	return rc;
}
