# curb.rb STYLE COUNT URL BODY - asks COUNT times by Curb
#
#   perform  Curl::Easy#http_post, one handle for all
#   on_body  the same, in pieces
#   multi    all at once, in pieces, by Curl::Multi
require "curb"
require_relative "trace"

def handle
  Curl::Easy.new(URL) { |easy| easy.headers = HEADERS.dup }
end

def tell(n, easy, error)
  chunk(n, easy.body_str) unless easy.body_str.to_s.empty?
  facts(n, error: error, status: easy.response_code, type: easy.content_type,
           size: easy.downloaded_bytes.to_i, url: easy.last_effective_url,
           lines: easy.header_str.to_s.count("\n"))
end

def in_pieces(easy, n)
  easy.on_header do |text|
    line(n, text)
    text.bytesize
  end
  easy.on_body do |piece|
    chunk(n, piece)
    piece.bytesize
  end
end

def ask(easy, n)
  in_pieces(easy, n) if STYLE == "on_body"
  easy.http_post(BODY)
  tell(n, easy, 0)
rescue Curl::Err::CurlError => e
  tell(n, easy, e.class)
end

case STYLE
when "version"
  facts(0, version: Curl::CURL_LONG_VERSION)
when "multi"
  multi = Curl::Multi.new
  INDICES.each do |n|
    easy = handle
    easy.post_body = BODY
    in_pieces(easy, n)
    easy.on_success { |it| tell(n, it, 0) }
    easy.on_failure { |it, code| tell(n, it, it.response_code.zero? ? code.first : 0) }
    multi.add(easy)
  end
  multi.perform
else
  easy = handle
  INDICES.each { |n| ask(easy, n) }
end
