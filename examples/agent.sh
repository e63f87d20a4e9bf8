#!/bin/sh
# agent.sh - an agent that may be killed at any time, and goes on where it was
#
#   understudy run --task trip --restart on-failure -- ./agent.sh
set -eu

resumed=$(understudy checkpoint load | grep -c . || true)

# step NAME COMMAND...: the result of a step, which is done unless an earlier life has
step() {
	step=$1
	shift
	understudy checkpoint load "$step" 2>/dev/null && return
	echo "$step" >>"${JOURNAL:-/dev/stderr}"
	result=$("$@")
	understudy checkpoint save "$step" "$result"
	if [ "$resumed" = 0 ] && [ "${DIE_AFTER:-}" = "$step" ]; then
		kill -9 $$
	fi
	echo "$result"
}

ask() {
	curl -sSf "${OPENAI_BASE_URL:-https://api.openai.com/v1}/chat/completions" \
		-H "Authorization: Bearer ${OPENAI_API_KEY:-}" -H 'Content-Type: application/json' \
		-d "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"$1\"}]}"
}

search() { echo 'three trains'; }

step plan ask plan >/dev/null
found=$(step search search)
step choose ask choose >/dev/null
text=$(step write ask write)
printf 'found: %s\nwrote: %s\n' "$found" "$text"
understudy checkpoint drop
