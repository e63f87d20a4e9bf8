# ethon.rb STYLE COUNT URL BODY - asks COUNT times by Ethon: libcurl by FFI
#
#   perform  Ethon::Easy#perform, one handle for all
#   on_body  the same, in pieces
#   multi    all at once, in pieces, by Ethon::Multi
require "ethon"
require_relative "trace"

def handle
  easy = Ethon::Easy.new
  easy.http_request(URL, :post, headers: HEADERS, body: BODY)
  easy
end

def tell(n, easy)
  chunk(n, easy.response_body) unless easy.response_body.empty?
  facts(n, error: easy.return_code, status: easy.response_code, url: easy.effective_url,
           lines: easy.response_headers.count("\n"))
end

case STYLE
when "version"
  facts(0, version: Ethon::Curl.version)
when "multi"
  multi = Ethon::Multi.new
  INDICES.each do |n|
    easy = handle
    easy.on_body { |piece, _| chunk(n, piece) }
    easy.on_complete { tell(n, easy) }
    multi.add(easy)
  end
  multi.perform
else
  easy = handle
  current = 0
  easy.on_body { |piece, _| chunk(current, piece) } if STYLE == "on_body"
  INDICES.each do |n|
    current = n
    easy.response_body.clear
    easy.response_headers.clear
    easy.perform
    tell(n, easy)
  end
end
