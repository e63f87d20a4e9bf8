#!/bin/sh
# demo.sh [BUILD] - an unmodified curl gets its answer although its provider is down
#
# Two stand-in providers on loopback: "openai", which answers 503 to everything, and "anthropic",
# which is well and speaks another language. curl knows only the first.
set -eu
build=${1:-build}
work=$(mktemp -d)
pids=""
trap 'kill $pids 2>/dev/null || true; rm -rf "$work"' EXIT INT TERM

bold="" plain=""
if [ -t 1 ] && [ -z "${NO_COLOR-}" ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
show() { printf '$ %s\n' "$*"; }

mock() { # NAME OPTIONS... : starts a provider, its base URL goes to $work/NAME
	name=$1
	shift
	"$build/understudy" mock --name "$name" "$@" >"$work/$name" &
	pids="$pids $!"
	while [ ! -s "$work/$name" ]; do sleep 0.05; done
}

mock openai --fault 503
mock anthropic --answer "I have taken the part. The audience saw one play."
openai=$(cat "$work/openai")
anthropic=$(cat "$work/anthropic")

export UNDERSTUDY_STATE="$work/state" ANTHROPIC_API_KEY=sk-ant-demo
export UNDERSTUDY_FALLBACKS="anthropic:claude-haiku-4-5@$anthropic"
request='{"model":"gpt-4o","messages":[{"role":"user","content":"Are you there?"}]}'
streamed='{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Are you there?"}]}'

ask() { # PREFIX... : curl, with what is before it
	"$@" curl -sS "$openai/v1/chat/completions" -H 'Content-Type: application/json' \
		-H 'Authorization: Bearer sk-demo' -w '\n(HTTP %{http_code}, curl exits %{exitcode})\n' -d "$body"
}

say "1. The provider is down. A plain curl:"
show "curl $openai/v1/chat/completions -d '$request'"
body=$request ask env

say "2. The same curl under understudy; the answer is Anthropic's, in OpenAI's form:"
show "understudy run -- curl $openai/v1/chat/completions -d '...'"
body=$request ask "$build/understudy" run --log=warn --

say "3. Streaming, in a new process: the dead provider is not even asked:"
show "understudy run -- curl -N ... -d '{\"stream\":true, ...}'"
body=$streamed ask "$build/understudy" run --log=info --

say "4. What it knows now:"
show "understudy status"
"$build/understudy" status
