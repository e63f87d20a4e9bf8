/* shorthand.c - requests written and read back in a few characters, for tests of us_normalise
 *
 * Turns are parted by ';', blocks by '|':
 *     S:text  D:text  U:text  A:text     system, developer, user, assistant
 *     +id name args                      a tool call
 *     -id text   !id text                its result; one that says it is an error
 *     ~text  @type  ?type  ^id           thinking, hosted, unknown, an image by file id
 *
 * Included by the tests; none uses all of it, hence the inline.
 */
#include "wire/normalise.h"

#include "base/mem.h"
#include "wire/models.h"
#include "wire/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* How a begun answer is asked for, and how a late instruction is given. */
#define ASK(text)                                                                                  \
	"Your reply above was cut off by a connection failure after the text: \u00ab" text         \
	"\u00bb. Continue from exactly that point. Output only the remaining text: do not repeat " \
	"anything, do not apologise, do not mention the interruption."

#define REMIND(text) "<system-reminder>\n" text "\n</system-reminder>\n"

/* Two made-up dialects: one that takes nearly everything, and one that is as strict as can be. */
static const struct us_dialect easy = {
	.name = "easy",
	.limits = { .system_in_turn = true, .name_max = 64, .id_max = 40 },
};
static const struct us_dialect strict = {
	.name = "strict",
	.limits = { .alternates = true,
	            .no_blank_text = true,
	            .system_in_turn = true,
	            .declared_tools = true,
	            .name_max = 16,
	            .id_max = 24 },
};
static const struct us_model plain = { .thinking = US_THINKING_NONE };
static const struct us_model able = {
	.prefill = true,
	.system_turn = true,
	.thinking = US_THINKING_BUDGET,
};

static struct us_arena in_arena, out_arena;
static struct us_req req, out;
static struct us_renames renames;
static struct us_diags diags;
static struct us_buf shown;

static inline int setup(void **state)
{
	us_arena_init(&in_arena, 64 << 20);
	us_arena_init(&out_arena, 64 << 20);
	us_buf_init(&shown, 1 << 20);
	req = (struct us_req){ 0 };
	renames = (struct us_renames){ 0 };
	diags = (struct us_diags){ .arena = &out_arena };
	return 0;
}

static inline int teardown(void **state)
{
	us_mem_fail_at(0);
	us_arena_fini(&in_arena);
	us_arena_fini(&out_arena);
	us_buf_fini(&shown);
	return 0;
}

/* The shorthand, read */

static inline struct us_block *add_block(struct us_block **list, size_t *n, enum us_block_kind kind)
{
	struct us_block *b = us_arena_push(&in_arena, list, n, sizeof(*b));

	assert_non_null(b);
	b->kind = kind;
	return b;
}

static inline void read_block(struct us_turn *t, struct us_span s)
{
	static const char marks[] = "+-!~@?^";
	static const enum us_block_kind kinds[] = { US_TOOL_CALL, US_TOOL_RESULT, US_TOOL_RESULT,
		                                    US_THINK,     US_HOSTED,      US_UNKNOWN,
		                                    US_IMAGE };
	const char *mark = s.n && *s.p ? strchr(marks, *s.p) : NULL;
	struct us_block *b =
		add_block(&t->blocks, &t->nblocks, mark ? kinds[mark - marks] : US_TEXT);
	struct us_span rest = mark ? us_span(s.p + 1, s.n - 1) : s;

	b->text = b->type = b->data = rest;
	b->media = b->kind == US_IMAGE ? US_MEDIA_FILE_ID : US_MEDIA_BASE64;
	if (b->kind != US_TOOL_CALL && b->kind != US_TOOL_RESULT)
		return;
	us_span_next(&rest, ' ', &b->id);
	if (b->kind == US_TOOL_CALL) {
		us_span_next(&rest, ' ', &b->name);
		b->args = rest;
	} else {
		b->is_error = *mark == '!' ? US_YES : US_UNSET;
		if (rest.p)
			add_block(&b->blocks, &b->nblocks, US_TEXT)->text = rest;
	}
}

static inline void read_req(const char *text)
{
	static const char roles[] = "SDUA";
	struct us_span turns = us_span_of(text), one, block;

	while (us_span_next(&turns, ';', &one)) {
		struct us_turn *t = us_arena_push(&in_arena, &req.turns, &req.nturns, sizeof(*t));

		assert_non_null(t);
		t->role = (enum us_role)(strchr(roles, *one.p) - roles);
		one = us_span(one.p + 2, one.n - 2);
		while (one.n && us_span_next(&one, '|', &block))
			read_block(t, block);
	}
}

/* The shorthand, written */

static inline void show_block(const struct us_block *b)
{
	switch (b->kind) {
	case US_TOOL_CALL:
		us_buf_addf(&shown, "+%.*s %.*s %.*s", (int)b->id.n, b->id.p, (int)b->name.n,
		            b->name.p, (int)b->args.n, b->args.p);
		break;
	case US_TOOL_RESULT:
		us_buf_addf(&shown, "%c%.*s", b->is_error == US_YES ? '!' : '-', (int)b->id.n,
		            b->id.p);
		for (size_t i = 0; i < b->nblocks; i++) {
			us_buf_add_char(&shown, ' ');
			us_buf_add_span(&shown, b->blocks[i].text);
		}
		break;
	case US_THINK:
		us_buf_add_char(&shown, '~');
		us_buf_add_span(&shown, b->text);
		break;
	default:
		us_buf_add_span(&shown, b->text);
		break;
	}
}

static inline void show(const struct us_req *r)
{
	us_buf_clear(&shown);
	for (size_t i = 0; i < r->nturns; i++) {
		us_buf_addf(&shown, "%s%c:", i ? ";" : "", "SDUA"[r->turns[i].role]);
		for (size_t k = 0; k < r->turns[i].nblocks; k++) {
			us_buf_add_str(&shown, k ? "|" : "");
			show_block(&r->turns[i].blocks[k]);
		}
	}
}

static inline int run(const struct us_dialect *d, const struct us_model *m)
{
	struct us_for to = { .model = m, .profile = us_profile_official };

	return us_normalise(&req, d, &to, &out, &renames, &diags);
}

static inline void assert_shown(const char *want)
{
	show(&out);
	if (!us_span_is(us_buf_span(&shown), want))
		fail_msg("\n got %.*s\nwant %s", (int)shown.n, shown.p, want);
}

static inline void check(const struct us_dialect *d, const struct us_model *m, const char *from,
                         const char *want)
{
	teardown(NULL);
	setup(NULL);
	read_req(from);
	assert_int_equal(run(d, m), 0);
	assert_shown(want);
	show(&req); /* and the source is as it was */
	assert_true(us_span_is(us_buf_span(&shown), from) || strpbrk(from, "@?^"));
}

static inline bool told(enum us_loss loss, const char *code)
{
	for (size_t i = 0; i < diags.n; i++)
		if (diags.list[i].loss == loss && strcmp(diags.list[i].code, code) == 0)
			return true;
	return false;
}

static inline struct us_tool *add_tool(const char *name)
{
	struct us_tool *t = us_arena_push(&in_arena, &req.tools, &req.ntools, sizeof(*t));

	assert_non_null(t);
	t->name = us_span_of(name);
	return t;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
