#!/bin/sh
# test_cli.sh BUILD - the command: run, status, doctor, explain, and what they say
#
# shellcheck disable=SC2013,SC2016 # lines of one word; dollars for the shell that is run
# shellcheck source=../checks.sh
. "$(dirname "$0")/../checks.sh"

of_build "${1:-build}"
here=$(cd "$(dirname "$0")" && pwd)
source=$here/../../src
page=$source/cli/understudy.1
man=$(sed 's/\\//g' "$page")

# us ARGUMENT...: the command; $out, $err, $code
us() {
	"$understudy" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	code=$?
	out=$(cat "$dir/out")
	err=$(cat "$dir/err")
}

# expect STATUS ARGUMENT...: the command must end so
expect() {
	expected=$1
	shift
	us "$@"
	equal "exit status of understudy $*" "$expected" "$code"
}

# quiet ARGUMENT...: all is well, and nothing is said about it
quiet() {
	expect 0 "$@"
	equal "what understudy $* says on stderr" "" "$err"
}

# in_shell SCRIPT: what a shell under `understudy run` prints, in $out
in_shell() { quiet run -- sh -c "$1"; }

# compile FILE FLAG...: a program that ends with 7
compile() {
	file=$1
	shift
	echo 'int main(void) { return 7; }' | ${CC:-cc} -x c - "$@" -o "$file" 2>/dev/null
}

# script FILE LINE...: an executable file of these lines
script() {
	file=$1
	shift
	printf '%s\n' "$@" >"$file"
	chmod +x "$file"
}

# patch FILE OFFSET BYTE: in octal
# shellcheck disable=SC2059
patch() { printf "\\$3" | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null; }

