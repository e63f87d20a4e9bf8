#!/bin/sh
# test_commands.sh BUILD - checkpoint, escalate, inbox, answer, and run --task --restart
#
# shellcheck disable=SC2016 # dollars for the shell that is run
# shellcheck source=../checks.sh
. "$(dirname "$0")/../checks.sh"

of_build "${1:-build}"
export UNDERSTUDY_STORE="$dir/store" UNDERSTUDY_RESTART_BACKOFF=1ms..2ms HOME="$dir"

# expect STATUS ARGUMENT...: the command must end so; $out, $err
expect() {
	expected=$1
	shift
	"$understudy" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	equal "exit status of understudy $*" "$expected" $?
	out=$(cat "$dir/out")
	err=$(cat "$dir/err")
}

# script NAME LINE...: a program of these lines
script() {
	file=$dir/$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$file"
	chmod +x "$file"
}

a_step_that_was_saved_is_loaded() {
	expect 3 checkpoint load --task t fetch
	expect 0 checkpoint save --task t fetch 'the result'
	printf 'a\0b' | "$understudy" checkpoint save --task t bytes
	expect 0 checkpoint load --task t fetch
	equal "its result" 'the result' "$out"
	equal "bytes" 3 "$("$understudy" checkpoint load --task t bytes | wc -c)"
	expect 0 checkpoint load --task t
	has "the steps" 'fetch     10' "$out"
	printf 'state' | "$understudy" checkpoint state --task t --set
	equal "the state" state "$("$understudy" checkpoint state --task t)"
	expect 0 checkpoint list
	equal "the list" t "$out"
	expect 0 checkpoint drop --task t
	expect 3 checkpoint load --task t fetch
}

what_is_wrong_with_a_command_line_is_said() {
	expect 2 checkpoint save fetch x
	has "no task" 'which task?' "$err"
	expect 2 checkpoint
	expect 2 checkpoint fly --task t
	has "a wrong verb" 'fly is none of claim' "$err"
	expect 2 escalate
	expect 2 escalate --wait soon x
	has "a wrong time" '--wait takes a time' "$err"
	expect 2 answer 1234 perhaps
	expect 1 answer 1234 retry
	has "no such question" 'there is no question' "$err"
	expect 125 run --restart always -- true
	has "a wrong restart" 'takes on-failure' "$err"
	expect 125 run --ask -- true
	for command in checkpoint escalate inbox answer; do
		expect 0 "$command" --help
		has "help of $command" "usage: understudy $command" "$out"
	done
}

an_old_token_saves_no_more() {
	old=$("$understudy" checkpoint claim --task z)
	new=$("$understudy" checkpoint claim --task z)
	UNDERSTUDY_TASK=z UNDERSTUDY_TOKEN=$old expect 1 checkpoint save a 1
	has "a zombie" 'claimed' "$err"
	UNDERSTUDY_TASK=z UNDERSTUDY_TOKEN=$new expect 0 checkpoint save a 1
}

a_program_of_a_task_has_its_claim() {
	expect 0 run --task r -- sh -c 'echo "$UNDERSTUDY_TASK"; "$0" checkpoint save a 1 && "$0" checkpoint save b 2' "$understudy"
	equal "its task" r "$out"
	equal "its steps" 2 "$("$understudy" checkpoint load --task r | grep -c '[ab] ')"
}

a_program_is_started_again_until_it_ends_well() {
	script agent 'n=$(cat "$0.n" 2>/dev/null || echo 0); echo $((n + 1)) >"$0.n"' \
		'[ "$n" = 0 ] && exit 3; [ "$n" = 1 ] && kill -9 $$; exit 0'
	expect 0 run --restart on-failure -- "$dir/agent"
	equal "starts" 3 "$(cat "$dir/agent.n")"
	has "the status" 'ended with status 3; it is started again' "$err"
	has "the signal" 'was ended by signal 9' "$err"
}

a_crash_loop_ends_with_a_human() {
	script loop 'echo x >>"$0.n"; exit 7'
	expect 7 run --task loop --restart on-failure:2 -- "$dir/loop"
	equal "starts" 3 "$(wc -l <"$dir/loop.n")"
	expect 0 inbox
	has "the question" 'it failed 3 times in a row without progress; at last it ended with status 7' "$out"
	expect 0 answer "$("$understudy" inbox | sed -n 's/^\([0-9a-f]*\) .*loop.*/\1/p')" abort
	expect 0 inbox
	equal "the inbox" 'nobody needs you' "$out"
}

progress_makes_the_count_begin_anew() {
	script steps 'n=$("$1" checkpoint load | grep -c s_); [ "$n" = 6 ] && exit 0' \
		'"$1" checkpoint save s_$n x; exit 1'
	expect 0 run --task steps --restart on-failure:1 -- "$dir/steps" "$understudy"
	equal "steps" 6 "$("$understudy" checkpoint load --task steps | grep -c s_)"
}

