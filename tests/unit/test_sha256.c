/* test_sha256.c - the digest: the standard's own examples, in any pieces */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(struct us_sha256 *d, const char *hex)
{
	unsigned char out[US_SHA256_N];
	char text[2 * US_SHA256_N + 1];

	us_sha256_end(d, out);
	for (size_t i = 0; i < US_SHA256_N; i++)
		snprintf(text + 2 * i, 3, "%02x", out[i]);
	assert_string_equal(text, hex);
}

static void digest(struct us_span text, const char *hex)
{
	struct us_sha256 d;

	us_sha256_init(&d);
	us_sha256_add(&d, text);
	expect(&d, hex);
}

#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define TWO_BLOCKS "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
#define MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
#define LONG "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

static void the_examples_of_the_standard_hold(void **state)
{
	struct us_sha256 d;

	digest(US_SPAN(""), NOTHING);
	digest(US_SPAN("abc"), ABC);
	digest(US_SPAN(LONG), TWO_BLOCKS);
	us_sha256_init(&d);
	for (int i = 0; i < 100000; i++)
		us_sha256_add(&d, US_SPAN("aaaaaaaaaa"));
	expect(&d, MILLION);
}

static void it_does_not_matter_in_which_pieces_it_comes(void **state)
{
	char text[200];
	unsigned char whole[US_SHA256_N], parts[US_SHA256_N];
	struct us_sha256 d;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	for (size_t n = 0; n <= sizeof(text); n++) { /* over all lengths of the last block */
		us_sha256_init(&d);
		us_sha256_add(&d, us_span(text, n));
		us_sha256_end(&d, whole);
		for (size_t cut = 0; cut <= n; cut += 13) {
			us_sha256_init(&d);
			us_sha256_add(&d, us_span(text, cut));
			us_sha256_add(&d, us_span(text + cut, n - cut));
			us_sha256_end(&d, parts);
			assert_memory_equal(whole, parts, sizeof(whole));
		}
	}
}

static void parts_do_not_run_into_one_another(void **state)
{
	static const char *const cuts[][2] = {
		{ "ab", "c" }, { "a", "bc" }, { "abc", "" }, { "", "abc" }
	};
	unsigned char out[4][US_SHA256_N];
	struct us_sha256 d;

	for (size_t i = 0; i < 4; i++) {
		us_sha256_init(&d);
		us_sha256_add_part(&d, us_span_of(cuts[i][0]));
		us_sha256_add_part(&d, us_span_of(cuts[i][1]));
		us_sha256_end(&d, out[i]);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(out[i], out[j], sizeof(out[i]));
	}
}

static void what_was_digested_does_not_stay(void **state)
{
	static const struct us_sha256 zero;
	unsigned char out[US_SHA256_N];
	struct us_sha256 d;

	us_sha256_init(&d);
	us_sha256_add(&d, US_SPAN("sk-secret"));
	us_sha256_end(&d, out);
	assert_memory_equal(&d, &zero, sizeof(d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_standard_hold),
		cmocka_unit_test(it_does_not_matter_in_which_pieces_it_comes),
		cmocka_unit_test(parts_do_not_run_into_one_another),
		cmocka_unit_test(what_was_digested_does_not_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