# on_terminal ARGUMENT...: what the command prints on a terminal
on_terminal() {
	out=$(TERM=xterm python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$understudy" "$@")
}

# call MODEL: one call of a provider that refuses; it leaves its trace in the page
call() {
	if [ -n "$sanitizers" ]; then
		"$dir/call" "$UNDERSTUDY_STATE" "$1"
		return
	fi
	UNDERSTUDY_ATTEMPTS=1 LD_PRELOAD="$preload" curl -s -m 5 http://127.0.0.1:1/v1/chat/completions \
		-d '{"model":"'"$1"'","messages":[{"role":"user","content":"x"}]}'
	equal "curl's own result" 7 $?
}

# make_call: a program that leaves the same trace, without the preload
make_call() {
	cat >"$dir/call.c" <<-'END'
		#include "base/clock.h"
		#include "state/page.h"
		int main(int argc, char **argv)
		{
			struct us_health_policy policy = { 5, 60000, 1000 };
			struct us_page page;
			struct us_slot *slot;

			if (us_page_open(&page, argv[1], NULL))
				return 1;
			slot = us_page_slot(&page, US_SPAN("openai"), US_SPAN("http://127.0.0.1:1"),
			                    us_span_of(argv[2]));
			us_slot_count(slot, US_COUNT_attempts);
			us_slot_count(slot, US_COUNT_failed);
			us_health_why(&slot->health, US_CAUSE_CONNECT, 0);
			us_health_left(&slot->health, &policy, US_ADMIT_YES, us_clock_ms());
			us_page_close(&page);
			return 0;
		}
	END
	${CC:-cc} -std=c11 -D_GNU_SOURCE "-I$source" "-fsanitize=$sanitizers" "$dir/call.c" \
		"$build/core.a" -pthread -o "$dir/call"
}

# json EXPRESSION: of d, which is $out
json() { printf '%s' "$out" | python3 -c "import json, sys; d = json.load(sys.stdin); print($1)"; }

# --- the groups ------------------------------------------------------------------------------------

test_words() {
	for word in run status top events metrics doctor explain mock checkpoint escalate inbox answer; do
		quiet "$word" --help
		has "help of $word" "usage: understudy $word" "$out"
		help=$out
		quiet help "$word"
		equal "help $word" "$help" "$out"
		quiet "$word" --version
		has "version of $word" 'understudy ' "$out"
	done
	quiet --help
	for word in run status top events metrics doctor explain mock; do
		has "the commands" "  $word" "$out"
	done
	quiet --version
	equal "one line" 1 "$(printf '%s\n' "$out" | wc -l)"
	expect 2
	has "no command" 'which command?' "$err"
	expect 2 stats
	has "the nearest" "the nearest is 'status'" "$err"
	equal "a mistake is no output" "" "$out"
	expect 2 xyz
	lacks "nothing is near" nearest "$err"
	expect 2 help xyz
	expect 2 "$(printf 'a\033[2Jb')"
	has "what moves the cursor is not repeated" "'a?[2Jb'" "$err"
	expect 125 run --nonsense true
	has "unknown option" "understudy run: unrecognized option '--nonsense'" "$err"
	expect 125 run --fallback
	has "no value" 'requires an argument' "$err"
	expect 125 run
	has "no program" 'which program?' "$err"
	expect 2 status --nonsense
	expect 2 status extra
	expect 2 status --watch=0
	expect 2 events --last=x
	expect 2 top --every=0
	expect 2 metrics extra
	expect 2 doctor --nonsense
	expect 2 doctor curl php
	for word in --help --version 'run --help' status events metrics top doctor; do
		# shellcheck disable=SC2086
		"$understudy" $word >/dev/full 2>/dev/null
		lacks "a full disk is told: $word" ' 0 ' " $? "
	done
}

test_run() {
	in_shell 'echo "$LD_PRELOAD"'
	equal "from the build tree" "$preload" "$out"
	expect 7 run -- sh -c 'exit 7'
	equal "and says nothing" "" "$err"
	quiet run printf '<%s>' 'a b' --help '' -- -x
	equal "arguments are the program's" '<a b><--help><><--><-x>' "$out"
	expect 127 run -- nonexistent-program
	has "not there" 'nonexistent-program: No such file' "$err"
	expect 127 run -- /nonexistent/program
	expect 126 run -- /etc/passwd
	has "not executable" 'Permission denied' "$err"
	expect 126 run -- "$dir"
	out=$(LD_PRELOAD='/nonexistent/a.so b.so' "$understudy" run -- sh -c 'echo "$LD_PRELOAD"' 2>/dev/null)
	equal "what was preloaded stays, behind ours" "$preload:/nonexistent/a.so b.so" "$out"
	in_shell "'$understudy' run -- sh -c 'echo \"\$LD_PRELOAD\"'"
	equal "a run within a run" "$preload" "$out"
	in_shell 'echo "$UNDERSTUDY_NAME"'
	equal "calls are counted under the program's name" sh "$out"
	in_shell "'$understudy' run -- env | grep UNDERSTUDY_NAME"
	equal "and so are those of what it runs" UNDERSTUDY_NAME=sh "$out"
	quiet run --name 'my agent' -- sh -c 'echo "$UNDERSTUDY_NAME"'
	equal "unless another is given" 'my agent' "$out"
	in_shell 'ls /proc/self/fd'
	equal "no descriptor is left open" "$(ls /proc/self/fd 2>/dev/null)" "$out"
}

test_options() {
	print='printf %s\\n'
	settings=0
	for name in $(sed -n 's/^X([a-z_]*, .*"\([A-Z_]*\)",$/\1/p' "$source/conf/options.def"); do
		option=$(echo "$name" | tr 'A-Z_' 'a-z-')
		case $name in
		OFF | ESCALATE_CALLS) value=1 ;;
		FALLBACKS) value=local:m@http://127.0.0.1:1/v1*2 ;;
		KEYS) value=openai=KEY_1+KEY_2 ;;
		CHOICE) value=latency ;;
		ROUTES) value=gw:8080=openai ;;
		TOOLS) value=gw:8080/x* ;;
		ATTEMPTS | BUDGET) value=2 ;;
		BACKOFF) value=1s..2s ;;
		BREAKER) value=5/60s ;;
		FIDELITY) value=strict ;;
		HEDGE) value=p95 ;;
		MIDSTREAM) value=off ;;
		MODEL_ECHO) value=asked ;;
		STICKY | HOLD_CALLS) value=0 ;;
		MODELS) value=$dir/models ;;
		HISTORY | *_MAX) value=2M ;;
		STATE | STORE | *_SENDMAIL | *_COMMAND) value=$dir/elsewhere ;;
		DURABLE) value=full ;;
		RESTART_BACKOFF) value=1s..2s ;;
		*_RATE) value=5/60s ;;
		*_FAILS) value=2 ;;
		LOG) value=info:$dir/log ;;
		CONFIG) value=$dir/config ;;
		EVENTS) value=$dir/events ;;
		NAME) value=agent ;;
		*) value=7s ;;
		esac
		echo '{}' >"$dir/config"
		"$understudy" models >"$dir/models"
		quiet run "--$option=$value" -- sh -c "$print \"\$UNDERSTUDY_$name\""
		equal "--$option" "$value" "$out"
		quiet run --help
		has "help has --$option" "--$option" "$out"
		settings=$((settings + 1))
	done
	equal "and these were all settings" "$settings" "$(grep -c '^X(' "$source/conf/options.def")"
	quiet run --fallback local:a --fallbacks ollama:b -- sh -c "$print \"\$UNDERSTUDY_FALLBACKS\""
	equal "a list in parts" local:a,ollama:b "$out"
	out=$(UNDERSTUDY_FALLBACKS=local:z "$understudy" run --fallback local:a sh -c "$print \"\$UNDERSTUDY_FALLBACKS\"")
	equal "an option takes the variable's place" local:a "$out"
	quiet run --off sh -c "$print \"\$UNDERSTUDY_OFF\""
	equal "a flag needs no value" 1 "$out"
	cd "$dir" || return
	quiet run --state page --config config -- sh -c "$print \"\$UNDERSTUDY_STATE \$UNDERSTUDY_CONFIG\""
	equal "relative paths" "$dir/page $dir/config" "$out"
	cd / || return
	expect 0 run --attempts 99 -- echo runs
	equal "a wrong value is no reason not to run" runs "$out"
	has "but is told" 'understudy run: UNDERSTUDY_ATTEMPTS is "99", which is not a whole number from 1 to 20' "$err"
	equal "once" 1 "$(wc -l <"$dir/err")"
}

