# trace.rb - says what a program got, in the words of ../matrix.py
HEADERS = {"Content-Type" => "application/json", "Authorization" => "Bearer sk-mine"}.freeze
$stdout.sync = true
$stdout.binmode

def chunk(n, bytes)
  print "chunk #{n} #{bytes.bytesize}\n#{bytes}\n"
end

def line(n, text)
  puts "line #{n} #{text.rstrip}"
end

def facts(n, facts)
  facts.each { |name, value| puts "#{name} #{n} #{value}" }
end

STYLE, COUNT, URL, BODY = ARGV
INDICES = (0...COUNT.to_i).freeze