a_human_has_it_started_again() {
	script asks '[ -e "$0.fixed" ] && exit 0; exit 9'
	"$understudy" run --restart on-failure:0 --ask=1m -- "$dir/asks" 2>"$dir/asks.err" &
	pid=$!
	until id=$("$understudy" inbox | sed -n 's/^\([0-9a-f]*\) .*asks.*/\1/p') && [ -n "$id" ]; do :; done
	touch "$dir/asks.fixed"
	expect 0 answer "$id" retry
	wait $pid
	equal "its status" 0 $?
}

what_waits_is_told_while_the_program_runs() {
	script tell "cat >>'$dir/told'; [ ! -e '$dir/down' ]"
	script raises "UNDERSTUDY_ESCALATE_COMMAND= \"$understudy\" escalate 'needs a hand' >/dev/null" \
		"for n in \$(seq 400); do grep -q 'needs a hand' '$dir/told' && exit 0; sleep 0.05; done; exit 5"
	: >"$dir/told"
	UNDERSTUDY_ESCALATE_COMMAND=$dir/tell expect 0 run --restart on-failure:0 -- "$dir/raises"
	equal "told once" 1 "$(grep -c 'needs a hand' "$dir/told")"
	rm -rf "$dir/store"
	script slow "touch '$dir/slow.up'; while kill -0 \$PPID; do sleep 0.05; done"
	script stops "UNDERSTUDY_ESCALATE_COMMAND= \"$understudy\" escalate 'and again' >/dev/null" \
		"trap 'exit 4' TERM; while :; do sleep 0.02; done"
	UNDERSTUDY_ESCALATE_COMMAND=$dir/slow "$understudy" run --restart on-failure -- "$dir/stops" 2>"$dir/err" &
	pid=$!
	until [ -e "$dir/slow.up" ]; do :; done
	kill -TERM $pid # a channel that is slow keeps nobody waiting
	timeout 5 tail --pid=$pid -f /dev/null
	equal "in time" 0 $?
	wait $pid
	equal "its status" 4 $?
	rm -rf "$dir/store"
}

a_program_that_hangs_is_started_again() {
	script hangs '[ -e "$0.once" ] && exit 0; touch "$0.once"; trap "" TERM' \
		'while :; do sleep 0.05; done'
	expect 0 run --restart on-failure --health 'test ! -e '"$dir"'/hangs.once' --health-every 50ms \
		--health-fails 2 -- "$dir/hangs"
	has "why" 'hangs: its health check failed 2 times in a row' "$err"
	script check 'sleep 60'
	script twice '[ -e "$0.once" ] && exit 0; touch "$0.once"; sleep 60'
	expect 0 run --restart on-failure --health "$dir/check" --health-every 50ms --health-fails 2 -- "$dir/twice"
	has "a check that hangs itself" 'hangs' "$err"
}

who_ends_the_supervisor_ends_the_program() {
	script stays 'trap "echo ended >$0.said; exit 4" TERM; touch "$0.up"; while :; do sleep 0.02; done'
	"$understudy" run --restart on-failure -- "$dir/stays" 2>"$dir/err" &
	pid=$!
	until [ -e "$dir/stays.up" ]; do :; done
	kill -TERM $pid
	wait $pid
	equal "its status" 4 $?
	equal "its last words" ended "$(cat "$dir/stays.said")"
}

a_script_asks_and_waits() {
	expect 0 escalate --task s --context 'two lines
	here' 'it is broken'
	id=$out
	expect 0 inbox "$id"
	has "the context" 'two lines' "$out"
	expect 0 inbox --json
	has "as JSON" '"error":"it is broken"' "$out"
	expect 0 escalate --task s 'it is broken'
	equal "the same again" "$id" "$out"
	expect 5 escalate --task s --wait 10ms 'it is broken'
	expect 0 answer "$id" use plan B
	expect 0 inbox --all
	has "answered" 'answered' "$out"
	expect 1 answer "$id" retry
	expect 0 escalate --task s2 --wait 10ms --otherwise 'text go on' 'it is broken'
	equal "the default" 'text go on' "$out"
	expect 3 escalate --task s3 --wait 10ms --otherwise abort 'it is broken'
}

a_command_is_told() {
	script tell 'cat >"$0.got"'
	UNDERSTUDY_ESCALATE_COMMAND=$dir/tell expect 0 escalate --task c 'it is broken'
	has "what it got" '"task":"c"' "$(cat "$dir/tell.got")"
	expect 0 escalate --task later 'it is broken'
	UNDERSTUDY_ESCALATE_COMMAND=$dir/tell expect 0 inbox --deliver
	has "what it got later" '"task":"later"' "$(cat "$dir/tell.got")"
}

for case in $(sed -n 's/^\([a-z_]*\)() {$/\1/p' "$0" | grep _); do
	group "$case" "$case"
done
end
