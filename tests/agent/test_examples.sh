#!/bin/sh
# test_examples.sh BUILD - the agents of examples/, each killed in the middle
#
# Each has four steps, two of them model calls before the last and one a tool that fails at first.
# It is killed by SIGKILL after each of them in turn, started again by `understudy run`, and must
# finish with every step done exactly once.
set -u

build=$(cd "${1:-build}" && pwd)
here=$(cd "$(dirname "$0")/../../examples" && pwd)
dir=$(mktemp -d)
tests=0
failed=0
trap 'kill "$mock" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

for name in $(env | sed -n 's/^\(UNDERSTUDY_[A-Z_]*\)=.*/\1/p') LD_PRELOAD; do
	unset "$name"
done
export UNDERSTUDY_STATE="$dir/state" UNDERSTUDY_STORE="$dir/store" UNDERSTUDY_RESTART_BACKOFF=1ms..2ms
export UNDERSTUDY_BACKOFF=1ms..2ms LIBUNDERSTUDY="$build/libunderstudy.so" OPENAI_API_KEY=sk-x HOME="$dir"
export PATH="$build:$PATH"

# The first request of all fails: that the model calls are protected is seen by the way.
mkfifo "$dir/said"
"$build/understudy" mock --fault 503,ok --log "$dir/log" >"$dir/said" &
mock=$!
read -r OPENAI_BASE_URL <"$dir/said"
export OPENAI_BASE_URL="$OPENAI_BASE_URL/v1"

fail() {
	bad="$bad $1;"
	sed 's/^/#     /' "$dir/err"
}

# play NAME COMMAND...
play() {
	name=$1
	shift
	bad=
	for step in none plan search choose write; do
		rm -f "$dir/journal"
		JOURNAL="$dir/journal" DIE_AFTER=$step "$build/understudy" run --task "$name" --restart on-failure:1 \
			-- "$@" >"$dir/out" 2>"$dir/err" </dev/null || fail "exit status $? (killed after $step)"
		[ "$(tr '\n' ' ' <"$dir/journal")" = 'plan search choose write ' ] ||
			fail "killed after $step it did $(tr '\n' ' ' <"$dir/journal")"
		grep -q '^found: three trains$' "$dir/out" || fail "found nothing"
		grep -q '^wrote: .*Hello' "$dir/out" || fail "wrote $(cat "$dir/out")"
		[ "$step" = none ] || grep -q 'ended by signal 9' "$dir/err" || fail "not killed after $step"
		"$build/understudy" checkpoint load --task "$name" any && fail "not finished"
	done
	tests=$((tests + 1))
	if [ -z "$bad" ]; then
		echo "ok $tests - example in $name: each step once, killed after any of them"
	else
		echo "not ok $tests - example in $name:$bad"
		failed=$((failed + 1))
	fi
}

case $build in
*/san-*)
	echo "ok 1 - examples # SKIP a sanitizer's runtime would have to come first in each of them"
	echo "1..1"
	exit 0
	;;
esac
# The one of the README: it says there what it is.
tests=$((tests + 1))
sed -n '/^```c$/,/^```$/p' "$here/../README.md" | grep -v '^```' >"$dir/readme.c"
if [ "$("$build/understudy" run --task small -- "$build/examples/small_c")" = 42 ] &&
	[ "$(wc -l <"$here/small.c")" -le 30 ] && cmp -s "$dir/readme.c" "$here/small.c"; then
	echo "ok $tests - the agent of the README, of at most 30 lines"
else
	echo "not ok $tests - the agent of the README, of at most 30 lines"
	failed=$((failed + 1))
fi
# A program that nobody serves, unmodified, and its human.
tests=$((tests + 1))
UNDERSTUDY_ESCALATE_CALLS=1 UNDERSTUDY_ROUTES=127.0.0.1:1=openai UNDERSTUDY_STORE="$dir/store-2" "$build/understudy" \
	run -- curl -s http://127.0.0.1:1/v1/chat/completions -d '{"model":"gpt-4o","messages":[]}'
code=$?
asked=$(UNDERSTUDY_STORE="$dir/store-2" "$build/understudy" inbox)
again=$(UNDERSTUDY_STORE="$dir/store-2" "$build/understudy" inbox | grep -c 'no LLM provider')
case "$code $again $asked" in
"7 1 "*" curl "*"no LLM provider serves its calls"*) echo "ok $tests - a call that nobody serves asks a human" ;;
*)
	echo "not ok $tests - a call that nobody serves asks a human: $code $again $asked"
	failed=$((failed + 1))
	;;
esac
play C "$build/examples/agent_c"
play C++ "$build/examples/agent_cpp"
play Python /usr/bin/python3 "$here/agent.py"
play PHP php "$here/agent.php"
play shell "$here/agent.sh"
echo "1..$tests"
[ $failed = 0 ]
