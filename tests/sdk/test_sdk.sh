#!/bin/sh
# test_sdk.sh BUILD - the official SDKs for JavaScript hear what understudy writes
#
# They are installed by `make check-sdk`, from the versions of package-lock.json.
set -eu
build=$(cd "$1" && pwd)
sdk=$build/sdk
if ! command -v node >/dev/null; then
	echo "ok 1 - official SDKs # SKIP there is no node"
	exit 0
fi
if [ ! -d "$sdk/node_modules" ]; then
	echo "ok 1 - official SDKs # SKIP not installed: make check-sdk"
	exit 0
fi
"$build/tests/sdk/cases" >"$sdk/cases"
cp tests/sdk/*.mjs "$sdk"
exec node "$sdk/test_sdk.mjs" "$sdk/cases"
