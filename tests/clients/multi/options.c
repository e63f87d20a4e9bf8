/* options.c - options of a multi by name, and the functions that not every libcurl has */
#include "multi.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

void set_multi_option(CURLM *multi, const char *name, const char *value)
{
	static const struct {
		const char *name;
		CURLMoption option;
		bool pointer; /* NULL is what it can be set to here */
	} options[] = {
#define LONG(name) { #name, CURLMOPT_##name, false },
#define POINTER(name) { #name, CURLMOPT_##name, true },
		/* clang-format off */
		LONG(PIPELINING) LONG(MAXCONNECTS) LONG(MAX_HOST_CONNECTIONS)
		LONG(MAX_PIPELINE_LENGTH) LONG(CONTENT_LENGTH_PENALTY_SIZE)
		LONG(CHUNK_LENGTH_PENALTY_SIZE) LONG(MAX_TOTAL_CONNECTIONS)
		LONG(MAX_CONCURRENT_STREAMS) POINTER(PIPELINING_SITE_BL)
		POINTER(PIPELINING_SERVER_BL) POINTER(PUSHFUNCTION) POINTER(PUSHDATA)
		POINTER(SOCKETFUNCTION) POINTER(SOCKETDATA) POINTER(TIMERFUNCTION)
		POINTER(TIMERDATA)
	/* clang-format on */
#undef LONG
#undef POINTER
		/* it came later, or never was: */
		{ "NETWORK_CHANGED", (CURLMoption)17, false },
		{ "NOTIFYFUNCTION", (CURLMoption)20018, true },
		{ "NOTIFYDATA", (CURLMoption)10019, true },
		{ "NOTHING", (CURLMoption)4711, false },
	};
	long number = strtol(value, NULL, 10);
	CURLMcode rc = CURLM_UNKNOWN_OPTION;

	for (size_t i = 0; i < COUNT(options); i++)
		if (strcmp(options[i].name, name) == 0)
			rc = options[i].pointer
			             ? curl_multi_setopt(multi, options[i].option, NULL)
			             : curl_multi_setopt(multi, options[i].option, number);
	tell("mopt %s %d", name, (int)rc);
}

void tell_newest(void)
{
	static const char *const names[] = {
		"curl_multi_get_handles",    "curl_multi_waitfds",  "curl_multi_notify_enable",
		"curl_multi_notify_disable", "curl_multi_get_offt", "curl_multi_poll"
	};

	for (size_t i = 0; i < COUNT(names); i++)
		tell("%s %s", dlsym(RTLD_DEFAULT, names[i]) ? "has" : "lacks", names[i]);
}

typedef CURL **get_handles_function(CURLM *);

void check_handles(struct house *h)
{
	get_handles_function *get =
		(get_handles_function *)dlsym(RTLD_DEFAULT, "curl_multi_get_handles");
	CURL **all;
	size_t n = 0;

	if (!get)
		return;
	calling("get_handles");
	all = get(h->multi);
	called();
	for (; all && all[n]; n++)
		if (!transfer_of(all[n]) || transfer_of(all[n])->in != h)
			odd("a handle that was not added is among the multi's");
	if (all && n != h->added)
		odd("%zu handles in the multi, %zu were added", n, h->added);
	curl_free(all);
}
