#!/bin/sh
# test_install.sh BUILD - what `make install` puts there is found by pkg-config, in C and in C++
set -u

build=$(cd "${1:-build}" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
failed=0
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
unset UNDERSTUDY_REDIS_URL
export UNDERSTUDY_STORE="$dir/store" UNDERSTUDY_STATE="$dir/state"

result() {
	if [ "$2" = "$3" ]; then
		echo "ok $1"
	else
		printf 'not ok %s\n# expected: %s\n#      got: %s\n' "$1" "$2" "$3"
		failed=1
	fi
}

case $build in
*/san-*)
	echo "ok 1 - install # SKIP what is installed is not a sanitizer's build"
	echo "1..1"
	exit 0
	;;
esac
make -s -C "$top" install PREFIX="$dir/usr" >"$dir/log" 2>&1 || cat "$dir/log"
export PKG_CONFIG_PATH="$dir/usr/share/pkgconfig" LD_LIBRARY_PATH="$dir/usr/lib"
flags=$(pkg-config --cflags --libs understudy)
# shellcheck disable=SC2086 # words
${CC:-cc} "$top/examples/small.c" $flags -o "$dir/c"
result "1 - a program in C" 42 "$("$dir/usr/bin/understudy" run --task c -- "$dir/c")"
# shellcheck disable=SC2086
${CXX:-c++} -std=c++17 -Wall -Wextra -Wpedantic -Werror "$top/examples/agent.cpp" $flags -lcurl -o "$dir/cpp" 2>&1
result "2 - a program in C++, without a warning" yes "$([ -x "$dir/cpp" ] && echo yes)"
result "3 - the manual page" yes "$([ -s "$dir/usr/share/man/man3/understudy.3" ] && echo yes)"
make -s -C "$top" uninstall PREFIX="$dir/usr" >"$dir/log" 2>&1
result "4 - nothing is left after make uninstall" "" "$(find "$dir/usr" -type f -o -type l)"
echo "1..4"
[ $failed = 0 ]
