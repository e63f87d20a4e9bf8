// agent.cpp - an agent that may be killed at any time, and goes on where it was
//
//   c++ -std=c++17 agent.cpp $(pkg-config --cflags --libs understudy libcurl) -o agent
//   understudy run --task trip --restart on-failure -- ./agent
#include <csignal>
#include <cstdlib>
#include <curl/curl.h>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <understudy.h>

struct Closer {
	void operator()(understudy *u) const { understudy_close(u); }
	void operator()(understudy_task *t) const { understudy_task_free(t); }
	void operator()(understudy_result *r) const { understudy_result_free(r); }
};
template <class T> using Handle = std::unique_ptr<T, Closer>;

static int must(int rc)
{
	if (rc < 0)
		throw std::runtime_error(understudy_error());
	return rc;
}

static std::string env(const char *name, const std::string &otherwise = "")
{
	const char *value = std::getenv(name);
	return value ? value : otherwise;
}

class Agent {
public:
	Agent()
	{
		understudy *u;
		understudy_task *t;

		must(understudy_open(&u));
		handle.reset(u);
		resumed = must(understudy_resume_or_start(u, nullptr, &t)) == 1;
		task.reset(t);
	}

	// The result of a step, which is done unless an earlier life has.
	std::string step(const char *name, const std::function<std::string()> &work)
	{
		const void *p;
		size_t n;

		if (understudy_step_get(task.get(), name, &p, &n))
			return std::string(static_cast<const char *>(p), n);
		std::ofstream(env("JOURNAL", "/dev/stderr"), std::ios::app) << name << "\n";
		std::string result = work();
		must(understudy_step_complete(task.get(), name, result.data(), result.size()));
		if (!resumed && env("DIE_AFTER") == name)
			std::raise(SIGKILL);
		return result;
	}

	std::string call(const std::function<int(understudy_call *)> &f)
	{
		understudy_tool tool{};
		understudy_policy quick{};
		understudy_result *r;
		size_t n;

		tool.name = "trains-c++";
		tool.call = [](void *self, understudy_call *c) {
			return (*static_cast<const std::function<int(understudy_call *)> *>(self))(c);
		};
		tool.self = const_cast<void *>(static_cast<const void *>(&f));
		quick.backoff_low_ms = 10;
		int rc = understudy_tool_call(handle.get(), &tool, 1, nullptr, 0, &quick, &r);
		Handle<understudy_result> result(r);
		must(rc);
		const void *p = understudy_result_bytes(r, &n);
		return std::string(static_cast<const char *>(p), n);
	}

	void finish() { must(understudy_drop(task.get())); }

private:
	Handle<understudy> handle;
	Handle<understudy_task> task;
	bool resumed = false;
};

static std::string ask(const std::string &prompt)
{
	std::string url = env("OPENAI_BASE_URL", "https://api.openai.com/v1") + "/chat/completions";
	std::string body = R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + prompt + "\"}]}";
	std::string bearer = "Authorization: Bearer " + env("OPENAI_API_KEY"), answer;
	curl_slist *head = curl_slist_append(nullptr, bearer.c_str());
	long status = 0;
	CURL *h = curl_easy_init();

	curl_easy_setopt(h, CURLOPT_URL, url.c_str());
	head = curl_slist_append(head, "Content-Type: application/json");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, head);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.c_str());
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION,
	                 +[](char *p, size_t size, size_t n, void *self) {
		                 static_cast<std::string *>(self)->append(p, size * n);
		                 return size * n;
	                 });
	curl_easy_setopt(h, CURLOPT_WRITEDATA, &answer);
	curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(h);
	curl_slist_free_all(head);
	if (status != 200)
		throw std::runtime_error("the model does not answer");
	return answer;
}

int main()
try {
	Agent agent;
	agent.step("plan", [] { return ask("plan"); });
	std::string found = agent.step("search", [&] {
		return agent.call([](understudy_call *c) {
			return understudy_call_attempt(c) == 1 ? 503 : understudy_call_result(c, "three trains", 12);
		});
	});
	agent.step("choose", [] { return ask("choose"); });
	std::string text = agent.step("write", [] { return ask("write"); });
	std::cout << "found: " << found << "\nwrote: " << text << "\n";
	agent.finish();
} catch (const std::exception &e) {
	std::cerr << e.what() << "\n";
	return 1;
}