test_preload() {
	for place in . lib/understudy "lib/$(uname -m)-linux-gnu/understudy"; do
		tree=$dir/installed/$place
		mkdir -p "$dir/installed/bin" "$tree"
		[ "$place" != . ] || tree=$dir/installed/bin
		cp "$understudy" "$dir/installed/bin/understudy"
		cp "$preload" "$tree/libunderstudy-preload.so"
		out=$("$dir/installed/bin/understudy" run -- sh -c 'echo "$LD_PRELOAD"' 2>&1)
		equal "found in $place" "$tree/libunderstudy-preload.so" "$out"
		rm -rf "$dir/installed"
	done
	cp "$preload" "$dir/other.so"
	out=$(UNDERSTUDY_PRELOAD=$dir/other.so "$understudy" run -- sh -c 'echo "$LD_PRELOAD"' 2>&1)
	equal "named by a variable" "$dir/other.so" "$out"
	cp "$understudy" "$dir/lonely"
	out=$("$dir/lonely" run -- echo runs 2>"$dir/err")
	equal "without it the program runs" runs "$out"
	has "and it is told" "the preload is not there ($dir/libunderstudy-preload.so, " "$(cat "$dir/err")"
	out=$("$dir/lonely" doctor)
	equal "the doctor's exit status" 1 $?
	has "the doctor" 'fail  preload     not there' "$out"
	mkdir "$dir/a b"
	cp "$preload" "$dir/a b/x.so"
	out=$(UNDERSTUDY_PRELOAD="$dir/a b/x.so" "$understudy" run -- sh -c 'echo "<$LD_PRELOAD>"' 2>"$dir/err")
	equal "a name that LD_PRELOAD cannot hold" '<>' "$out"
	has "is told" 'ends a name at a blank' "$(cat "$dir/err")"
	echo nonsense >"$dir/broken.so"
	out=$(UNDERSTUDY_PRELOAD=$dir/broken.so "$understudy" doctor)
	equal "the doctor tries it" 1 $?
	has "and tells what ld.so says" 'fail  self-test   ld.so does not load it: ' "$out"
}

# uncovered WHY PROGRAM HELP: `run` says so, `doctor` too
uncovered() {
	us run -- "$2"
	has "run tells: $1" "$2 cannot be covered: it is $1" "$err"
	expect 1 doctor "$2"
	has "doctor tells: $1" "fail  verdict     not covered: it is $1" "$out"
	has "and what would help: $1" "      help        what would help: $3" "$out"
}

test_covers() {
	if ! compile "$dir/static" -static || ! compile "$dir/plain"; then
		skipped="no compiler, or no static libc"
		return
	fi
	quiet run -- /bin/true
	uncovered 'statically linked' "$dir/static" 'a build of it that is linked dynamically'
	expect 7 run -- "$dir/static"
	script "$dir/by-static" "#!$dir/static" 'x'
	us run -- "$dir/by-static"
	equal "a script for it" 7 "$code"
	has "is not covered either" "$dir/static cannot be covered: it is statically" "$err"
	script "$dir/deeper" "#!$dir/by-static"
	us run -- "$dir/deeper"
	has "nor a script for that" "$dir/static cannot be covered" "$err"

	compile "$dir/musl" -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1
	uncovered 'linked against musl' "$dir/musl" 'a build of it for the GNU C library'
	cp "$dir/plain" "$dir/narrow"
	patch "$dir/narrow" 4 001 # ELFCLASS32
	uncovered 'a 32-bit program' "$dir/narrow" 'a 64-bit build'
	cp "$dir/plain" "$dir/foreign"
	patch "$dir/foreign" 18 363 # EM_RISCV
	uncovered 'made for another kind of machine' "$dir/foreign" 'a build for this one'
	script "$dir/by-musl" "#!$dir/musl"
	out=$("$understudy" run -- "$dir/by-musl" 2>&1)
	has "by way of a script" "$dir/musl cannot be covered: it is linked against musl" "$out"

	for lines in 240 70 20; do # cut in the middle of its tables
		head -c "$lines" "$dir/plain" >"$dir/cut"
		chmod +x "$dir/cut"
		expect 0 doctor "$dir/cut"
		has "cut at $lines bytes" 'warn  verdict     unknown: it cannot be read' "$out"
	done
	: >"$dir/empty"
	chmod +x "$dir/empty"
	expect 0 run -- "$dir/empty"
}

