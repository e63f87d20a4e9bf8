# client.rb WAY URL HEADERS BODY - asks by Ruby's libcurl bindings and prints what came, as JSON
#
#   typhoeus    Typhoeus.post
#   on_body     Typhoeus::Request with on_body
#   ethon       Ethon::Easy, the layer below
#   ethon_body  Ethon::Easy with on_body
require "json"
require "typhoeus"

way, url, headers_file, body_file = ARGV
headers = File.readlines(headers_file, chomp: true).map { |line| line.split(": ", 2) }.to_h
body = File.read(body_file)
times = []
text = +""
take = lambda do |piece, _|
  times << Process.clock_gettime(Process::CLOCK_MONOTONIC)
  text << piece
end

if way.start_with?("ethon")
  it = Ethon::Easy.new
  it.http_request(url, :post, headers: headers, body: body)
  it.on_body(&take) if way == "ethon_body"
  it.perform
else
  request = Typhoeus::Request.new(url, method: :post, headers: headers, body: body)
  request.on_body(&take) if way == "on_body"
  it = request.run
end
text = it.response_body if text.empty?
puts JSON.generate(
  error: it.return_code.to_s,
  status: it.response_code,
  size: text.bytesize,
  url: it.effective_url,
  lines: (it.response_headers || "").count("\n"),
  spread_ms: times.empty? ? 0 : ((times.last - times.first) * 1000).to_i,
  body: text.dup.force_encoding("UTF-8")
)
