#!/bin/sh
# root.sh DIRECTORY - libraries of an arm64 Debian, for qemu-user: libcurl's flavours and cJSON
#
# apt fetches them with a state of its own; what this machine has installed is not touched. Prints
# nothing; the directory is there afterwards or the exit status is not 0.
set -eu

root=$1
[ ! -e "$root" ] || exit 0
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial" "$apt/root"

for word in update "install -y --download-only --no-install-recommends libcurl4 libcurl3-gnutls libcurl3-nss libcjson1"; do
	# shellcheck disable=SC2086 # it is a list of words
	apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$apt/state" \
		-o Dir::State::status=/dev/null -o Dir::Cache="$apt/cache" -o Debug::NoLocking=1 \
		-o APT::Sandbox::User=root $word >/dev/null
done
for package in "$apt"/cache/archives/*.deb; do
	dpkg -x "$package" "$apt/root"
done
mv "$apt/root" "$root"
