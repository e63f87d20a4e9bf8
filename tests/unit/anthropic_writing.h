/* anthropic_writing.h - for the tests of Anthropic's requests: writes the one that was read */
#ifndef ANTHROPIC_WRITING_H
#define ANTHROPIC_WRITING_H

#include "anthropic_world.h"
#include "wire/models.h"

/* One model of each kind. */
#define MODEL(most, takes, thinks, held)                                                           \
	{                                                                                          \
		.max_out = most, .sampling = US_SAMPLING_##takes,                                  \
		.thinking = US_THINKING_##thinks, .json_schema = held                              \
	}
static const struct us_model model_old = MODEL(4096, ALL, NONE, false);
static const struct us_model model_manual = MODEL(64000, ONE, BUDGET, true);
static const struct us_model model_middle = MODEL(64000, ONE, ADAPTIVE, true);
static const struct us_model model_new = MODEL(128000, NONE, ADAPTIVE, true);
static const struct us_model model_always = MODEL(128000, NONE, ALWAYS, true);

static struct us_buf out;
static struct us_doc written;
static struct us_diags told;

/* 0, and the request stands in `out` and `written`; or an error. */
static inline int write_request(const struct us_model *model)
{
	struct us_for to = { .model = model, .model_name = US_SPAN("claude") };
	int rc;

	us_buf_fini(&out);
	us_buf_init(&out, 1 << 20);
	told = (struct us_diags){ .arena = &arena };
	rc = us_anthropic.encode_request(&req, &to, &out, &told);
	return rc ? rc : us_doc_parse(&written, us_buf_span(&out));
}

static inline void write_for(const struct us_model *model)
{
	assert_int_equal(write_request(model), 0);
}

static inline void read_and_write(const char *members, const struct us_model *model)
{
	assert_int_equal(read_members(members), 0);
	write_for(model);
}

/* NULL: it must not be there. */
#define assert_member(name, json) assert_member_at(name, json, __LINE__)
static inline void assert_member_at(const char *name, const char *json, int line)
{
	struct us_span got = us_val_raw(us_val_get(us_doc_root(&written), name));
	char want[4096];

	if (!us_span_eq(got, unquote(json ? json : "", want, sizeof(want))))
		fail_msg("line %d: %s is %.*s", line, name, (int)got.n, got.p);
}

#define assert_told(loss, code) assert_true(was_told(loss, code))
static inline bool was_told(enum us_loss loss, const char *code)
{
	for (size_t i = 0; i < told.n; i++)
		if (told.list[i].loss == loss && strcmp(told.list[i].code, code) == 0)
			return true;
	return false;
}

static inline int finish(void **state)
{
	us_buf_fini(&out);
	us_doc_fini(&written);
	return teardown(state);
}

#endif
