#!/bin/sh
# setup.sh - installs what is missing on a Debian-like machine; make calls it
#
#   ./setup.sh build            what `make` needs
#   ./setup.sh build demo       and `make demo`
#   ./setup.sh build check ...  and the tests
#   ./setup.sh --missing check  only says what is missing
#
# It looks for the thing itself, not for the package: what is there in another way is left alone.
# It says what it installs and why, uses apt-get as root or through sudo, and where that can't be
# done it lists what is needed and stops.
set -u

has_header() { echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1; }
has_python() { /usr/bin/python3 -c "import $1" >/dev/null 2>&1; }
has_php() { php -r "exit(extension_loaded('$1') ? 0 : 1);" >/dev/null 2>&1; }
has_php_file() { php -r "exit(stream_resolve_include_path('$1') ? 0 : 1);" >/dev/null 2>&1; }
has_r() { Rscript -e "library($1)" >/dev/null 2>&1; }
has_perl() { perl "-M$1" -e 1 >/dev/null 2>&1; }
has_lua() { lua5.1 -e "require '$1'" >/dev/null 2>&1; }
has_tcl() { echo "puts [package require $1]" | tclsh 2>/dev/null | grep -q .; }
has_ocaml() { ocamlfind query "$1" >/dev/null 2>&1; }
has_cxx_header() { echo "#include <$1>" | g++ -x c++ -E - >/dev/null 2>&1; }
has_file() { [ -e "$1" ]; }
has_ruby() { ruby -e "require '$1'" >/dev/null 2>&1; }
has_command() { command -v "$1" >/dev/null 2>&1; }
has_fuzzer() { echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return 0; }' | clang -fsanitize=fuzzer -x c - -o "${TMPDIR:-/tmp}/understudy-fuzzer.$$" 2>/dev/null && rm "${TMPDIR:-/tmp}/understudy-fuzzer.$$"; }
has_library() { /sbin/ldconfig -p | grep -q "^[[:space:]]*$1"; }

# A library is looked for by the beginning of its name. A package with a question mark is for tests that are skipped without it: not every system has it.
#
# group  kind     what           package               why
needs() {
	cat <<'EOF'
build   command   gcc            gcc                   compiles it
build   header    stdio.h        libc6-dev             the C library's headers
build   header    curl/curl.h    libcurl4-openssl-dev  libcurl's headers: its functions are interposed
build   header    cjson/cJSON.h  libcjson-dev          reads the configuration file
build   header    hiredis/hiredis.h libhiredis-dev     keeps checkpoints in Redis
demo    command   curl           curl                  the unmodified program of the demo
check   header    cmocka.h       libcmocka-dev         unit tests
check   command   curl           curl                  a client of the tests
check   command   python3        python3               runs the scenarios
check   python    pycurl         python3-pycurl        a client of the tests
check   php       curl           php-cli,php-curl      a client of the tests
check   ruby      typhoeus       ruby-typhoeus         a client of the tests
check   python    h2             python3-h2            a provider of the tests
check   command   openssl        openssl               makes its certificate
check   command   readelf        binutils              looks at what the preload exports
check   header    event2/event.h libevent-dev          a client of the tests
check   command   valgrind       valgrind              memory checks of real clients
check   command   pkg-config     pkg-config            finds the library in a test
check   command   g++            g++                   compiles an example
check   php       FFI            php-cli               an example
check   php       posix          php-cli               an example
check   command   redis-server   redis-server          the Redis that the tests start
check   library   libcurl-gnutls libcurl3-gnutls       a flavour of libcurl
check   library   libcurl-nss    ?libcurl3-nss         a flavour of libcurl
check   library   libjemalloc    ?libjemalloc2         preloaded beside ours
check   library   libtcmalloc    ?libtcmalloc-minimal4 preloaded beside ours
check   library   libeatmydata   ?libeatmydata1        preloaded beside ours
check   command   faketime       ?faketime             preloaded beside ours
check   command   proxychains4   ?proxychains4         preloaded beside ours
check   library   libsocket_wrap ?libsocket-wrapper    preloaded beside ours
check   python    jsonschema     ?python3-jsonschema  holds what we write to OpenAI's own schema
check   command   musl-gcc       ?musl-tools           programs of another C library
check   command   busybox        ?busybox-static       a program without any library
clients ruby      ethon          ruby-ethon            a client of libcurl
clients ruby      curb           ruby-curb             a client of libcurl
clients php_file  GuzzleHttp/autoload.php php-guzzlehttp-guzzle a client of libcurl
clients php_file  Symfony/Component/HttpClient/autoload.php php-symfony-http-client a client of libcurl
clients python    tornado.curl_httpclient python3-tornado a client of libcurl
clients r         curl           r-cran-curl           a client of libcurl
clients r         httr2          r-cran-httr2          a client of libcurl
clients perl      WWW::Curl::Multi libwww-curl-perl    a client of libcurl
clients lua       curl           lua5.1,lua-curl       a client of libcurl
clients tcl       TclCurl        tcl,tclcurl           a client of libcurl
clients ocaml     curl.lwt       ocaml-findlib,libcurl-ocaml-dev a client of libcurl
clients cxx_header curlpp/cURLpp.hpp g++,libcurlpp-dev a client of libcurl
clients library   libcurl.so.4   libcurl4              what Python's ctypes loads
clients command   node           ?nodejs               runs node-libcurl
clients command   npm            ?npm                  builds node-libcurl
clients file      /usr/include/node/node.h ?libnode-dev builds node-libcurl
clients command   g++            g++                   builds node-libcurl
clients command   git            git                   uses libcurl, and talks to no model
clients command   rapper         raptor2-utils         uses libcurl, and talks to no model
clients command   debuginfod-find debuginfod           uses libcurl, and talks to no model
clients command   cmake          cmake                 uses libcurl, and talks to no model
clients file      /usr/lib/apt/apt-helper ?apt         speaks HTTP without libcurl
aarch64 command   aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu,libc6-dev-arm64-cross  compiles for aarch64
aarch64 command   qemu-aarch64   qemu-user             runs what is for aarch64
fuzz    command   clang          clang                 compiles the fuzzer
fuzz    fuzzer    -              libclang-rt-dev       what the fuzzer is linked with
sdk     command   node           nodejs                runs the official SDKs
sdk     command   npm            npm                   installs them
lint    command   clang          clang                 the second compiler
lint    command   clang-format   clang-format          the layout of the code
EOF
}

