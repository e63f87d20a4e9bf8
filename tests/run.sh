#!/bin/sh
# run.sh BUILD TEST... - runs tests that speak TAP and says in one line what came of them
#
# A test is a program or a script; scripts get the build directory as their argument. What a test
# prints is kept in BUILD/tests/log and shown only when it fails. Skipped tests are named, with the
# reason.
set -u
build=$1
shift
log=$build/tests/log
rm -rf "$log"
mkdir -p "$log"
export CMOCKA_MESSAGE_OUTPUT=TAP LC_ALL=C.UTF-8
unset LD_PRELOAD OPENAI_API_KEY ANTHROPIC_API_KEY OPENAI_BASE_URL ANTHROPIC_BASE_URL http_proxy https_proxy \
	HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
for name in $(env | sed -n 's/^\(UNDERSTUDY_[A-Z_]*\)=.*/\1/p'); do
	unset "$name"
done
failed=""
limit=600
[ -z "${FULL-}" ] || limit=1800

for test in "$@"; do
	out=$log/$(echo "${test#"$build"/}" | tr '/' '-').tap
	case $test in
	"$build"/*) timeout "$limit" "$test" ;;
	*) timeout "$limit" "$test" "$build" ;;
	esac >"$out" 2>&1 </dev/null
	code=$?
	if [ $code -ne 0 ] || grep -q '^not ok' "$out" || ! grep -q '^ok' "$out"; then
		failed="$failed $test"
		echo "FAILED $test (exit $code):"
		grep -v '^ok' "$out" | head -n 60 | sed 's/^/    /'
	fi
done

skips=$(grep -h '^ok.*# SKIP' "$log"/*.tap | sed 's/^ok[ 0-9-]*/  skipped: /; s/# SKIP/-/')
[ -z "$skips" ] || echo "$skips"
echo "check: $(grep -h '^ok' "$log"/*.tap | grep -vc '# SKIP') passed," \
	"$(grep -h '^not ok' "$log"/*.tap | wc -l) failed," \
	"$(echo "$skips" | grep -c skipped) skipped, in $# test programs${failed:+; FAILED:$failed}"
[ -z "$failed" ]