# A file that belongs to somebody else and has the bit; in a directory where that counts.
test_setuid() {
	if [ "$(id -u)" != 0 ] || ! compile "$dir/setuid" || ! chown 65534 "$dir/setuid"; then
		skipped="needs root and a compiler"
		return
	fi
	chmod 4755 "$dir/setuid"
	chmod 755 "$dir"
	if [ "$(grep NoNewPrivs /proc/self/status | tr -dc 0-9)" != 0 ] ||
		findmnt -no OPTIONS -T "$dir" | grep -q nosuid; then
		quiet run -- /bin/true
		skipped="the kernel ignores setuid here"
		return
	fi
	uncovered 'set-user-ID or set-group-ID' "$dir/setuid" 'to run it as its owner'
	expect 7 run -- "$dir/setuid"
	chown 0 "$dir/setuid"
	chmod 4755 "$dir/setuid"
	us run -- "$dir/setuid"
	equal "its owner loses nothing" "" "$err"

	cp "$dir/plain" "$dir/capable"
	if setcap cap_net_raw+ep "$dir/capable" 2>/dev/null && command -v setpriv >/dev/null; then
		mkdir "$dir/public"
		cp "$understudy" "$preload" "$dir/public"
		err=$(setpriv --reuid=65534 "$dir/public/understudy" run -- "$dir/capable" 2>&1)
		has "file capabilities" 'cannot be covered: it has file capabilities' "$err"
		quiet run -- true
		us run -- "$dir/capable"
		equal "root loses nothing" "" "$err"
	fi
}

test_scripts() {
	script "$dir/plain-script" '#!/bin/sh' 'echo "$LD_PRELOAD"'
	quiet run -- "$dir/plain-script"
	equal "a script" "$preload" "$out"
	script "$dir/env-script" '#!/usr/bin/env -S A=b sh -e' 'echo "$LD_PRELOAD"'
	quiet run -- "$dir/env-script"
	equal "a script by way of env" "$preload" "$out"
	expect 0 doctor "$dir/env-script"
	has "the doctor follows it" 'is a script, run by /' "$out"
	has "to the shell" 'verdict     covered, as far as' "$out"
	script "$dir/bare" 'echo bare'
	quiet run -- "$dir/bare"
	equal "a script without a first line" bare "$out"
	script "$dir/loop" "#!$dir/loop"
	expect 126 run -- "$dir/loop"
	expect 0 doctor "$dir/loop"
	has "a script that runs itself" 'unknown' "$out"
	PATH="$dir:$PATH" us run -- plain-script
	equal "found in the path" "$preload" "$out"
}

test_status() {
	rm -rf "$dir/state" # with --redis-url, `run` itself has looked into it
	quiet status
	equal "before any call" 'no calls yet' "$out"
	quiet status --json
	equal "before any call, in JSON" 0 "$(json 'len(d["providers"])')"
	equal "it makes nothing" no "$([ -e "$dir/state" ] && echo yes || echo no)"

	call "$(printf 'mo\302\2332Jdel')" # the control character CSI
	call other
	quiet status
	has "the head" 'PROVIDER  MODEL' "$out"
	has "names are cleaned" 'mo?2Jdel' "$out"
	has "the reason" 'connection refused' "$out"
	has "the origin" 'http://127.0.0.1:1' "$out"
	lacks "no colour off a terminal" "$(printf '\033')" "$out"
	quiet status --json
	equal "one line" 1 "$(wc -l <"$dir/out")"
	equal "two models" "['mo?2Jdel', 'other']" "$(json 'sorted(p["model"] for p in d["providers"])')"
	equal "its figures" "1 0 1 connect None" \
		"$(json '"{attempts} {ok} {failed} {last_failure} {last_status}".format(**d["providers"][0])')"
	equal "the state" "$dir/state" "$(json 'd["state"]')"
	members=$(json '" ".join([*d, *d["providers"][0]])')
	for name in $members; do
		has "the man page has the member $name" "$name" "$man"
	done
	UNDERSTUDY_STATE=/nonexistent us status --state "$dir/state"
	has "--state" 'connection refused' "$out"
	out=$(timeout 1.5 "$understudy" status --watch=1)
	equal "--watch goes on" 124 $?
	equal "and shows it again" 2 "$(printf '%s\n' "$out" | grep -c ORIGIN)"
	lacks "without clearing what is no terminal" "$(printf '\033')" "$out"

	mkdir -m 777 "$dir/open"
	chmod 777 "$dir/open"
	expect 1 status --state "$dir/open"
	has "a directory that is not private" "$dir/open" "$err"
	mkdir -m 700 "$dir/bad"
	for file in "$dir"/state/*; do
		head -c 100 "$file" >"$dir/bad/${file##*/}"
	done
	expect 1 status --state "$dir/bad"
	has "a damaged page" 'cannot be read or is not ours' "$err"
	UNDERSTUDY_STATE=$dir/bad us doctor
	equal "and the doctor finds it" 1 "$code"
	has "the damaged page" 'fail  state' "$out"
}

