/* asks.c - questions that every dialect can ask: some by hand, any number by chance */
#include "asks.h"

#include "base/err.h"

/* What the stand-in answers is steered by words: see cli/mock_answer.h. ' is for ". */
#define TOOL(name)                                                                                 \
	"{'type':'function','function':{'name':'" name "','description':'Does \u00e9.',"           \
	"'parameters':{'type':'object','properties':{'id':{'type':'integer'}},"                    \
	"'required':['id'],'additionalProperties':false}}}"
#define TOOLS "'tools':[" TOOL("f") "," TOOL("g-2") "],"
#define USER(text) "{'role':'user','content':'" text "'}"
#define ARGS                                                                                       \
	"{\\'id\\': 9007199254740993, \\'x\\': -0, \\'y\\': 1.50e+3, \\'z\\': [\\'\\\\u0000\\', "  \
	"{}]}"

static const struct {
	const char *name, *members;
} asks[] = {
	{ "a greeting", "'messages':[" USER("Hi") "]" },
	{ "words to repeat",
	  "'messages':[" USER("repeat: \u00e9 \U0001f600 \\'q\\' \\\\ \\n\\t \u2028 </s>") "]" },
	{ "a system prompt and numbers",
	  "'max_completion_tokens':77,'temperature':0.5,'messages':[{'role':'system','content':"
	  "'Be brief.'}," USER("repeat: one two three") "]" },
	{ "a limit that is met",
	  "'max_completion_tokens':20,'messages':[" USER(
		  "repeat: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22") "]" },
	{ "a conversation",
	  "'messages':[" USER("One") ",{'role':'assistant','content':'Two'}," USER(
		  "repeat: three") "]" },
	{ "a call", TOOLS "'messages':[" USER("call f with " ARGS) "]" },
	{ "two calls", TOOLS "'messages':[" USER("call f with {} and call g-2 with " ARGS) "]" },
	{ "a call without arguments", TOOLS "'messages':[" USER("call f with nothing") "]" },
	{ "a call that must be",
	  TOOLS "'tool_choice':'required','messages':[" USER("call g-2 with {}") "]" },
	{ "a call by name",
	  TOOLS "'tool_choice':{'type':'function','function':{'name':'g-2'}},'messages':[" USER(
		  "Hi") "]" },
	{ "no call", TOOLS "'tool_choice':'none','messages':[" USER("call f with {}") "]" },
	{ "results of two calls",
	  TOOLS "'messages':[" USER(
		  "Do") ",{'role':'assistant','content':'Well.','tool_calls':["
	                "{'id':'call_1','type':'function','function':{'name':'f','arguments':'" ARGS
	                "'}},"
	                "{'id':'call_2','type':'function','function':{'name':'f','arguments':'{}'}}"
	                "]},"
	                "{'role':'tool','tool_call_id':'call_1','content':'first \u00e9'},"
	                "{'role':'tool','tool_call_id':'call_2','content':'second'}]" },
	{ "an object by its schema",
	  "'response_format':{'type':'json_schema','json_schema':{'name':'a','strict':true,"
	  "'schema':{'type':'object','properties':{'n':{'type':'integer'},'s':{'type':'string'}},"
	  "'required':['n','s'],'additionalProperties':false}}},'messages':[" USER("Give") "]" },
};

static void add_quoted(struct us_buf *out, const char *s)
{
	for (; *s; s++)
		us_buf_add_char(out, *s == '\'' ? '"' : *s);
}

bool ask_by_hand(size_t i, bool stream, struct us_buf *out, const char **name)
{
	if (i >= US_COUNT(asks))
		return false;
	*name = asks[i].name;
	add_quoted(out, stream ? "{'model':'gpt-4.1','stream':true," : "{'model':'gpt-4.1',");
	add_quoted(out, asks[i].members);
	us_buf_add_char(out, '}');
	return true;
}

/* --- by chance -------------------------------------------------------------------------------- */

static bool may(struct us_rand *chance, unsigned in) { return !us_rand_between(chance, 0, in - 1); }

static const char *one_of(struct us_rand *chance, const char *const *list, size_t n)
{
	return list[us_rand_between(chance, 0, n - 1)];
}

/* A string of JSON, with a word at its front: no dialect takes blanks for a text. */
static void put_text(struct us_rand *chance, struct us_buf *out)
{
	static const char *const pieces[] = {
		"a",       " ",      "\\n",     "\\\"",           "\\\\", "\\/",     "\\u0001",
		"\\u00e9", "\u00e9", "\u2028",  "\U0001f600",     "{",    "}",       "<|end|>",
		"data: ",  "[DONE]", "\\r\\n",  "\\ud83d\\ude00", "'",    "\x7f",    "null",
		"\\t",     "</s>",   "event: ", "\u0800\uffff",   ",",    "\\u0000", "0",
	};

	us_buf_add_str(out, "\"w");
	for (uint64_t n = us_rand_between(chance, 0, 12); n; n--)
		us_buf_add_str(out, one_of(chance, pieces, US_COUNT(pieces)));
	us_buf_add_char(out, '"');
}

