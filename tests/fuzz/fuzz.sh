#!/bin/sh
# fuzz.sh BUILD SECONDS - each target under libFuzzer for so long, beginning with what was found before
#
# What breaks is kept in BUILD/broken. The corpus stays in BUILD/corpus for the next time.
set -u
build=$1
seconds=$2
broken=""
mkdir -p "$build/broken" "$build/log"

for target in $(sed -nE 's/^X\((\w+)\)$/\1/p' tests/fuzz/targets.def); do
	mkdir -p "$build/corpus/$target"
	log=$build/log/$target
	if FUZZ_TARGET=$target "$build/tests/fuzz/fuzzer" -max_total_time="$seconds" -timeout=25 -seed=1 -rss_limit_mb=2048 \
		-max_len=16384 -print_final_stats=1 -verbosity=1 -artifact_prefix="$build/broken/$target." \
		"$build/corpus/$target" "$build/seeds/$target" >"$log" 2>&1; then
		sed -nE 's/^.*cov: ([0-9]+).*$/\1/p' "$log" | tail -n 1 |
			sed "s/.*/$target: $(sed -nE 's/^stat::number_of_executed_units: *//p' "$log") inputs, & edges/"
	else
		broken="$broken $target"
		echo "$target: BROKEN"
		grep -E '^(BROKEN|==[0-9]+==ERROR|SUMMARY|ALARM|    #[0-9] )|runtime error|Test unit written' "$log" | head -n 14
	fi
done
[ -z "$broken" ] || echo "fuzz: broken:$broken; each input is in $build/broken" >&2
[ -z "$broken" ]