test_terminal() {
	red=$(printf '\033[31m')
	[ -d "$dir/state" ] || call other
	on_terminal status
	has "colour on a terminal" "$(printf '\033[')" "$out"
	NO_COLOR=1 on_terminal status
	lacks "NO_COLOR" "$(printf '\033')" "$out"
	UNDERSTUDY_ATTEMPTS=x on_terminal doctor
	has "what is wrong is red" "${red}fail" "$out"
}

test_doctor() {
	quiet doctor
	has "the version" "$("$understudy" --version)" "$out"
	has "the preload" "ok    preload     $preload" "$out"
	has "the self-test" 'ok    self-test' "$out"
	has "the settings" 'UNDERSTUDY_ATTEMPTS 3 ' "$(printf '%s\n' "$out" | tr -s ' ')"
	has "no chain" 'warn  chain       for programs that call openai: nobody stands in' "$out"
	out=$(OPENAI_API_KEY=sk-secret-1 ANTHROPIC_API_KEY=sk-secret-2 "$understudy" doctor)
	equal "with two keys" 0 $?
	has "a chain of the keys" 'for programs that call openai: anthropic:claude' "$out"
	has "and back" 'for programs that call anthropic: openai:gpt' "$out"
	has "where from" 'the keys that are set' "$out"
	has "but not for others" 'other hosts: nobody' "$out"
	lacks "keys are not shown" sk-secret "$out"
	out=$(UNDERSTUDY_FALLBACKS=anthropic,local:m@http://u:hunter2@gpu/v1 "$understudy" doctor)
	has "a missing key" 'ANTHROPIC_API_KEY is missing: skipped' "$out"
	out=$(UNDERSTUDY_FALLBACKS='anthropic*3,openai*1' UNDERSTUDY_KEYS=anthropic=A_1+A_2+A_3,openai=O_1+O_2 A_2=sk-s3cret "$understudy" doctor)
	has "several keys" 'A_2 is set, A_1 and A_3 are missing' "$out"
	has "of whom none is there" 'O_1 and O_2 are missing: skipped' "$out"
	has "and weights" 'anthropic, weight 3 ' "$out"
	lacks "no key is shown" s3cret "$out"
	lacks "user-info is not shown" hunter2 "$out"
	echo '{ "attempts": 4, "backoff": "never" }' >"$dir/config"
	out=$(UNDERSTUDY_CONFIG=$dir/config UNDERSTUDY_BREAKER=3/30s "$understudy" doctor)
	equal "wrong settings" 1 $?
	has "from the file" 'UNDERSTUDY_ATTEMPTS 4 ' "$(printf '%s\n' "$out" | tr -s ' ')"
	equal "says so" file "$(printf '%s\n' "$out" | sed -n 's/.*UNDERSTUDY_ATTEMPTS .* //p')"
	equal "from the environment" environment "$(printf '%s\n' "$out" | sed -n 's/.*UNDERSTUDY_BREAKER .* //p')"
	has "what is wrong" 'fail  settings    ' "$out"
	has "and where" "$dir/config:1: \"backoff\" is \"never\"" "$out"
	out=$(UNDERSTUDY_STATE=$dir/no/such/place "$understudy" doctor)
	equal "a state that cannot be made" 1 $?
	has "is told" 'fail  state' "$out"
	out=$(UNDERSTUDY_STATE=$dir/new "$understudy" doctor)
	has "one that can be made" "ok    state       $dir/new; the first call makes it" "$out"
	equal "is not made" no "$([ -e "$dir/new" ] && echo yes || echo no)"
}

# verdict STATUS WORDS PROGRAM
verdict() {
	expect "$1" doctor "$3"
	has "doctor $3" "$2" "$out"
}

test_programs() {
	verdict 0 'ok    verdict     covered' curl
	has "how it is linked" 'linkage     dynamic, by /' "$out"
	has "which libcurl" 'libcurl.so.4 (' "$out"
	has "by which door" 'door        linked: ' "$out"
	lacks "nothing would help" 'help  ' "$out"
	verdict 0 'covered, as far as' sh
	verdict 1 'there is no such program' nonexistent-program
	script "$dir/node" '#!/bin/true'
	verdict 1 'not covered: its HTTP client is its own' "$dir/node"
	has "what would help" 'help        what would help: node-libcurl, built from source' "$out"
	UNDERSTUDY_OFF=1 us doctor curl
	has "when it is off" 'not covered: understudy is off' "$out"
}

# program FILE TEXT FLAG...: a program whose C text is that
program() {
	file=$1
	text=$2
	shift 2
	printf '%s\n' "$text" | ${CC:-cc} -D_GNU_SOURCE -x c - "$@" -o "$file" 2>/dev/null
}

# Programs that are linked to no libcurl: what can be read of them, and no more.
test_ways_to_libcurl() {
	name='const char name[] = "libcurl.so.4"; int main(void) { return 0; }'
	if ! program "$dir/opens" "$name"; then
		skipped="no compiler"
		return
	fi
	verdict 0 'covered: it loads libcurl when it needs it' "$dir/opens"
	has "which" 'libcurl.so.4 (OpenSSL), which it names' "$out"
	has "by which door" 'door        dlopen and dlsym' "$out"
	program "$dir/none" 'int main(void) { return 0; }'
	verdict 0 'ok    verdict     not concerned: it has no way to libcurl' "$dir/none"
	program "$dir/starts" '#include <unistd.h>
		int main(void) { return execl("/bin/true", "true", NULL); }'
	verdict 0 'not concerned: it has no way to libcurl; ask about what it starts' "$dir/starts"
	program "$dir/loads" '#include <dlfcn.h>
		int main(int n, char **a) { return !dlopen(a[n - 1], RTLD_NOW); }'
	verdict 0 "warn  verdict     unknown: it is not linked to libcurl; covered if it loads one, as $dir/loads could" \
		"$dir/loads"
	inside='const char name[] = "libcurl/7.88.1"; int main(void) { return 0; }'
	program "$dir/inside" "$inside"
	verdict 1 'not covered: libcurl is built into it' "$dir/inside"
	has "what would help" "help        what would help: a build of it that is linked to the system's libcurl" "$out"
	go='const char name[] = "\377 Go buildinf:"; int main(void) { return 0; }'
	program "$dir/gopher" "$go"
	verdict 1 'not covered: a Go program, whose HTTP client is its own' "$dir/gopher"
	if program "$dir/static-go" "$go" -static; then
		verdict 1 'statically linked, and nothing can be preloaded into it; a Go program' "$dir/static-go"
		lacks "nothing would help" 'help  ' "$out"
		program "$dir/static-inside" "$inside" -static
		verdict 1 'nothing can be preloaded into it; libcurl is inside' "$dir/static-inside"
	fi
}

# libcurl_at DIRECTORY FUNCTION...: a libcurl.so.9 that has these
libcurl_at() {
	place=$1
	shift
	mkdir -p "$place"
	program "$place/libcurl.so.9" "$(printf 'int %s(void) { return 7; }\n' "$@")" -shared -fPIC \
		-Wl,-soname,libcurl.so.9
}

# A libcurl in a place that only the program's own search path names.
test_search_path() {
	needs=$(sed -n 's/^[NB][A-Z]*(\(.*\))$/curl_\1/p' "$source/../shim/symbols.def")
	# shellcheck disable=SC2086 # it is a list of words
	if ! libcurl_at "$dir/prefix/lib" curl_fake $needs; then
		skipped="no compiler"
		return
	fi
	mkdir -p "$dir/prefix/bin"
	program "$dir/prefix/bin/own" 'int curl_fake(void); int main(void) { return curl_fake(); }' -x none \
		"$dir/prefix/lib/libcurl.so.9" -Wl,-rpath,'$ORIGIN/../lib'
	verdict 0 'ok    verdict     covered' "$dir/prefix/bin/own"
	has "by way of \$ORIGIN" "$dir/prefix/bin/../lib/libcurl.so.9" "$out"
	# shellcheck disable=SC2086
	libcurl_at "$dir/prefix/lib" curl_fake $(echo "$needs" | grep -v multi_poll)
	verdict 1 'is too old: it has no curl_multi_poll' "$dir/prefix/bin/own"
	has "what becomes of it" 'not covered: its libcurl is too old; all passes through untouched' "$out"
	has "what would help" 'what would help: a newer libcurl' "$out"
	rm "$dir/prefix/lib/libcurl.so.9"
	verdict 1 'libcurl.so.9, linked, but it is not installed' "$dir/prefix/bin/own"
	has "what becomes of it" 'it cannot even start' "$out"
}

# interpreter PROGRAM IS-IT-THERE EXTENSION LIBCURL DOOR
interpreter() {
	if ! command -v "$1" >/dev/null; then
		missing="$missing $1"
	elif eval "$2" >/dev/null 2>&1; then
		verdict 0 "ok    verdict     covered with $3" "$1"
		has "the extension of $1" "extension   $3: /" "$out"
		has "the libcurl of $1" "$4" "$out"
		has "the door of $1" "door        $5" "$out"
	else
		missing="$missing $1's"
		expect 0 doctor "$1"
		has "what $1 lacks" 'is not in the usual places' "$out"
		has "what would help $1" 'help        what would help: ' "$out"
	fi
}

test_interpreters() {
	missing=
	interpreter php 'php -r "curl_version();"' ext/curl 'libcurl.so.4 (OpenSSL), ext/curl' 'a plugin, which PHP'
	interpreter /usr/bin/python3 '/usr/bin/python3 -c "import pycurl"' pycurl '), pycurl' 'a plugin, RTLD_LOCAL'
	interpreter ruby 'ruby -e "require %q(ethon)"' 'ethon (typhoeus)' 'libcurl.so.4 (OpenSSL), ethon' 'FFI: it asks dlsym'
	interpreter perl 'perl -MWWW::Curl -e 1' WWW::Curl '), WWW::Curl' 'a plugin, RTLD_LOCAL'
	interpreter R 'Rscript -e "library(curl)"' 'curl (httr, httr2)' '), curl' 'a plugin, RTLD_LOCAL'
	interpreter lua5.3 'lua5.3 -e "require[[curl]]"' Lua-cURL '), Lua-cURL' 'a plugin, RTLD_LOCAL'
	interpreter lua5.1 'lua5.1 -e "require[[curl]]"' Lua-cURL '), Lua-cURL' 'a plugin, RTLD_LOCAL'
	interpreter tclsh 'echo "exit [catch {package require TclCurl}]" | tclsh' TclCurl '), TclCurl' 'a plugin, RTLD_LOCAL'
	if command -v git >/dev/null && [ -e /usr/lib/git-core/git-remote-http ]; then
		verdict 0 'covered, by git-remote-http, which speaks for it' git
		has "its libcurl" '), git-remote-http' "$out"
	fi
	# A virtual environment's link, and a wrapper that starts an interpreter from elsewhere.
	mkdir -p "$dir/venv/bin" "$dir/wrapped"
	if /usr/bin/python3 -c 'import pycurl' 2>/dev/null; then
		ln -s /usr/bin/python3 "$dir/venv/bin/python"
		verdict 0 'covered with pycurl' "$dir/venv/bin/python"
	fi
	script "$dir/wrapped/python3" '#!/bin/sh' 'exec /usr/bin/python3 "$@"'
	verdict 0 'unknown: pycurl is not in the usual places, but it is a script: ask about what it starts' \
		"$dir/wrapped/python3"
	[ -z "$missing" ] || echo "# not installed, so only what would help is asked:$missing"
}

# request FILE JSON: a body to explain
request() { printf '%s\n' "$2" >"$dir/$1.json"; }

# explained FILE ARGUMENT...: the exit status must be $want
explained() {
	file=$1
	shift
	expect "$want" explain "$dir/$file.json" "$@"
}

test_explain() {
	request plain '{"model":"gpt-4o","seed":9007199254740993,"messages":[{"role":"user","content":"hi"}]}'
	want=0
	export ANTHROPIC_API_KEY=sk-s3cret
	explained plain --to anthropic
	equal "and all is well" "" "$err"
	has "what it is" 'a request in the language of openai, for gpt-4o' "$out"
	has "that it would be asked" 'anthropic claude-sonnet-4-5  would be asked' "$out"
	has "a loss with its place, in words" 'degraded  seed        a wish for how words are chosen is left out' "$out"
	has "where it would go" 'POST https://api.anthropic.com/v1/messages' "$out"
	has "what would be sent" '"max_tokens":32768' "$out"
	lacks "no key" s3cret "$out"
	explained plain --to anthropic --losses
	lacks "no body when none is wanted" POST "$out"
	out=$("$understudy" explain --to anthropic:claude-opus-4-5 <"$dir/plain.json")
	has "from standard input, for a model" 'anthropic claude-opus-4-5' "$out"
	explained plain --to local:m@http://gpu/v1 --to anthropic
	has "several targets" 'local m  would be asked, and nothing is lost' "$out"
	has "in their order" 'anthropic claude-sonnet-4-5' "${out#*local m}"
	has "the very bytes" '"seed":9007199254740993' "$out"
	UNDERSTUDY_FALLBACKS=vllm:qwen explained plain
	has "the chain that is set" 'vllm qwen  would be asked' "$out"

	want=1
	unset ANTHROPIC_API_KEY
	UNDERSTUDY_KEYS=anthropic=A_1+A_2 explained plain --to 'anthropic*7'
	has "none of several keys" 'its key is not set' "$out"
	has "which they are" 'keys A_1, then A_2' "$out"
	has "its weight" 'weight 7' "$out"
	want=0
	UNDERSTUDY_KEYS=anthropic=A_1+A_2 A_2=sk-s3cret explained plain --to 'anthropic*7' --json
	equal "json: one of them does" "True ['A_1', 'A_2'] 7" "$(json "*[d['targets'][0][k] for k in ('asked', 'keys', 'weight')]")"
	lacks "json: no key" s3cret "$out"
	want=1
	explained plain --to anthropic
	has "a key is missing" 'would be passed by: its key is not set' "$out"
	explained plain
	has "no chain" 'nobody stands in: say --to, or set UNDERSTUDY_FALLBACKS' "$err"
	request two '{"model":"gpt-4o","n":2,"messages":[{"role":"user","content":"hi"}]}'
	explained two --to ollama:llama3.2
	has "why it would be passed by" 'passed by: it cannot carry the request' "$out"
	has "and by what" 'impossible  n  it gives one answer only' "$out"
	request forced '{"model":"m","tool_choice":"required","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"hi"}]}'
	explained forced --to ollama:q
	has "more than is allowed" 'more would be lost than UNDERSTUDY_FIDELITY allows' "$out"
	want=0
	UNDERSTUDY_FIDELITY=loose explained forced --to ollama:q
	has "unless it is" 'risky  tool_choice  that a tool must be called is asked for in words' "$out"

	export OPENAI_API_KEY=k ANTHROPIC_API_KEY=k GEMINI_API_KEY=k
	for pair in 'anthropic {"model":"claude-x","max_tokens":9,"system":"s","messages":[{"role":"user","content":"hi"}]}' \
		'responses {"model":"gpt-4o","input":"hi"}' \
		'gemini {"contents":[{"role":"user","parts":[{"text":"hi"}]}]}' \
		'ollama {"model":"qwen3:8b","options":{"num_ctx":9},"messages":[{"role":"user","content":"hi"}]}' \
		'openai {"model":"whoever","messages":[{"role":"user","content":"hi"}]}' \
		'anthropic {"model":"claude-x","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}'; do
		request pair "${pair#* }"
		explained pair --to vllm:m --json
		equal "the language of ${pair#* }" "${pair%% *}" "$(json "d['dialect']")"
		explained pair --losses --to openai --to openai-responses --to anthropic --to gemini --to ollama-native:q
		equal "${pair%% *} in all languages" 5 "$(printf '%s\n' "$out" | grep -c 'would be asked')"
	done
	unset OPENAI_API_KEY ANTHROPIC_API_KEY GEMINI_API_KEY
	explained pair --from openai --to vllm:m --json
	equal "unless it is said" openai "$(json "d['dialect']")"

	explained plain --to ollama:llama3.2 --json
	equal "json: the model" llama3.2 "$(json "d['targets'][0]['model']")"
	equal "json: it would be asked" 'True None exact' "$(json "*[d['targets'][0][k] for k in ('asked', 'why', 'loss')]")"
	equal "json: the body" llama3.2 "$(json "d['targets'][0]['body']['model']")"
	has "json: the very bytes" '"seed":9007199254740993' "$out"
	want=1
	explained two --to ollama:m --json
	equal "json: what is in the way" 'impossible MANY_ANSWERS n' \
		"$(json "*[d['targets'][0]['losses'][0][k] for k in ('loss', 'code', 'at')]")"
	equal "json: no body then" None "$(json "d['targets'][0]['body']")"

	want=2
	request none '{"a":1}'
	explained none --to anthropic
	has "no request" 'this is no request in any language that is known' "$err"
	explained none --from anthropic --to anthropic
	has "nor in that one" 'this is no request in the language of anthropic' "$err"
	explained missing --to anthropic
	has "no file" 'missing.json: No such file' "$err"
	explained plain --from klingon
	has "no language" "there is no language 'klingon'" "$err"
	expect 2 explain a b
	expect 2 explain --nonsense

	for code in $(grep -rhoE '"[A-Z]+_[A-Z_]+"' "$source/wire" --include='*.c' --include='*.def' | tr -d '"' | sort -u); do
		case $code in
		INVALID_JSON | FAILED_PRECONDITION | FINISH_REASON_UNSPECIFIED | MAX_TOKENS) ;; # of the wire
		*) has "words for $code" "\"$code\"" "$(cat "$source/wire/losses.def")" ;;
		esac
	done
}

