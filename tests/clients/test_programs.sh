#!/bin/sh
# test_programs.sh BUILD - clients of libcurl in many languages, unmodified, through an outage
#
# Each row is a program of programs/ in one of its styles. Its provider answers 503 to everything;
# each of its transfers must get the stand-in's answer, and it must end well. What is not installed
# is skipped: `make check-clients` installs it all.
set -u
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")/programs" && pwd)
dir=$(mktemp -d)
trap 'kill $pids 2>/dev/null; rm -rf "$dir"' EXIT INT TERM
pids=""
count=0
failed=0

mock() { # NAME OPTION...
	name=$1
	shift
	"$build/understudy" mock --name "$name" "$@" >"$dir/$name.url" 2>/dev/null &
	pids="$pids $!"
	while [ ! -s "$dir/$name.url" ]; do sleep 0.05; done
}

mock primary --fault 503
mock standin
url=$(cat "$dir/primary.url")/v1/chat/completions
body='{"model":"gpt-4.1","messages":[{"role":"user","content":"Say hello."}]}'
case $build in
*/san-*) skip_all="a sanitizer's runtime is for programs that were built with it" ;;
*) skip_all="" ;;
esac

# Those that are compiled; without their compiler they are skipped like the others.
cp "$here/ocurl.ml" "$dir" && (cd "$dir" && ocamlfind ocamlopt -thread -package curl.lwt,lwt.unix -linkpkg \
	-o ocurl ocurl.ml) >/dev/null 2>&1
g++ -std=c++17 -o "$dir/curlpp" "$here/curlpp.cpp" -lcurlpp -lcurl >/dev/null 2>&1

result() { # VERDICT NAME
	count=$((count + 1))
	echo "$1 $count - $2"
}

run() { # STYLE COUNT COMMAND... : the transfers that got the stand-in's answer
	style=$1
	times=$2
	shift 2
	rm -rf "$dir/state"
	env ANTHROPIC_API_KEY=sk-ant-x UNDERSTUDY_STATE="$dir/state" UNDERSTUDY_BACKOFF=5ms..10ms \
		UNDERSTUDY_FALLBACKS="anthropic:claude-haiku-4-5@$(cat "$dir/standin.url")" \
		LD_PRELOAD="$build/libunderstudy-preload.so" \
		timeout 60 "$@" "$style" "$times" "$url" "$body" >"$dir/out" 2>&1
}

while read -r name style times command; do
	command=$(echo "$command" | sed "s|@|$here/|; s|%|$dir/|")
	# shellcheck disable=SC2086 # a command and its words
	if [ -n "$skip_all" ]; then
		result ok "$name: $style # SKIP $skip_all"
	elif ! timeout 30 $command version >/dev/null 2>&1; then
		result ok "$name: $style # SKIP not installed; make check-clients installs it"
	elif run "$style" "$times" $command && [ "$(grep -c 'Hello from standin' "$dir/out")" -eq "$times" ]; then
		result ok "$name: $style"
	else
		failed=1
		result "not ok" "$name: $style"
		head -n 20 "$dir/out" | sed 's/^/#   /'
	fi
done <<'ROWS'
PHP        multi     3  php @ext_curl.php
Guzzle     sync      2  php @guzzle.php
Guzzle     pool      20 php @guzzle.php
Symfony    multi     3  php @symfony.php
pycurl     select    3  /usr/bin/python3 @py_curl.py
pycurl     socket    3  /usr/bin/python3 @py_curl.py
tornado    gather    3  /usr/bin/python3 @py_tornado.py
ctypes     multi     3  /usr/bin/python3 @py_ctypes.py
R-curl     memory    2  Rscript @curl.R
R-curl     multi     3  Rscript @curl.R
R-httr2    perform   2  Rscript @httr2.R
R-httr2    parallel  3  Rscript @httr2.R
typhoeus   hydra     3  ruby -W0 @typhoeus.rb
ethon      multi     3  ruby -W0 @ethon.rb
curb       multi     3  ruby -W0 @curb.rb
WWW::Curl  data      2  perl @www_curl.pl
WWW::Curl  multi     3  perl @www_curl.pl
Lua-cURL   perform   2  lua5.1 @lua_curl.lua
TclCurl    bodyvar   2  tclsh @tclcurl.tcl
TclCurl    multi     3  tclsh @tclcurl.tcl
OCaml      multi     3  %ocurl
OCaml      lwt       3  %ocurl
curlpp     multi     3  %curlpp
ROWS
echo "1..$count"
exit $failed
