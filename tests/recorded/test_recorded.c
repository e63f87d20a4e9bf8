/* test_recorded.c - plays what real programs and real providers said to each other
 *
 * The recordings are not part of the project: $RECORDED names their directory. Nothing of them is
 * printed but the names of files.
 */
#include "groups.h"
#include "outcomes.h"

#include <stdlib.h>

#define BESIDE "../shared/recorded" /* where they are if nothing else is said */

static const struct {
	const char *name;
	void (*play)(struct report *r, const struct recording *rec);
} groups[] = {
	{ "the stand-in accepts what providers accepted", as_they_are },
	{ "requests for the other dialect are accepted", to_the_other_dialect },
	{ "requests for other models are accepted", within_their_dialect },
	{ "answers are the same in any chunking", in_any_chunking },
	{ "answers are legal and complete in the other dialect", in_the_other_dialect },
	{ "streams that are cut don't end well", cut_after_each_event },
	{ "errors are recognised and judged", as_errors },
};

static bool play_all(const struct recordings *all)
{
	bool ok = true;

	printf("1..%zu\n", US_COUNT(groups) + 1);
	for (size_t i = 0; i < US_COUNT(groups); i++) {
		struct report r;

		report_init(&r);
		for (size_t k = 0; k < all->n; k++)
			groups[i].play(&r, &all->list[k]);
		ok &= report_print(&r, (unsigned)i + 1, groups[i].name);
		fflush(stdout);
	}
	return outcomes_print(all, US_COUNT(groups) + 1) && ok;
}

int main(void)
{
	const char *dir = getenv("RECORDED");
	struct recordings all;
	int rc = recordings_open(&all, dir && dir[0] ? dir : BESIDE);
	bool ok = !rc || rc == US_ENOENT;

	if (rc == US_ENOENT)
		puts("ok 1 - recorded traffic # SKIP no recordings here (RECORDED names their "
		     "directory)");
	else if (rc)
		printf("not ok 1 - recorded traffic can't be read: %s\n", us_err_text(rc));
	else
		ok = play_all(&all);
	recordings_close(&all);
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
