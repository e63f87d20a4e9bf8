/* openai_patch.c - an OpenAI program's request for another server: what changes in its conversation
 *
 * In Chat Completions the roles, in Responses what only the server that made it understands.
 */
#include "wire/openai.h"

#include "wire/profile.h"
#include "wire/responses.h"
#include "wire/translate.h"

/* Compatible servers know the system role only. */
static void name_roles(struct us_edit *e, struct us_val messages)
{
	for (struct us_iter it = us_iter(messages); us_iter_next(&it);) {
		struct us_val role = us_val_get(it.val, "role");

		if (us_val_str_is(role, "developer"))
			us_edit_replace(e, role, US_SPAN("system"));
	}
}

bool us_openai_patch_member(struct us_rendered *r, struct us_edit *e, const struct us_iter *member)
{
	if (!us_val_str_is(member->key, "messages"))
		return false;
	if (!r->to.profile->official)
		name_roles(e, member->val);
	return true;
}

/* What a provider gave an id to it may look up by it; another would, too, and not find it. Its
 * thoughts are sealed for itself. A hosted tool's work is refused without its id: that stays. */
static void forget(struct us_rendered *r, struct us_edit *e, struct us_val item)
{
	static const char *const types[] = { "message", "function_call", "function_call_output",
		                             "custom_tool_call", "custom_tool_call_output" };
	struct us_val type = us_val_get(item, "type");

	if (us_val_str_is(type, "reasoning")) {
		us_diag(&r->diags, US_DEGRADED, "THINKING_DROPPED", US_SPAN("input"));
		us_edit_drop(e, item, item);
		return;
	}
	for (size_t i = 0; i < US_COUNT(types); i++)
		if (us_val_str_is(type, types[i]))
			for (struct us_iter it = us_iter(item); us_iter_next(&it);)
				if (us_val_str_is(it.key, "id"))
					us_edit_drop(e, it.key, it.val);
}

bool us_responses_patch_member(struct us_rendered *r, struct us_edit *e,
                               const struct us_iter *member)
{
	struct us_iter it = us_iter(member->val);

	if (!us_val_str_is(member->key, "input"))
		return false;
	while (us_val_is(member->val, US_J_ARRAY) && us_iter_next(&it))
		forget(r, e, it.val);
	return true;
}
