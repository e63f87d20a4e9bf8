#include <stdio.h>
#include <understudy.h>

static int search(void *self, struct understudy_call *call) /* any function is a tool */
{
	return understudy_call_attempt(call) == 1 ? 503 : understudy_call_result(call, "42", 2);
}

int main(void)
{
	const struct understudy_tool tools[] = { { .name = "search", .call = search } };
	const struct understudy_failure f = { .error = "no search works" };
	struct understudy *u;
	struct understudy_task *t;
	struct understudy_result *r;
	const void *found;
	size_t n;

	if (understudy_open(&u) || understudy_resume_or_start(u, NULL, &t) < 0)
		return 1;
	if (!understudy_step_get(t, "search", &found, &n)) { /* not done in an earlier life */
		if (understudy_tool_call(u, tools, 1, "question", 8, NULL, &r))
			return understudy_escalate(u, &f, NULL) ? 2 : 1;
		found = understudy_result_bytes(r, &n);
		if (understudy_step_complete(t, "search", found, n))
			return 1;
	}
	printf("%.*s\n", (int)n, (const char *)found);
	return understudy_drop(t); /* finished: the next start begins anew */
}