/* A string that holds an object: what it says goes through every dialect byte by byte. */
static void put_arguments(struct us_rand *chance, struct us_buf *out)
{
	static const char *const members[] = {
		"\\\"id\\\":9223372036854775807",
		"\\\"id\\\": 18446744073709551616",
		"\\\"x\\\":1e400",
		"\\\"x\\\":-0",
		"\\\"x\\\":1.0",
		"\\\"same\\\":1,\\\"same\\\":2",
		"\\\"s\\\":\\\"\\\\u0000\\\"",
		"\\\"s\\\":\\\"\u00e9\\\\u00e9\\\\/\\\\n\\\"",
		"\\\"half\\\":\\\"\\\\ud83d\\\"",
		"\\\"deep\\\":[[[{\\\"a\\\":[null,true]}]]]",
		"\\\"\\\":{}",
		"\\\"e\\\" :\\t[ ]",
	};

	us_buf_add_str(out, "\"{");
	for (uint64_t n = us_rand_between(chance, 0, 4), i = 0; i < n; i++)
		us_buf_addf(out, "%s%s", i ? "," : "", one_of(chance, members, US_COUNT(members)));
	us_buf_add_str(out, "}\"");
}

static void put_role(struct us_rand *chance, struct us_buf *out, const char *role)
{
	us_buf_addf(out, "{\"role\":\"%s\",\"content\":", role);
	put_text(chance, out);
	us_buf_add_str(out, "},");
}

/* A turn of calls and one of their results. */
static void put_calls(struct us_rand *chance, struct us_buf *out, unsigned round, unsigned tools)
{
	uint64_t n = us_rand_between(chance, 1, 3);

	us_buf_add_str(out, "{\"role\":\"assistant\",\"content\":");
	if (may(chance, 2))
		put_text(chance, out);
	else
		us_buf_add_str(out, "null");
	us_buf_add_str(out, ",\"tool_calls\":[");
	for (unsigned i = 0; i < n; i++) {
		us_buf_addf(out,
		            "%s{\"id\":\"call_%u_%u\",\"type\":\"function\",\"function\":{"
		            "\"name\":\"tool_%u\",\"arguments\":",
		            i ? "," : "", round, i,
		            (unsigned)us_rand_between(chance, 0, tools - 1));
		put_arguments(chance, out);
		us_buf_add_str(out, "}}");
	}
	us_buf_add_str(out, "]},");
	for (unsigned i = 0; i < n; i++) {
		us_buf_addf(out, "{\"role\":\"tool\",\"tool_call_id\":\"call_%u_%u\",\"content\":",
		            round, i);
		put_text(chance, out);
		us_buf_add_str(out, "},");
	}
}

static void put_tools(struct us_rand *chance, struct us_buf *out, unsigned tools)
{
	static const char *const schemas[] = {
		"{\"type\":\"object\",\"properties\":{}}",
		"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\","
		"\"maximum\":9223372036854775807}},\"required\":[\"a\"]}",
		"{ \"type\":\"object\", \"properties\":{\"s\":{\"type\":\"string\","
		"\"enum\":[\"\u00e9\",\"\\u00e9\"]}}, \"additionalProperties\":false}",
	};

	us_buf_add_str(out, "\"tools\":[");
	for (unsigned i = 0; i < tools; i++) {
		us_buf_addf(out,
		            "%s{\"type\":\"function\",\"function\":{\"name\":\"tool_%u\","
		            "\"parameters\":%s,\"description\":",
		            i ? "," : "", i, one_of(chance, schemas, US_COUNT(schemas)));
		put_text(chance, out);
		us_buf_add_str(out, "}}");
	}
	us_buf_add_str(out, "],");
}

static void put_wishes(struct us_rand *chance, struct us_buf *out)
{
	static const char *const wishes[] = {
		"",
		"\"temperature\":0.25,",
		"\"top_p\":0.5,",
		"\"stream\":true,",
		"\"max_completion_tokens\":1000,",
		"\"max_completion_tokens\":32,\"temperature\":1.0,",
	};

	us_buf_add_str(out, one_of(chance, wishes, US_COUNT(wishes)));
}

void ask_by_chance(struct us_rand *chance, struct us_buf *out)
{
	unsigned tools = (unsigned)us_rand_between(chance, 0, 3);
	uint64_t rounds = us_rand_between(chance, 0, 4);

	us_buf_add_str(out, "{\"model\":\"gpt-4.1\",");
	put_wishes(chance, out);
	if (tools)
		put_tools(chance, out, tools);
	us_buf_add_str(out, "\"messages\":[");
	if (may(chance, 2))
		put_role(chance, out, "system");
	put_role(chance, out, "user");
	for (unsigned i = 0; i < rounds; i++) {
		if (tools && may(chance, 2)) {
			put_calls(chance, out, i, tools);
			continue;
		}
		put_role(chance, out, "assistant");
		put_role(chance, out, "user");
	}
	out->n--; /* the last comma */
	us_buf_add_str(out, "]}");
}
