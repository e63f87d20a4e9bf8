/* test_mint.c - ids that look like the provider's own and are known again as ours */
#include "wire/mint.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct us_buf id;

static int setup(void **state)
{
	us_buf_init(&id, 1000);
	return 0;
}

static int teardown(void **state)
{
	us_mem_fail_at(0);
	us_buf_fini(&id);
	return 0;
}

static const char *mint(const char *prefix, size_t n, uint64_t seed, unsigned ordinal)
{
	us_buf_clear(&id);
	us_mint(&id, prefix, n, seed, ordinal);
	return us_buf_cstr(&id);
}

static const struct {
	const char *prefix;
	size_t n;
} forms[] = { { "call_", 24 }, { "toolu_01", 22 }, { "chatcmpl-", 29 }, { "msg_01", 22 },
	      { "resp_", 48 }, { "msg_", 48 },     { "fc_", 48 },       { "ctc_", 48 } };

static void every_form_has_its_length_and_is_known_again(void **state)
{
	for (size_t i = 0; i < US_COUNT(forms); i++) {
		mint(forms[i].prefix, forms[i].n, 1, 2);
		assert_int_equal(id.n, strlen(forms[i].prefix) + forms[i].n);
		assert_memory_equal(id.p + strlen(forms[i].prefix), "Us", 2);
		for (size_t k = strlen(forms[i].prefix); k < id.n; k++)
			assert_true((id.p[k] >= '0' && id.p[k] <= '9') ||
			            ((id.p[k] | 0x20) >= 'a' && (id.p[k] | 0x20) <= 'z'));
		assert_true(us_minted(us_buf_span(&id)));
	}
}

static void the_same_seed_and_ordinal_give_the_same_id(void **state)
{
	struct us_buf other;

	us_buf_init(&other, 1000);
	mint("call_", 24, 7, 1);
	us_mint(&other, "call_", 24, 7, 1);
	assert_true(us_span_eq(us_buf_span(&id), us_buf_span(&other)));
	us_buf_fini(&other);
}

static void other_seeds_and_ordinals_give_other_ids(void **state)
{
	char seen[200][32];
	size_t n = 0;

	for (uint64_t seed = 0; seed < 10; seed++)
		for (unsigned ordinal = 0; ordinal < 20; ordinal++) {
			memcpy(seen[n], mint("call_", 24, seed, ordinal), 30);
			for (size_t i = 0; i < n; i++)
				assert_memory_not_equal(seen[i], seen[n], 30);
			n++;
		}
}

static void an_id_that_was_changed_is_not_ours(void **state)
{
	mint("call_", 24, 1, 1);
	for (size_t i = 0; i < id.n; i++) {
		char was = id.p[i];

		id.p[i] = was == 'z' ? 'y' : 'z';
		assert_false(us_minted(us_buf_span(&id)));
		id.p[i] = was;
	}
	assert_false(us_minted(us_span(id.p, id.n - 1)));
}

static void ids_of_others_are_not_ours(void **state)
{
	static const char *const others[] = {
		"",
		"call_",
		"call_Us",
		"call_Usab",
		"call_FJStsEjxdODw9tBmQRRkm6vY",
		"UsAB",
		"call_Us../../../../../../../../",
		"toolu_01UsabcUsabcUsabcUsabcU",
	};

	for (size_t i = 0; i < US_COUNT(others); i++)
		assert_false(us_minted(us_span_of(others[i])));
}

static void no_check_fits_what_we_never_write(void **state)
{
	static const char plain[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char text[] = "call_Us??..........";

	for (size_t i = 0; i < 62; i++)
		for (size_t k = 0; k < 62; k++) {
			text[7] = plain[i];
			text[8] = plain[k];
			assert_false(us_minted(us_span_of(text)));
		}
}

static void an_id_tells_whose_answer_it_was(void **state)
{
	uint32_t tag = us_mint_tag(US_SPAN("anthropic"), US_SPAN("claude-haiku-4-5"));

	assert_int_not_equal(tag, us_mint_tag(US_SPAN("anthropic"), US_SPAN("claude-opus-4-5")));
	assert_int_not_equal(us_mint_tag(US_SPAN("ab"), US_SPAN("c")),
	                     us_mint_tag(US_SPAN("a"), US_SPAN("bc")));
	for (size_t i = 0; i < US_COUNT(forms); i++) {
		mint(forms[i].prefix, forms[i].n, us_mint_seed(i * 0x123456789abcdefu, tag), 3);
		assert_int_equal(us_minted_tag(us_buf_span(&id)), tag);
	}
	mint("call_", 16, us_mint_seed(UINT64_MAX, US_MINT_TAGS - 1), 3);
	assert_int_equal(us_minted_tag(us_buf_span(&id)), US_MINT_TAGS - 1);
}

static bool is_within(const char *before, const char *after)
{
	struct us_buf text;
	bool found;

	us_buf_init(&text, 1000);
	us_buf_add_str(&text, before);
	us_mint(&text, "call_", 24, 1, 1);
	us_buf_add_str(&text, after);
	found = us_mint_within(us_buf_span(&text));
	us_buf_fini(&text);
	return found;
}

static void one_of_ours_is_found_in_any_text(void **state)
{
	assert_true(is_within("", ""));
	assert_true(is_within("{\"id\":\"", "\"}"));
	assert_true(is_within("UUU Us _Us User call_Us call_", " U"));
	assert_false(is_within("", "x")); /* another tail: the check does not fit */
	assert_false(us_mint_within(US_SPAN("Use the call_Used by the User_Us, U")));
	assert_false(us_mint_within(US_SPAN("Us")));
	assert_false(us_mint_within(us_span("", 0)));
}

static void what_stands_before_in_the_buffer_does_not_matter(void **state)
{
	us_buf_add_str(&id, "before ");
	us_mint(&id, "call_", 24, 1, 1);
	assert_true(us_minted(us_span(id.p + 7, id.n - 7)));
	assert_int_equal(id.n, 7 + 29);
}

static void want_of_memory_or_room_is_told_by_the_buffer(void **state)
{
	us_mem_fail_at(1);
	us_mint(&id, "call_", 24, 1, 1);
	assert_int_equal(id.err, US_ENOMEM);
	us_buf_fini(&id);
	us_buf_init(&id, 10);
	us_mint(&id, "call_", 24, 1, 1);
	assert_int_equal(id.err, US_E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(every_form_has_its_length_and_is_known_again),
		T(the_same_seed_and_ordinal_give_the_same_id),
		T(other_seeds_and_ordinals_give_other_ids),
		T(an_id_that_was_changed_is_not_ours),
		T(ids_of_others_are_not_ours),
		T(no_check_fits_what_we_never_write),
		T(an_id_tells_whose_answer_it_was),
		T(one_of_ours_is_found_in_any_text),
		T(what_stands_before_in_the_buffer_does_not_matter),
		T(want_of_memory_or_room_is_told_by_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
