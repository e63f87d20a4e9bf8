/* curlpp.cpp STYLE COUNT URL BODY - asks COUNT times by curlpp
 *
 *   stream  WriteStream, one handle for all
 *   write   WriteFunction
 *   multi   all at once, in pieces, by curlpp::Multi and select
 */
#include <curlpp/Easy.hpp>
#include <curlpp/Infos.hpp>
#include <curlpp/Multi.hpp>
#include <curlpp/Options.hpp>
#include <curlpp/cURLpp.hpp>
#include <iostream>
#include <memory>
#include <sstream>
#include <sys/select.h>
#include <vector>

namespace options = curlpp::options;

static void chunk(int n, const std::string &bytes)
{
	std::cout << "chunk " << n << ' ' << bytes.size() << '\n' << bytes << std::endl;
}

static void line(int n, const std::string &text)
{
	std::cout << "line " << n << ' ' << text.substr(0, text.find_first_of("\r\n")) << std::endl;
}

static std::unique_ptr<curlpp::Easy> handle(const char *url, const std::string &body)
{
	auto easy = std::make_unique<curlpp::Easy>();

	easy->setOpt(options::Url(url));
	easy->setOpt(options::PostFields(body));
	easy->setOpt(options::PostFieldSize(static_cast<long>(body.size())));
	easy->setOpt(options::HttpHeader(
	        { "Content-Type: application/json", "Authorization: Bearer sk-mine" }));
	return easy;
}

static void in_pieces(curlpp::Easy &easy, int n)
{
	easy.setOpt(options::WriteFunction([n](const char *data, size_t size, size_t count) {
		chunk(n, std::string(data, size * count));
		return size * count;
	}));
	easy.setOpt(options::HeaderFunction([n](const char *data, size_t size, size_t count) {
		line(n, std::string(data, size * count));
		return size * count;
	}));
}

static void tell(curlpp::Easy &easy, int n, int error)
{
	std::cout << "error " << n << ' ' << error << '\n'
		  << "status " << n << ' ' << curlpp::infos::ResponseCode::get(easy) << '\n'
		  << "url " << n << ' ' << curlpp::infos::EffectiveUrl::get(easy) << std::endl;
}

static void one_by_one(curlpp::Easy &easy, int count, bool stream)
{
	for (int n = 0; n < count; n++) {
		std::ostringstream got;
		int error = 0;

		if (stream)
			easy.setOpt(options::WriteStream(&got));
		else
			in_pieces(easy, n);
		try {
			easy.perform();
		} catch (curlpp::LibcurlRuntimeError &e) {
			error = e.whatCode();
		}
		if (!got.str().empty())
			chunk(n, got.str());
		tell(easy, n, error);
	}
}

static void wait_for(curlpp::Multi &multi)
{
	fd_set in, out, odd;
	int highest = -1;
	timeval moment = { 0, 100000 };

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	multi.fdset(&in, &out, &odd, &highest);
	select(highest + 1, &in, &out, &odd, &moment);
}

static void at_once(int count, const char *url, const std::string &body)
{
	std::vector<std::unique_ptr<curlpp::Easy>> all;
	curlpp::Multi multi;
	int running = count;

	for (int n = 0; n < count; n++) {
		all.push_back(handle(url, body));
		in_pieces(*all[n], n);
		multi.add(all[n].get());
	}
	for (;;) {
		while (!multi.perform(&running))
			;
		if (!running)
			break;
		wait_for(multi);
	}
	for (auto &[easy, info] : multi.info())
		for (int n = 0; n < count; n++)
			if (all[n].get() == easy)
				tell(*all[n], n, info.code);
}

int main(int argc, char **argv)
{
	curlpp::Cleanup cleanup;
	const std::string style = argc > 1 ? argv[1] : "version";

	if (style == "version")
		std::cout << "version 0 " << curlpp::libcurlVersion() << std::endl;
	else if (argc != 5)
		return 2;
	else if (style == "multi")
		at_once(std::stoi(argv[2]), argv[3], argv[4]);
	else
		one_by_one(*handle(argv[3], argv[4]), std::stoi(argv[2]), style == "stream");
	return 0;
}
