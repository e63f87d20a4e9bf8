# checks.sh - read by tests that are scripts for the shell: checks, in groups, told in TAP
#
# What the user has set is unset; $dir is for the script's files, and goes with it.
# shellcheck shell=sh disable=SC2034 # variables of who reads this
set -u

dir=$(mktemp -d)
checks=0   # of this group
failures=0 # of this group
failed=0   # groups
groups=0
skipped= # why, of this group
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

for name in $(env | sed -n 's/^\(UNDERSTUDY_[A-Z_]*\)=.*/\1/p') LD_PRELOAD OPENAI_API_KEY ANTHROPIC_API_KEY \
	OPENAI_BASE_URL ANTHROPIC_BASE_URL http_proxy HTTP_PROXY all_proxy ALL_PROXY NO_COLOR; do
	unset "$name"
done
export UNDERSTUDY_STATE="$dir/state"

# of_build BUILD: $understudy and $preload. In a sanitizer's build an empty preload takes the place of
# ours, whose runtime would have to come first in every program that is run.
of_build() {
	build=$(cd "$1" && pwd)
	tree=$build
	sanitizers=
	case $build in
	*/san-*)
		sanitizers=$(echo "${build##*/san-}" | tr - ,)
		tree=$dir/tree
		mkdir "$tree"
		cp "$build/understudy" "$tree"
		${CC:-cc} -shared -x c /dev/null -o "$tree/libunderstudy-preload.so"
		export ASAN_OPTIONS=verify_asan_link_order=0
		;;
	esac
	understudy=$tree/understudy
	preload=$tree/libunderstudy-preload.so
}

fail() {
	failures=$((failures + 1))
	printf '# failed: %s\n' "$1"
	shift
	printf '%s\n' "$@" | head -n 40 | sed 's/^/#     /'
}

equal() {
	checks=$((checks + 1))
	[ "$2" = "$3" ] || fail "$1" "expected: $2" "     got: $3"
}

has() {
	checks=$((checks + 1))
	case $3 in
	*"$2"*) ;;
	*) fail "$1" "expected: $2" "     got: $3" ;;
	esac
}

lacks() {
	checks=$((checks + 1))
	case $3 in
	*"$2"*) fail "$1" "unwanted: $2" "     got: $3" ;;
	esac
}

# group TITLE FUNCTION: runs it, and tells what came of its checks
group() {
	groups=$((groups + 1))
	checks=0
	failures=0
	skipped=
	"$2"
	if [ "$failures" != 0 ]; then
		echo "not ok $groups - $1: $failures of $checks checks failed"
		failed=$((failed + 1))
	elif [ -n "$skipped" ]; then
		echo "ok $groups - $1 # SKIP $skipped"
	else
		echo "ok $groups - $1: $checks checks"
	fi
}

# The last command of the script: the plan, and how it ends.
end() {
	echo "1..$groups"
	[ "$failed" = 0 ]
}