test_man() {
	for name in $(sed -n 's/^X([a-z_]*, .*"\([A-Z_]*\)",$/\1/p' "$source/conf/options.def"); do
		has "setting $name" "UNDERSTUDY_$name" "$man"
	done
	for name in $(sed -n 's/^X("\([a-z]*\)".*/\1/p' "$source/conf/providers.def"); do
		has "provider $name" "$name" "$man"
	done
	for name in $(sed -n 's/^	X(\([A-Z_0-9]*\), ".*/\1/p' "$source/state/cause.h" | tr "[:upper:]" "[:lower:]"); do
		[ "$name" = none ] || has "cause $name" "$name" "$man"
	done
	for word in run status top events metrics doctor explain mock checkpoint escalate inbox answer; do
		quiet "$word" --help
		for option in $(printf '%s\n' "$out" | sed -n 's/^  --\([a-z-]*\).*/\1/p'); do
			[ "$word" = run ] || has "understudy $word --$option" "--$option" "$man"
		done
	done
	if command -v groff >/dev/null; then
		equal "groff finds nothing wrong" "" "$(groff -man -ww -Tutf8 -z "$page" 2>&1)"
	fi
}

[ -z "$sanitizers" ] || make_call
for name in words run options preload covers setuid scripts status terminal doctor programs \
	ways_to_libcurl search_path interpreters explain man; do
	group "cli $name" "test_$name"
done
end