is_wanted() {
	for group in $groups; do
		[ "$group" = "$1" ] && return 0
	done
	return 1
}

missing() {
	needs | while read -r group kind what package why; do
		is_wanted "$group" || continue
		"has_$kind" "$what" || echo "$package $why"
	done | sort -u
}

# What is not required is left out when apt does not know it.
known() {
	for package in $(echo "$1" | cut -d' ' -f1 | tr ',' '\n' | sort -u); do
		case $package in
		\?*) apt-cache show "${package#?}" 2>/dev/null | grep -q '^Package:' && echo "${package#?}" ;;
		*) echo "$package" ;;
		esac
	done | tr '\n' ' '
}

install() {
	apt=$1
	$apt update -qq
	packages=$(known "$2")
	# shellcheck disable=SC2086 # both are lists of words
	[ -z "$packages" ] || DEBIAN_FRONTEND=noninteractive $apt install -y -qq --no-install-recommends $packages
}

required() { grep -v '^?'; }

only_say=
[ "${1:-}" = --missing ] && only_say=1 && shift
groups=${*:-build}
list=$(missing)
[ -z "$only_say" ] || {
	echo "$list"
	exit 0
}
[ -n "$list" ] || exit 0
packages=$(echo "$list" | required | cut -d' ' -f1 | tr ',\n' '  ')

echo "understudy needs ($groups):"
echo "$list" | while read -r package why; do
	printf '  %-26s %s\n' "${package#\?}" "$why$([ "$package" = "${package#\?}" ] || echo ", if it can be had")"
done

if ! has_command apt-get; then
	[ -n "$packages" ] || exit 0
	echo "There is no apt-get here. Please install these, or what they are called on this system." >&2
	exit 1
fi
if [ "$(id -u)" = 0 ]; then
	apt="apt-get"
elif has_command sudo; then
	apt="sudo apt-get"
else
	[ -n "$packages" ] || exit 0
	echo "To install them, root is needed: apt-get install $packages" >&2
	exit 1
fi
echo "Installing them."
install "$apt" "$list" >"${TMPDIR:-/tmp}/understudy-setup.log" 2>&1 || {
	tail -n 20 "${TMPDIR:-/tmp}/understudy-setup.log" >&2
	echo "apt-get failed; please install: $packages" >&2
	exit 1
}
still=$(missing | required)
[ -z "$still" ] || {
	echo "still missing after the installation: $still" >&2
	exit 1
}
