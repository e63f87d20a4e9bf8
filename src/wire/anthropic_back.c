/* anthropic_back.c - Anthropic gets a tool loop back in which another provider has taken part
 *
 * With thinking by a budget, calls must follow a thought that Anthropic has signed. A stand-in has
 * none, nor has Anthropic itself once it went on without: until the loop is closed thinking is not
 * asked for. Models that decide by themselves whether to think have no such demand.
 */
#include "wire/back.h"

static void mend(struct us_edit *e, struct us_val request, const struct us_loop *loop)
{
	if (!loop->mixed)
		return;
	for (struct us_iter it = us_iter(request); us_iter_next(&it);)
		if (us_val_str_is(it.key, "thinking") &&
		    us_val_str_is(us_val_get(it.val, "type"), "enabled"))
			us_edit_drop(e, it.key, it.val);
}

const struct us_back us_anthropic_back = { .mend = mend, .code = "THINKING_PAUSED" };
