# typhoeus.rb STYLE COUNT URL BODY - asks COUNT times by Typhoeus
#
#   run            Typhoeus::Request#run
#   on_body        the same, in pieces
#   hydra          all at once
#   hydra_on_body  all at once, in pieces
require "typhoeus"
require_relative "trace"

def question(n)
  request = Typhoeus::Request.new(URL, method: :post, headers: HEADERS, body: BODY)
  request.on_body { |piece, _| chunk(n, piece) } if STYLE.end_with?("on_body")
  request.on_complete { |response| tell(n, response) }
  request
end

def tell(n, response)
  chunk(n, response.body) unless response.body.to_s.empty?
  facts(n, error: response.return_code, status: response.response_code,
           type: response.headers && response.headers["Content-Type"],
           url: response.effective_url, lines: response.response_headers.to_s.count("\n"))
end

if STYLE == "version"
  facts(0, version: Ethon::Curl.version)
elsif STYLE.start_with?("hydra")
  hydra = Typhoeus::Hydra.new(max_concurrency: COUNT.to_i)
  INDICES.each { |n| hydra.queue(question(n)) }
  hydra.run
else
  INDICES.each { |n| question(n).run }
end
