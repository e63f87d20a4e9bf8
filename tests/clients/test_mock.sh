#!/bin/sh
# test_mock.sh BUILD - `understudy mock` as seen by curl
#
# MOCK_COMMAND names another command, MOCK_RUN what to run it under (valgrind ...).
# shellcheck disable=SC2016 # back quotes are what Anthropic writes
# shellcheck source=../checks.sh
. "$(dirname "$0")/../checks.sh"

understudy=${MOCK_COMMAND:-${1:-build}/understudy}
run=${MOCK_RUN:-}
pid=

finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT

# start OPTION...: a mock of our own; its URL in $url
start() {
	stop
	mkfifo "$dir/url"
	# shellcheck disable=SC2086
	$run "$understudy" mock "$@" >"$dir/url" 2>"$dir/stderr" &
	pid=$!
	read -r url <"$dir/url"
	rm "$dir/url"
}

# stop: it must end by itself, cleanly
stop() {
	[ -n "$pid" ] || return 0
	kill "$pid"
	wait "$pid"
	equal "exit status of the mock" 0 $?
	equal "what the mock says on stderr" "" "$(cat "$dir/stderr")"
	pid=
}

# ask PATH BODY [CURL OPTION...]: the answer in $body, the head in $head, curl's result in $rc; a
# header among the options takes the place of the usual one
ask() {
	path=$1
	data=$2
	shift 2
	printf '%s' "$data" >"$dir/request"
	for header in 'Authorization: Bearer sk-test-key' 'Content-Type: application/json' \
		'anthropic-version: 2023-06-01'; do
		case $* in
		*"${header%%:*}:"*) ;;
		*) set -- "$@" -H "$header" ;;
		esac
	done
	curl -sS -m 5 -D "$dir/head" --data-binary "@$dir/request" "$@" "$url$path" >"$dir/body" 2>"$dir/curl"
	rc=$?
	body=$(cat "$dir/body")
	head=$(tr -d '\r' <"$dir/head" 2>/dev/null)
	status=$(sed -n '1s/.* \([0-9][0-9][0-9]\) .*/\1/p' "$dir/head")
}

openai() { ask /v1/chat/completions "$@"; }
anthropic() { ask /v1/messages "$@"; }
ollama() { ask /api/chat "$@"; }
responses() { ask /v1/responses "$@"; }
gemini() { ask "/v1beta/models/${model:-gemini-2.5-flash}:generateContent" "$@"; }
fault() { curl -sS -o /dev/null -X PUT --data-binary "$1" "$url/fault"; }
requests() { curl -sS "$url/requests$1"; }

# Shorthands for requests: the user says $1, further members in $2.
says() { printf '{"model":"gpt-4o","messages":[{"role":"user","content":"%s"}]%s}' "$1" "${2:-}"; }
claude() {
	printf '{"model":"claude-sonnet-4-5","max_tokens":100,"messages":[{"role":"user","content":"%s"}]%s}' \
		"$1" "${2:-}"
}

llama() { printf '{"model":"qwen3","messages":[{"role":"user","content":"%s"}]%s}' "$1" "${2:-}"; }
input() { printf '{"model":"gpt-4o","input":%s%s}' "$1" "${2:-}"; }

# refused DIALECT WORDS BODY [CURL OPTION...]: a 400 in these words
refused() {
	dialect=$1
	words=$2
	shift 2
	"$dialect" "$@"
	equal "$dialect status for: $words" 400 "$status"
	has "$dialect refuses" "$words" "$body"
}

# accepted DIALECT BODY [CURL OPTION...]
accepted() {
	dialect=$1
	shift
	"$dialect" "$@"
	equal "$dialect accepts $1" 200 "$status"
	[ "$status" = 200 ] || echo "#     $body"
}

# talk ROLE,JSON...: messages with these contents
openai_talk() { printf '{"model":"gpt-4o","messages":[%s]%s}' "$1" "${2:-}"; }
claude_talk() {
	printf '{"model":"%s","max_tokens":2000,"messages":[%s]%s}' "${3:-claude-sonnet-4-5}" "$1" "${2:-}"
}

test_answers() {
	openai "$(says hi)"
	has "OpenAI body" '"content":"Hello from lead."' "$body"
	has "OpenAI body" '"finish_reason":"stop"' "$body"
	has "OpenAI echoes the model" '"model":"gpt-4o"' "$body"
	has "OpenAI request id" 'x-request-id: req_' "$head"
	has "OpenAI head" 'content-type: application/json' "$head"
	openai "$(says 'repeat: \u00e9 \ud83d\ude00 \"q\" \\ \u0000 / end')"
	has "exact text" '"content":"é 😀 \"q\" \\ \u0000 / end"' "$body"
	openai "$(says 'repeat: a \ud83d b')"
	has "a lone surrogate stays one" '"content":"a \ud83d b"' "$body"
	openai "$(says 'repeat: one two three' ',"max_tokens":2')"
	has "cut at max_tokens" '"content":"one two"' "$body"
	has "and says so" '"finish_reason":"length"' "$body"
	openai "$(says 'repeat: one STOP two' ',"stop":["STOP"]')"
	has "cut at a stop sequence" '"content":"one "' "$body"
	openai "$(says hi ',"n":2')"
	has "two choices" '"index":1' "$body"
	openai "$(says 'json please' ',"response_format":{"type":"json_object"}')"
	has "a JSON object" '"content":"{\"answer\":\"Hello from lead.\"}"' "$body"
	openai "$(says x ',"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"a":{"type":"integer"},"b":{"enum":["x"]}},"required":["a","b"],"additionalProperties":false}}}')"
	has "a value of the schema" '"content":"{\"a\":1,\"b\":\"x\"}"' "$body"

	anthropic "$(claude hi)"
	has "Anthropic body" '"content":[{"type":"text","text":"Hello from lead."}]' "$body"
	has "Anthropic body" '"stop_reason":"end_turn"' "$body"
	has "Anthropic request id" 'request-id: req_' "$head"
	anthropic "$(claude 'repeat: one STOP two' ',"stop_sequences":["STOP"]')"
	has "which sequence" '"stop_reason":"stop_sequence","stop_sequence":"STOP"' "$body"
	anthropic "$(claude hi ',"max_tokens":0' | sed 's/"max_tokens":100,//')"
	has "nothing for no tokens" '"content":[]' "$body"
	anthropic "$(claude hi ',"thinking":{"type":"enabled","budget_tokens":1024}' | sed 's/:100,/:2000,/')"
	has "a thought first" '"content":[{"type":"thinking","thinking":"The user asks' "$body"
}

test_tools() {
	tools=',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]'
	openai "$(says 'call f with {\"id\":9007199254740993, \"s\":\"}\"} then call g with {}' "$tools")"
	has "arguments byte for byte" '"name":"f","arguments":"{\"id\":9007199254740993, \"s\":\"}\"}"' "$body"
	has "a second call" '"name":"g","arguments":"{}"' "$body"
	has "their reason" '"finish_reason":"tool_calls"' "$body"
	openai "$(says 'call f with {} and call f with {}' "$tools,\"parallel_tool_calls\":false")"
	lacks "one call at a time" 'x00001' "$body"
	openai "$(says 'call f with {}' "$tools,\"tool_choice\":\"none\"")"
	has "none means none" '"content":"Hello' "$body"
	openai "$(says hi "$tools,\"tool_choice\":\"required\"")"
	has "required means one" '"name":"f","arguments":"{}"' "$body"
	openai "$(says 'call f with {}')"
	has "no tools, no calls" '"content":"Hello' "$body"
	openai "$(says 'call f with {\"a\":[1,2,3,4,5,6]}' "$tools,\"max_tokens\":3")"
	has "a call that is cut off" '"arguments":"{\"a\":[1,"' "$body"
	has "and its reason" '"finish_reason":"length"' "$body"
	openai "$(openai_talk '{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"72 degrees"}' "$tools")"
	has "results are quoted" '"content":"The tool said: 72 degrees"' "$body"
	openai "$(says 'call f with {}' ',"functions":[{"name":"f"}]')"
	has "functions of old" '"function_call":{"name":"f","arguments":"{}"}' "$body"
	openai "$(says 'call f with {}' ',"tools":[{"type":"custom","custom":{"name":"f"}}]')"
	has "custom tools" '"type":"custom","custom":{"name":"f","input":"{}"}' "$body"

	tools=',"tools":[{"name":"f","input_schema":{"type":"object"}}]'
	anthropic "$(claude 'call f with {\"id\":9007199254740993, \"x\": 1.0}' "$tools")"
	has "input byte for byte" '"name":"f","input":{"id":9007199254740993, "x": 1.0}' "$body"
	has "its reason" '"stop_reason":"tool_use"' "$body"
	anthropic "$(claude 'call f with nothing' "$tools")"
	has "input without a byte" '"name":"f","input":{}' "$body"
	anthropic "$(claude_talk '{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"no","is_error":true}]}' "$tools")"
	has "results are quoted" '"text":"The tool said: (error) no"' "$body"
}

test_streams() {
	openai "$(says 'repeat: a b' ',"stream":true')"
	has "type of a stream" 'content-type: text/event-stream' "$head"
	equal "events" 5 "$(grep -c '^data: ' "$dir/body")"
	has "the role comes first" '"delta":{"role":"assistant","content":"","refusal":null}' "$body"
	has "tokens" '"delta":{"content":" b"}' "$body"
	has "the reason" '"delta":{},"logprobs":null,"finish_reason":"stop"' "$body"
	equal "the end" 'data: [DONE]' "$(grep . "$dir/body" | tail -n 1)"
	lacks "no usage unasked" '"usage"' "$body"
	openai "$(says hi ',"stream":true,"stream_options":{"include_usage":true}')"
	has "usage asked for" '"choices":[],"usage":{"prompt_tokens":' "$body"
	has "and null before" '"usage":null' "$body"

	anthropic "$(claude 'repeat: a b' ',"stream":true')"
	equal "names of the events" "message_start content_block_start ping content_block_delta content_block_delta content_block_stop message_delta message_stop" \
		"$(sed -n 's/^event: //p' "$dir/body" | tr '\n' ' ' | sed 's/ $//')"
	has "start" '"content":[],"stop_reason":null' "$body"
	has "delta" '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" b"}}' "$body"
	has "stop" '"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{' "$body"
	anthropic "$(claude 'call f with {\"a\":\"b c\"}' ',"stream":true,"tools":[{"name":"f","input_schema":{"type":"object"}}]')"
	equal "the first piece is empty" '"partial_json":""}}' \
		"$(grep -o '"partial_json":.*' "$dir/body" | head -n 1)"
	equal "the pieces make the whole" '{\"a\":\"b c\"}' \
		"$(sed -n 's/.*"partial_json":"\(.*\)"}}/\1/p' "$dir/body" | tr -d '\n')"
	anthropic "$(claude 'repeat: x' ',"stream":true')" --http1.0
	has "HTTP/1.0 gets no chunks" 'connection: close' "$head"
	has "and the whole stream" 'message_stop' "$body"
}

test_openai_rules() {
	refused openai 'We could not parse the JSON body' '{"model":"m","messages":[}'
	refused openai 'We could not parse' '{"model":"m","messages":[],"x":"a
b"}'
	refused openai 'We could not parse' '{"model":"m","n":01}'
	refused openai 'you must provide a model parameter' '{"messages":[{"role":"user","content":"x"}]}'
	refused openai "Missing required parameter: 'messages'." '{"model":"m"}'
	refused openai "Invalid 'messages': empty array." '{"model":"m","messages":[]}'
	refused openai 'Unrecognized request argument supplied: top_k' "$(says x ',"top_k":4')"
	has "param is null" '"param":null,"code":null' "$body"
	refused openai "Unknown parameter: 'messages[0].content[0].cache_control'." \
		"$(openai_talk '{"role":"user","content":[{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}')"
	has "param" '"param":"messages[0].content[0].cache_control","code":"unknown_parameter"' "$body"
	refused openai "Duplicate parameter: 'model'." "$(says x ',"model":"other"')"
	refused openai "Invalid type for 'temperature': expected a decimal, but got a string instead." \
		"$(says x ',"temperature":"1"')"
	refused openai "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 2.5 instead." \
		"$(says x ',"temperature":2.5')"
	has "code" '"code":"decimal_above_max_value"' "$body"
	refused openai "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead." \
		"$(says x ',"max_tokens":0')"
	refused openai "Invalid type for 'max_tokens': expected an integer" "$(says x ',"max_tokens":1.5')"
	refused openai "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead." \
		"$(says x ',"stop":["a","b","c","d","e"]')"
	refused openai "Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'." \
		"$(says x ',"reasoning_effort":"huge"' | sed 's/gpt-4o/m/')"
	refused openai 'Unrecognized request argument supplied: reasoning_effort' "$(says x ',"reasoning_effort":"low"')"
	refused openai "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead." \
		"$(says x ',"max_tokens":5' | sed 's/gpt-4o/gpt-5-mini/')"
	refused openai "'temperature' does not support 0.2 with this model. Only the default (1) value" \
		"$(says x ',"temperature":0.2' | sed 's/gpt-4o/o3/')"
	accepted openai "$(says x ',"temperature":1.0,"max_completion_tokens":5' | sed 's/gpt-4o/o3/')"
	refused openai "The 'stream_options' parameter is only allowed when 'stream' is enabled." \
		"$(says x ',"stream_options":{"include_usage":true}')"
	refused openai "'top_logprobs'" "$(says x ',"top_logprobs":2')"
	refused openai "'messages' must contain the word 'json'" "$(says x ',"response_format":{"type":"json_object"}')"
	refused openai "Invalid 'metadata'" "$(says x ',"metadata":{"a":1}')"
	refused openai "Invalid 'logit_bias'" "$(says x ',"logit_bias":{"1":101}')"

	call='{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":""}},{"id":"c2","type":"function","function":{"name":"f","arguments":""}}]}'
	user='{"role":"user","content":"x"}'
	refused openai "messages with role 'tool' must be a response to a preceeding message" \
		"$(openai_talk "$user,{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"}")"
	refused openai "The following tool_call_ids did not have response messages: c2" \
		"$(openai_talk "$user,$call,{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"},$user")"
	has "param" '"param":"messages.[1].role"' "$body"
	refused openai "did not have response messages: c1, c2" "$(openai_talk "$user,$call")"
	refused openai "'tool_call_id' of 'zz' not found" \
		"$(openai_talk "$user,$call,{\"role\":\"tool\",\"tool_call_id\":\"zz\",\"content\":\"r\"}")"
	refused openai "Duplicate value for 'tool_call_id' of 'c1'" \
		"$(openai_talk "$user,$call,{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"r\"}")"
	refused openai "expected a string, got null" "$(openai_talk "$user,{\"role\":\"assistant\",\"content\":null}")"
	refused openai "string too long. Expected a string with maximum length 40, but got a string with length 41" \
		"$(openai_talk "$user,$(printf '%s' "$call" | sed 's/c1/12345678901234567890123456789012345678901/')")"
	refused openai "Image URLs are only allowed for messages with role 'user'" \
		"$(openai_talk "$user,{\"role\":\"assistant\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x\"}}]}")"
	refused openai "Image URL is invalid." "$(openai_talk '{"role":"user","content":[{"type":"image_url","image_url":{"url":"x.png"}}]}')"
	refused openai "unsupported image" "$(openai_talk '{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,AAAA"}}]}')"
	refused openai "Invalid base64" "$(openai_talk '{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAA"}}]}')"
	accepted openai "$(openai_talk '{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AAA="}}]}')"
	refused openai "file.file_id'." "$(openai_talk '{"role":"user","content":[{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}]}')"

	refused openai "'tool_choice' is only allowed when 'tools' are specified." "$(says x ',"tool_choice":"auto"')"
	refused openai "'parallel_tool_calls' is only allowed when 'tools' are specified." "$(says x ',"parallel_tool_calls":true')"
	refused openai "Invalid 'tools': empty array." "$(says x ',"tools":[]')"
	refused openai "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+\$'." \
		"$(says x ',"tools":[{"type":"function","function":{"name":"a.b"}}]')"
	refused openai "Tool choice 'g' not found" \
		"$(says x ',"tool_choice":{"type":"function","function":{"name":"g"}},"tools":[{"type":"function","function":{"name":"f"}}]')"
	refused openai "got 'type: \\\"None\\\"'." "$(says x ',"tools":[{"type":"function","function":{"name":"f","parameters":{}}}]')"
	refused openai "In context=(), object schema missing properties." \
		"$(says x ',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]')"
	has "param" '"param":"tools[0].function.parameters","code":"invalid_function_parameters"' "$body"
	refused openai "In context=('properties', 'a'), array schema missing items." \
		"$(says x ',"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"type":"array"}}}}}]')"
	refused openai "In context=('properties', 'a'), 'additionalProperties' is required" \
		"$(says x ',"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":{"type":"object","properties":{"a":{"type":"object","properties":{}}},"required":["a"],"additionalProperties":false}}}]')"
	refused openai "Missing 'b'." \
		"$(says x ',"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object","properties":{"b":{"type":"string"}},"required":[],"additionalProperties":false}}}')"
}

test_anthropic_rules() {
	refused anthropic 'The request body is not valid JSON' '{'
	refused anthropic 'no low surrogate' "$(claude 'x \ud83d y')"
	refused anthropic 'anthropic-version: header is required' "$(claude x)" -H 'anthropic-version:'
	refused anthropic 'is not a valid version' "$(claude x)" -H 'anthropic-version: 2020-01-01'
	refused anthropic 'temperature: Extra inputs are not permitted' "$(claude x ',"temperature":1')" -H 'anthropic-version: 2026-10-21'
	refused anthropic 'max_tokens: Field required' '{"model":"m","messages":[{"role":"user","content":"x"}]}'
	refused anthropic 'n: Extra inputs are not permitted' "$(claude x ',"n":1')"
	refused anthropic 'messages.0.content.0.text.text: Field required' "$(claude_talk '{"role":"user","content":[{"type":"text"}]}')"
	refused anthropic "messages.0.content.0: Input tag 'image_url' found using 'type' does not match any of the expected tags: 'text', 'image'" \
		"$(claude_talk '{"role":"user","content":[{"type":"image_url"}]}')"
	refused anthropic 'temperature: range: 0..1' "$(claude x ',"temperature":1.5')"
	refused anthropic 'max_tokens: Input should be a valid integer' "$(claude x | sed 's/100/"100"/')"
	refused anthropic '8193 > 8192, which is the maximum allowed' "$(claude x | sed 's/sonnet-4-5/3-5-haiku/; s/:100/:8193/')"
	refused anthropic '`temperature` and `top_p` cannot both be specified' "$(claude x ',"temperature":1,"top_p":1')"
	refused anthropic '`temperature` is deprecated for this model.' "$(claude x ',"temperature":1' | sed 's/4-5/5/')"
	refused anthropic 'stop_sequences: each stop sequence must contain non-whitespace' "$(claude x ',"stop_sequences":[" "]')"

	user='{"role":"user","content":"x"}'
	use='{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"f","input":{}},{"type":"tool_use","id":"t2","name":"f","input":{}}]}'
	tools=',"tools":[{"name":"f","input_schema":{"type":"object"}}]'
	one='{"type":"tool_result","tool_use_id":"t1","content":"r"}'
	two='{"type":"tool_result","tool_use_id":"t2"}'
	refused anthropic 'messages: first message must use the \"user\" role' "$(claude_talk "{\"role\":\"assistant\",\"content\":\"x\"},$user")"
	refused anthropic 'Unexpected role \"system\"' "$(claude_talk "{\"role\":\"system\",\"content\":\"x\"},$user")"
	accepted anthropic "$(claude_talk "$user,{\"role\":\"system\",\"content\":\"x\"}" '' claude-opus-5)"
	refused anthropic "messages.1.role: Input should be 'user' or 'assistant'" "$(claude_talk "$user,{\"role\":\"tool\",\"content\":\"x\"}")"
	refused anthropic 'messages.0: all messages must have non-empty content' "$(claude '')"
	refused anthropic 'messages: text content blocks must be non-empty' "$(claude_talk '{"role":"user","content":[{"type":"text","text":""}]}')"
	refused anthropic 'text content blocks must contain non-whitespace text' "$(claude ' ')"
	refused anthropic 'system: text content blocks must be non-empty' "$(claude x ',"system":[{"type":"text","text":""}]')"
	accepted anthropic "$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$two,$one,{\"type\":\"text\",\"text\":\"go\"}]}" "$tools")"
	accepted anthropic "$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$two]},{\"role\":\"user\",\"content\":[$one]}" "$tools")"
	refused anthropic '`tool_use` ids were found without `tool_result` blocks immediately after: t2.' \
		"$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$one]}" "$tools")"
	refused anthropic 'immediately after: t1, t2.' "$(claude_talk "$user,$use" "$tools")"
	refused anthropic 'immediately after: t1.' \
		"$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$two,{\"type\":\"text\",\"text\":\"a\"},$one]}" "$tools")"
	refused anthropic 'messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: t1.' \
		"$(claude_talk "{\"role\":\"user\",\"content\":[$one]}" "$tools")"
	refused anthropic 'Found multiple `tool_result` blocks with id: t1' \
		"$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$one,$two,$one]}" "$tools")"
	refused anthropic 'messages.1.content.1: `tool_use` ids must be unique' "$(claude_talk "$user,$(printf '%s' "$use" | sed s/t2/t1/),{\"role\":\"user\",\"content\":[$one]}" "$tools")"
	refused anthropic "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+\$'" \
		"$(claude_talk "$user,$(printf '%s' "$use" | sed s/t1/a.b/)" "$tools")"
	refused anthropic 'must define tools' "$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$one,$two]}")"
	refused anthropic '`tool_use` blocks can only be in `assistant` messages' "$(claude_talk "$(printf '%s' "$use" | sed s/assistant/user/)" "$tools")"

	refused anthropic 'Tool names must be unique' "$(claude x ',"tools":[{"name":"f","input_schema":{"type":"object"}},{"name":"f","input_schema":{"type":"object"}}]')"
	refused anthropic 'tools.0.custom.input_schema.type: Field required' "$(claude x ',"tools":[{"name":"f","input_schema":{}}]')"
	refused anthropic 'does not support oneOf, allOf, or anyOf at the top level' "$(claude x ',"tools":[{"name":"f","input_schema":{"type":"object","anyOf":[]}}]')"
	refused anthropic "tools.0.custom.name: String should match pattern" "$(claude x ',"tools":[{"name":"a b","input_schema":{"type":"object"}}]')"
	refused anthropic 'tool_choice may only be specified while providing tools' "$(claude x ',"tool_choice":{"type":"auto"}')"
	refused anthropic "Tool 'g' not found in provided tools" "$(claude x "$tools,\"tool_choice\":{\"type\":\"tool\",\"name\":\"g\"}")"
	refused anthropic 'tool_choice.none.disable_parallel_tool_use: Extra inputs' "$(claude x "$tools,\"tool_choice\":{\"type\":\"none\",\"disable_parallel_tool_use\":true}")"
	refused anthropic "tools.0.custom: For 'object' type, 'additionalProperties' must be explicitly set to false" \
		"$(claude x ',"tools":[{"name":"f","strict":true,"input_schema":{"type":"object"}}]')"
	refused anthropic "For 'integer' type, properties minimum are not supported" \
		"$(claude x ',"output_config":{"format":{"type":"json_schema","schema":{"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","minimum":1}}}}}')"
	refused anthropic 'structured outputs are not supported' \
		"$(claude x ',"output_config":{"format":{"type":"json_schema","schema":{"type":"object"}}}' | sed 's/sonnet-4-5/3-7-sonnet/')"

	think=',"thinking":{"type":"enabled","budget_tokens":1024}'
	refused anthropic 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024' "$(claude x ',"thinking":{"type":"enabled","budget_tokens":1}')"
	refused anthropic '`max_tokens` must be greater than `thinking.budget_tokens`' "$(claude x "$think")"
	refused anthropic 'Thinking may not be enabled when tool_choice forces tool use.' "$(claude_talk "$user" "$think$tools,\"tool_choice\":{\"type\":\"any\"}")"
	refused anthropic '`temperature` may only be set to 1' "$(claude_talk "$user" "$think,\"temperature\":0.5")"
	refused anthropic '`top_k` must be unset' "$(claude_talk "$user" "$think,\"top_k\":5")"
	refused anthropic '`top_p` must be greater than or equal to 0.95' "$(claude_talk "$user" "$think,\"top_p\":0.5")"
	refused anthropic 'Expected `thinking` or `redacted_thinking`, but found `tool_use`' \
		"$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$one,$two]}" "$tools$think")"
	accepted anthropic "$(claude_talk "$user,$use,{\"role\":\"user\",\"content\":[$one,$two]},{\"role\":\"assistant\",\"content\":\"a\"},$user" "$tools$think")"
	refused anthropic 'Invalid `signature` in `thinking` block' \
		"$(claude_talk "$user,{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"t\",\"signature\":\"foreign\"},{\"type\":\"text\",\"text\":\"a\"}]},$user")"
	refused anthropic 'is not supported for this model. Use \"thinking.type.adaptive\"' "$(claude_talk "$user" "$think" claude-opus-5)"
	refused anthropic 'adaptive thinking is not supported' "$(claude_talk "$user" ',"thinking":{"type":"adaptive"}')"
	refused anthropic 'does not support the effort parameter' "$(claude_talk "$user" ',"output_config":{"effort":"low"}')"

	prefill="$user,{\"role\":\"assistant\",\"content\":\"Well,\"}"
	accepted anthropic "$(claude_talk "$prefill")"
	refused anthropic 'does not support assistant message prefill' "$(claude_talk "$prefill" '' claude-sonnet-4-6)"
	refused anthropic 'cannot end with trailing whitespace' "$(claude_talk "$(printf '%s' "$prefill" | sed 's/Well,/Well, /')")"

	source='{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAA="}}]}'
	accepted anthropic "$(claude_talk "$source")"
	refused anthropic "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'" \
		"$(claude_talk "$(printf '%s' "$source" | sed s/png/tiff/)")"
	refused anthropic 'source.base64.data' "$(claude_talk "$(printf '%s' "$source" | sed 's/AAA=/A=/')")"
	refused anthropic 'source.url.url' "$(claude_talk '{"role":"user","content":[{"type":"image","source":{"type":"url","url":"http://x/y"}}]}')"
	mark='{"type":"text","text":"x","cache_control":{"type":"ephemeral"}}'
	accepted anthropic "$(claude_talk "{\"role\":\"user\",\"content\":[$mark,$mark,$mark,$mark]}")"
	refused anthropic 'A maximum of 4 blocks with cache_control may be provided. Found 5.' \
		"$(claude_talk "{\"role\":\"user\",\"content\":[$mark,$mark,$mark,$mark,$mark]}")"
	accepted anthropic "$(claude x ',"context_management":{}')" -H 'anthropic-beta: context-management-2025-06-27'
}

contents() { printf '{"contents":[{"role":"user","parts":[{"text":"%s"}]}]%s}' "$1" "${2:-}"; }

test_gemini() {
	gemini "$(contents hi)"
	has "Gemini body" '"parts": [{"text": "Hello from lead."}],"role": "model"},"finishReason": "STOP"' "$body"
	ask '/v1beta/models/g:streamGenerateContent?alt=sse' "$(contents 'repeat: a b')"
	has "events" 'content-type: text/event-stream' "$head"
	equal "an event for each word, and the last" 3 "$(printf '%s\n' "$body" | grep -c '^data: {.*}$')"
	ask /v1beta/models/g:streamGenerateContent "$(contents 'repeat: a b')"
	has "else an array" 'content-type: application/json' "$head"
	equal "of as many" 3 "$(printf '%s' "$body" | tr -d '\n' | grep -o '"candidates"' | wc -l)"
	has "that is closed" '}]' "$(printf '%s' "$body" | tr -d '\n')"
	tools=',"tools":[{"functionDeclarations":[{"name":"f"}]}]'
	gemini "$(contents 'call f with {\"id\":9007199254740993, \"x\": 1.0}' "$tools")"
	has "arguments byte for byte" '"functionCall": {"name": "f","args": {"id":9007199254740993, "x": 1.0}}' "$body"
	model=gemini-3-pro
	gemini "$(contents 'call f with {}' "$tools")"
	has "signed by the third generation" '"thoughtSignature": "TW9jaw=="' "$body"
	model=
	gemini "$(contents 'repeat: one two three' ',"generation_config":{"max_output_tokens":1}')"
	has "cut, and says so; either spelling" '"text": "one"}],"role": "model"},"finishReason": "MAX_TOKENS"' "$body"
	accepted gemini '{"contents":{"parts":{"text":"x"}}}' -H 'Authorization:' -H 'x-goog-api-key: k'

	call='{"role":"model","parts":[{"functionCall":{"name":"f"}}]}'
	result='{"role":"user","parts":[{"functionResponse":{"name":"f","response":{}}}]}'
	user='{"parts":[{"text":"u"}]}'
	accepted gemini "{\"contents\":[$user,$call,$result]}"
	refused gemini 'contents is not specified' '{}'
	refused gemini 'Unknown name \"x\": Cannot find field' "$(contents x ',"x":1')"
	refused gemini "Unknown name \\\"max\\\" at 'generationConfig': Cannot find field" "$(contents x ',"generationConfig":{"max":1}')"
	refused gemini "required oneof field 'data' must have one" '{"contents":[{"parts":[{}]}]}'
	refused gemini 'must not be empty' '{"contents":[{"parts":[]}]}'
	refused gemini 'Please use a valid role' '{"contents":[{"role":"assistant","parts":[{"text":"x"}]}]}'
	refused gemini 'function call turn comes immediately after a user turn' "{\"contents\":[$call,$result]}"
	refused gemini 'function response turn comes immediately after a function' "{\"contents\":[$result]}"
	refused gemini 'function response parts is equal to the number' "{\"contents\":[$user,$call,$user]}"
	refused gemini 'end with a user role or a function response' "{\"contents\":[$user,$call]}"
	refused gemini 'Base64 decoding failed' '{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"?"}}]}]}'
	refused gemini 'Invalid function name' "$(contents x ',"tools":[{"functionDeclarations":[{"name":"7up"}]}]')"
	refused gemini 'should be non-empty for OBJECT type' "$(contents x ',"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT"}}]}]')"
	refused gemini 'Unknown name \"$ref\"' "$(contents x ',"tools":[{"functionDeclarations":[{"name":"f","parameters":{"$ref":"#"}}]}]')"
	refused gemini 'but mode is not ANY' "$(contents x "$tools"',"toolConfig":{"functionCallingConfig":{"mode":"AUTO","allowedFunctionNames":["f"]}}')"
	refused gemini 'not among function_declarations' "$(contents x "$tools"',"toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["g"]}}')"
	refused gemini 'temperature must be in the range [0, 2]' "$(contents x ',"generationConfig":{"temperature":3}')"
	refused gemini "Function calling with a response mime type: 'application/json'" "$(contents x "$tools"',"generationConfig":{"responseMimeType":"application/json"}')"
	refused gemini 'Thinking level is not supported' "$(contents x ',"generationConfig":{"thinkingConfig":{"thinkingLevel":"LOW"}}')"
	refused gemini 'Please choose a value between 0 and 24576' "$(contents x ',"generationConfig":{"thinkingConfig":{"thinkingBudget":30000}}')"
	model=gemini-2.5-pro
	refused gemini 'Budget 0 is invalid' "$(contents x ',"generationConfig":{"thinkingConfig":{"thinkingBudget":0}}')"
	model=gemini-2.0-flash
	refused gemini 'Thinking is not supported' "$(contents x ',"generationConfig":{"thinkingConfig":{"thinkingBudget":1}}')"
	refused gemini 'from 1 (inclusive) to 8193 (exclusive)' "$(contents x ',"generationConfig":{"maxOutputTokens":9000}')"
	model=gemini-3-flash
	refused gemini 'missing a thought_signature' "{\"contents\":[$user,$call,$result]}"
	accepted gemini "{\"contents\":[$user,$call,$result,$user]}"
	model=missing-x
	gemini "$(contents x)"
	equal "no such model" 404 "$status"
	has "as Google says it" 'models/missing-x is not found for API version v1beta' "$body"
	model=
	gemini "$(contents x)" -H 'Authorization:'
	equal "no key" 403 "$status"
	fault 429,503,400:code=API_KEY_INVALID,ok
	gemini "$(contents x)"
	has "a wait" '"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"1.5s"' "$body"
	gemini "$(contents x)"
	has "503" '"status":"UNAVAILABLE"' "$body"
	gemini "$(contents x)"
	has "a wrong key is a bad argument" '"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"' "$body"
}

# What is wrong before the body is looked at, in both languages.
test_ollama() {
	ollama "$(llama hi ',"stream":false')"
	has "Ollama body" '"message":{"role":"assistant","content":"Hello from lead."},"done":true,"done_reason":"stop"' "$body"
	has "counts" '"eval_count":3' "$body"
	ollama "$(llama 'repeat: a b')"
	has "without a word about it a stream" 'content-type: application/x-ndjson' "$head"
	equal "a line for each word, and the last" 3 "$(printf '%s\n' "$body" | grep -c '^{.*}$')"
	has "the first" '"content":"a"},"done":false}' "$(printf '%s\n' "$body" | head -n 1)"
	has "the last" '"done":true' "$(printf '%s\n' "$body" | tail -n 1)"
	ollama "$(llama hi ',"think":true')"
	has "a thought first" '"content":"","thinking":"The"' "$(printf '%s\n' "$body" | head -n 1)"
	ollama "$(llama 'repeat: one two STOP three' ',"stream":false,"options":{"num_predict":1,"stop":["STOP"]}')"
	has "cut, and says so" '"content":"one"},"done":true,"done_reason":"length"' "$body"
	tools=',"stream":false,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}]'
	ollama "$(llama 'call f with {\"id\":9007199254740993, \"x\": 1.0}' "$tools")"
	has "arguments byte for byte" '"name":"f","arguments":{"id":9007199254740993, "x": 1.0}' "$body"
	ollama "$(llama x ',"stream":false,"format":{"type":"object","properties":{"a":{"type":"integer"}}}')"
	has "a value of the schema" '"content":"{\"a\":1}"' "$body"
	accepted ollama "$(llama hi)" -H 'Content-Type:' -H 'Authorization:'
	accepted ollama '{"model":"m","messages":[{"role":"user","content":"x","images":["/9j/4AAQ"]},{"role":"assistant","content":"","thinking":"t","tool_calls":[{"id":"c","function":{"index":0,"name":"f","arguments":{}}}]},{"role":"tool","content":"r","tool_name":"f","tool_call_id":"c"}],"keep_alive":"5m","format":"json","options":{"temperature":0.5,"top_k":4,"seed":1}}'

	refused ollama 'cannot unmarshal string into Go struct field ChatRequest.options' "$(llama x ',"options":"hot"')"
	refused ollama 'unknown field' "$(llama x ',"temperature":1')"
	refused ollama 'unknown field' "$(llama x ',"options":{"max_tokens":1}')"
	refused ollama 'unknown field' "$(llama x ',"tool_choice":"auto"')"
	refused ollama 'arguments of type object' '{"model":"m","messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}]}'
	refused ollama 'content of type string' '{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"}]}]}'
	refused ollama 'illegal base64 data' '{"model":"m","messages":[{"role":"user","content":"x","images":["https://h/i.png"]}]}'
	refused ollama 'invalid messages.0.role' '{"model":"m","messages":[{"role":"developer","content":"x"}]}'
	refused ollama 'invalid think' "$(llama x ',"think":"max"')"
	refused ollama '\"gemma3\" does not support thinking' "$(llama x ',"think":true' | sed s/qwen3/gemma3/)"
	refused ollama '\"gemma3\" does not support tools' "$(llama x "$tools" | sed s/qwen3/gemma3/)"
	ollama "$(llama x | sed s/qwen3/missing-x/)"
	equal "no such model" 404 "$status"
	fault 'error-after=1,503,cut=1,no-done,comments,ok'
	ollama "$(llama 'repeat: a b c')"
	has "an error is a line" '{"error":"llama runner process has terminated' "$(printf '%s\n' "$body" | tail -n 1)"
	ollama "$(llama x)"
	has "503" '{"error":"server busy' "$body"
	ollama "$(llama 'repeat: a b c')"
	lacks "what is cut has no end" '"done":true' "$body"
	ollama "$(llama 'repeat: a b c')"
	lacks "nor has what is not done" '"done":true' "$body"
	ollama "$(llama 'repeat: a b')"
	lacks "nothing is said beside lines" keep-alive "$body"
}

test_responses() {
	responses "$(input '"repeat: \u00e9 \"q\""')"
	has "a message" '"type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"é \"q\""}]' "$body"
	has "status" '"status":"completed","background":false,"error":null,"incomplete_details":null' "$body"
	has "request id" 'x-request-id: req_' "$head"
	responses "$(input '[{"role":"user","content":[{"type":"input_text","text":"repeat: "},{"type":"input_text","text":"repeat: one two three"}]}]' ',"max_output_tokens":16,"temperature":0.20')"
	has "the last text" '"text":"one two three"' "$body"
	has "an echo" '"temperature":0.20,' "$body"
	tools=',"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{}},"strict":false},{"type":"custom","name":"sh"}]'
	responses "$(input '"call f with {\"id\":9007199254740993, \"x\": 1.0} and call sh with {ls}"' "$tools")"
	has "a call" '"type":"function_call","status":"completed","arguments":"{\"id\":9007199254740993, \"x\": 1.0}"' "$body"
	has "a free-form call" '"type":"custom_tool_call","status":"completed","input":"{ls}"' "$body"
	responses "$(input '"x"' "$tools,\"tool_choice\":{\"type\":\"allowed_tools\",\"mode\":\"required\",\"tools\":[{\"type\":\"custom\",\"name\":\"sh\"}]}")"
	has "the allowed one" '"type":"custom_tool_call"' "$body"
	call='{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}'
	output='{"type":"function_call_output","call_id":"c","output":"72 degrees"}'
	responses "$(input "[{\"role\":\"user\",\"content\":\"x\"},$call,$output]")"
	has "results are quoted" '"text":"The tool said: 72 degrees"' "$body"
	responses "$(input '"json, please"' ',"text":{"format":{"type":"json_object"}}')"
	has "a JSON object" '"text":"{\"answer\":\"Hello from lead.\"}"' "$body"

	responses "$(input '"repeat: a b"' ',"stream":true')"
	equal "names of the events" "created in_progress output_item.added content_part.added output_text.delta output_text.delta output_text.done content_part.done output_item.done completed" \
		"$(sed -n 's/^event: response\.//p' "$dir/body" | tr '\n' ' ' | sed 's/ $//')"
	equal "numbers" "0 1 2 3 4 5 6 7 8 9" \
		"$(sed -n 's/.*"sequence_number":\([0-9]*\).*/\1/p' "$dir/body" | tr '\n' ' ' | sed 's/ $//')"
	has "delta" '"output_index":0,"content_index":0,"delta":" b","logprobs":[],"obfuscation":"' "$body"
	responses "$(input '"repeat: a"' ',"stream":true,"stream_options":{"include_obfuscation":false}')"
	lacks "no padding" obfuscation "$body"
	responses "$(input '"call f with {\"a\":\"b c\"}"' "$tools,\"stream\":true")"
	equal "the pieces make the whole" '{\"a\":\"b c\"}' \
		"$(sed -n 's/.*"delta":"\(.*\)","obfuscation.*/\1/p' "$dir/body" | tr -d '\n')"
	responses "$(input '"x"' ',"stream":true,"reasoning":{"effort":"low","summary":"auto"}' | sed s/gpt-4o/gpt-5/)"
	has "a thought" 'event: response.reasoning_summary_text.delta' "$body"
	fault error-after=1
	responses "$(input '"repeat: a b"' ',"stream":true')"
	has "an error in the stream" 'event: error' "$body"
	has "is nested" '{"error":{"message":"The server had an error' "$body"
	fault ok

	refused responses "Missing required parameter: 'input'." '{"model":"m"}'
	refused responses "Missing required parameter: 'model'." '{"input":"x"}'
	refused responses "Unknown parameter: 'messages'." "$(input '"x"' ',"messages":[]')"
	has "code" '"param":"messages","code":"unknown_parameter"' "$body"
	refused responses "Unknown parameter: 'input[0].name'." "$(input '[{"role":"user","content":"x","name":"n"}]')"
	refused responses "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 5 instead." \
		"$(input '"x"' ',"max_output_tokens":5')"
	refused responses "Unknown parameter: 'stop'." "$(input '"x"' ',"stop":["a"]')"
	refused responses "Invalid value: 'tool'." "$(input '[{"role":"tool","content":"x"}]')"
	refused responses "Invalid value: 'image'." "$(input '[{"type":"image","url":"x"}]')"
	refused responses "Invalid value: 'text'." "$(input '[{"role":"user","content":[{"type":"text","text":"x"}]}]')"
	refused responses "Invalid value: 'input_text'. Supported values are: 'output_text', and 'refusal'." \
		"$(input '[{"role":"assistant","content":[{"type":"input_text","text":"x"}]}]')"
	refused responses "No tool output found for function call c." "$(input "[$call]")"
	refused responses "No tool call found for function call output with call_id c." "$(input "[$output,$call]")"
	refused responses "No tool call found for custom tool call output with call_id c." \
		"$(input "[$call,{\"type\":\"custom_tool_call_output\",\"call_id\":\"c\",\"output\":\"x\"},$output]")"
	refused responses "Duplicate call_id c in 'input'." "$(input "[$call,$call,$output]")"
	refused responses "Expected an ID that begins with 'fc'." "$(input "[$(printf '%s' "$call" | sed 's/"call_id"/"id":"call_1","call_id"/'),$output]")"
	refused responses "Previous response with id 'resp_1' not found." "$(input '"x"' ',"previous_response_id":"resp_1"')"
	has "code" '"param":"previous_response_id","code":"previous_response_not_found"' "$body"
	refused responses "unsupported image" "$(input '[{"role":"user","content":[{"type":"input_image","image_url":"data:image/tiff;base64,AAAA"}]}]')"
	refused responses "Missing required parameter: 'input[0].content[0].file_id'." \
		"$(input '[{"role":"user","content":[{"type":"input_file","file_data":"data:application/pdf;base64,AAAA"}]}]')"
	refused responses "Unsupported parameter: 'temperature' is not supported with this model." \
		"$(input '"x"' ',"temperature":0.2' | sed s/gpt-4o/gpt-5/)"
	refused responses "Unsupported parameter: 'reasoning.effort' is not supported with this model." \
		"$(input '"x"' ',"reasoning":{"effort":"low"}')"
	refused responses "Tool choice 'g' not found in 'tools' parameter." "$(input '"x"' "$tools,\"tool_choice\":{\"type\":\"function\",\"name\":\"g\"}")"
	refused responses "Tool choice 'required' must be specified with 'tools' parameter." "$(input '"x"' ',"tool_choice":"required"')"
	refused responses "Unknown parameter: 'tools[0].function'." "$(input '"x"' ',"tools":[{"type":"function","name":"f","function":{}}]')"
	refused responses "'additionalProperties' is required to be supplied and to be false" \
		"$(input '"x"' ',"tools":[{"type":"function","name":"f","strict":true,"parameters":{"type":"object","properties":{}}}]')"
	has "param" '"param":"tools[0].parameters","code":"invalid_function_parameters"' "$body"
	refused responses "Missing required parameter: 'text.format.name'." "$(input '"x"' ',"text":{"format":{"type":"json_schema","schema":{}}}')"
	refused responses "must contain the word 'json'" "$(input '"x"' ',"text":{"format":{"type":"json_object"}}')"
}

# What is wrong before the body is looked at, in all languages.
test_doors() {
	openai "$(says x)" -H 'Content-Type:'
	equal "no content type at all" 415 "$status"
	openai "$(says x)" -H 'Authorization:'
	equal "no key" 401 "$status"
	has "no key" "You didn't provide an API key" "$body"
	anthropic "$(claude x)" -H 'Authorization:'
	equal "no key" 401 "$status"
	has "no key" '"type":"authentication_error","message":"x-api-key header is required"' "$body"
	openai "$(says x)" -H 'Content-Type: text/plain'
	equal "content type" 415 "$status"
	openai "$(says x)" -X PUT
	equal "method" 405 "$status"
	has "method" 'Not allowed to PUT on /v1/chat/completions.' "$body"
	ask /v1/nowhere '{}' -H 'anthropic-version:'
	equal "path" 404 "$status"
	has "path" 'Invalid URL (POST /v1/nowhere)' "$body"
	ask /v1/nowhere '{}'
	has "path" '"type":"not_found_error"' "$body"
	openai "$(says x | sed s/gpt-4o/missing-model/)"
	equal "model" 404 "$status"
	has "model" 'The model `missing-model` does not exist' "$body"
	anthropic "$(claude x | sed s/claude/missing-claude/)"
	has "model" '"type":"not_found_error","message":"model: missing-claude-sonnet-4-5"' "$body"
	has "models" '"object":"list"' "$(curl -sS "$url/v1/models")"
	has "models" '"has_more":false' "$(curl -sS -H 'anthropic-version: 2023-06-01' "$url/v1/models")"
	has "health" '"status":"ok"' "$(curl -sS "$url/health")"
	ask /openai/deployments/d/chat/completions?api-version=1 "$(says x)" -H 'Authorization:' -H 'api-key: k'
	equal "any prefix" 200 "$status"
}

test_statuses() {
	fault '503x2,429:retry-after=2:retry-after-ms=1500,529,ok'
	openai "$(says x)"
	equal "first" 503 "$status"
	has "words" '"type":"server_error"' "$body"
	openai "$(says x)"
	equal "second" 503 "$status"
	openai "$(says x)"
	equal "third" 429 "$status"
	has "retry-after" 'retry-after: 2' "$head"
	has "retry-after-ms" 'retry-after-ms: 1500' "$head"
	has "words" '"code":"rate_limit_exceeded"' "$body"
	anthropic "$(claude x)"
	equal "fourth" 529 "$status"
	has "words" '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}' "$body"
	openai "$(says x)"
	equal "recovered" 200 "$status"
	openai "$(says x)"
	equal "the last entry stays" 200 "$status"
	fault '400:code=context_length_exceeded'
	openai "$(says x)"
	has "known code" "This model's maximum context length is" "$body"
	anthropic "$(claude x)"
	has "known code" 'prompt is too long: 208310 tokens > 200000 maximum' "$body"
	fault '500:type=odd:code=queer:message=a%2C b:should-retry=false'
	openai "$(says x)"
	has "own words" '{"error":{"message":"a, b","type":"odd","param":null,"code":"queer"}}' "$body"
	has "should-retry" 'x-should-retry: false' "$head"
	fault '503:body=html,503:body=text,503:body=empty,429:retry-after-date=60'
	openai "$(says x)"
	has "html" 'content-type: text/html' "$head"
	has "html" '<h1>Service Unavailable</h1>' "$body"
	openai "$(says x)"
	has "text" 'upstream connect error' "$body"
	openai "$(says x)"
	equal "empty" "503 " "$status $body"
	openai "$(says x)"
	has "date" ' GMT' "$(printf '%s' "$head" | grep retry-after:)"
}

# curl's results: 0 done, 18 a body that is cut, 28 too late, 52 no answer, 56 reset
test_transport() {
	stream=$(says x ',"stream":true')
	fault 'refuse,reset,reset-after-headers,hang,hang-headers,ok'
	openai "$(says x)"
	equal "refuse" 56 $rc
	openai "$(says x)"
	equal "reset" 56 $rc
	openai "$(says x)"
	equal "reset-after-headers" "56 200" "$rc $status"
	openai "$(says x)" -m 1
	equal "hang" "28 " "$rc $status"
	openai "$(says x)" -m 1
	equal "hang-headers" "28 200 " "$rc $status $body"
	fault 'cut=3,cut-rst=3,stall=3,stall=3:ms=50,cut=9,cut=10'
	openai "$(says 'repeat: 1 2 3 4 5 6' ',"stream":true')"
	equal "cut" "18 3" "$rc $(grep -c ^data: "$dir/body")"
	openai "$(says 'repeat: 1 2 3 4 5 6' ',"stream":true')"
	equal "cut-rst" "56 3" "$rc $(grep -c ^data: "$dir/body")"
	openai "$(says 'repeat: 1 2 3 4 5 6' ',"stream":true')" -m 1
	equal "stall" "28 3" "$rc $(grep -c ^data: "$dir/body")"
	openai "$(says 'repeat: 1 2 3 4 5 6' ',"stream":true')"
	equal "a stall that ends" "0 9" "$rc $(grep -c ^data: "$dir/body")"
	openai "$(says 'repeat: 1 2 3 4 5 6' ',"stream":true')"
	equal "cut before the end of the chunks" "18 9" "$rc $(grep -c ^data: "$dir/body")"
	openai "$(says 'repeat: 1 2 3 4 5 6' ',"stream":true')"
	equal "a cut after the end is none" "0 9" "$rc $(grep -c ^data: "$dir/body")"
	fault 'cut=20,cut=20+chunked,truncated,empty,html'
	openai "$(says x)"
	equal "cut body" "18 20" "$rc ${#body}"
	openai "$(says x)"
	equal "cut chunked body" "18 20" "$rc ${#body}"
	openai "$(says x)"
	equal "truncated" 0 $rc
	lacks "truncated" '"system_fingerprint"' "$body"
	openai "$stream"
	equal "empty" "0 200 " "$rc $status $body"
	openai "$stream"
	has "html" 'content-type: text/html' "$head"
	fault 'slow=300'
	openai "$(says x)" -m 0.2
	equal "slow" 28 $rc
	openai "$(says x)"
	equal "slow" 200 "$status"
	fault 'redirect=http://127.0.0.1:1/x?a=b+c'
	openai "$(says x)"
	equal "redirect" 307 "$status"
	has "redirect" 'location: http://127.0.0.1:1/x?a=b+c' "$head"
	fault 'chunked,close,drop,close'
	openai "$(says x)"
	has "chunked" 'transfer-encoding: chunked' "$head"
	lacks "chunked" 'content-length' "$head"
	openai "$(says x)"
	has "close" 'connection: close' "$head"
	lacks "close" 'content-length' "$head"
	has "close" '"usage"' "$body"
	openai "$(says x)"
	has "drop" 'connection: keep-alive' "$head"
	openai "$stream"
	lacks "close" 'chunked' "$head"
	has "close" '[DONE]' "$body"
	fault 'bigheaders=100,padding=100,padding=100'
	openai "$(says x)"
	checks=$((checks + 1))
	[ "$(wc -c <"$dir/head")" -gt 95000 ] || fail "bigheaders" "$(wc -c <"$dir/head") bytes"
	openai "$(says x)"
	equal "padding" "0 102400" "$rc $(sed 's/{.*//' "$dir/body" | tr -d '\n' | wc -c)"
	openai "$stream"
	has "padding of a stream" '[DONE]' "$body"
	fault 'bytewise,drip=0,wrong-type'
	openai "$(says x)"
	has "bytewise" '"content":"Hello from lead."' "$body"
	openai "$stream"
	has "drip" '[DONE]' "$body"
	openai "$(says x)"
	has "wrong-type" 'content-type: text/plain' "$head"
	fault ok
	# Two requests on one connection.
	equal "keep-alive" "200 200 1" "$(curl -sS -o /dev/null -o /dev/null -w '%{http_code} ' \
		"$url/health" "$url/health")$(curl -sS -o /dev/null -o /dev/null -w '%{num_connects}\n' \
		"$url/health" "$url/health" | awk '{n += $1} END {print n}')"
	openai "$(says x)" -H 'Transfer-Encoding: chunked'
	equal "a chunked request" 200 "$status"
	openai "$(says x)" -H 'Expect: 100-continue'
	has "100-continue" 'HTTP/1.1 100 Continue' "$head"
}

test_events() {
	say=$(says 'repeat: 1 2 3' ',"stream":true')
	fault 'garbage=3,mangled=3,error-after=2,error-in-200,no-done,crlf,comments,burst,plain,pings'
	openai "$say"
	equal "garbage" "0 7" "$rc $(grep -c ^data: "$dir/body")"
	equal "garbage is the third" '{"garbage": "this line brea' "$(sed -n 's/^data: //p' "$dir/body" | sed -n 3p)"
	has "garbage takes nothing away" '"content":" 2"' "$body"
	openai "$say"
	lacks "mangled takes something away" '"content":" 2"' "$body"
	openai "$say"
	equal "error-after" '4 {"error"' \
		"$(grep -c ^data: "$dir/body") $(sed -n 's/^data: \(.\{8\}\).*/\1/p' "$dir/body" | tail -n 1)"
	lacks "error-after" '[DONE]' "$body"
	openai "$say"
	equal "error-in-200" "200 1" "$status $(grep -c ^data: "$dir/body")"
	openai "$say"
	equal "no-done" "0 5" "$rc $(grep -c ^data: "$dir/body")"
	openai "$say"
	equal "crlf" 0 "$(tr '\r' '@' <"$dir/body" | grep -vc '@$')"
	openai "$say"
	equal "comments" 6 "$(grep -c '^: keep-alive$' "$dir/body")"
	openai "$say"
	has "burst" '[DONE]' "$body"
	openai "$say"
	has "plain" '"object":"chat.completion"' "$body"
	has "plain" 'content-length' "$head"
	openai "$say" -m 1
	equal "pings" "28 : keep-alive" "$rc $(head -n 1 "$dir/body")"
	anthropic "$(claude x ',"stream":true')" -m 1
	equal "pings" "28 event: ping" "$rc $(head -n 1 "$dir/body")"
	fault 'error-in-200:type=api_error,error-after=1,no-done,surrogates'
	anthropic "$(claude x)"
	equal "error-in-200" 200 "$status"
	has "error-in-200" '{"type":"error","error":{"type":"api_error"' "$body"
	anthropic "$(claude x ',"stream":true')"
	equal "error-after" "event: error" "$(grep ^event: "$dir/body" | tail -n 1)"
	has "error-after" '"type":"overloaded_error"' "$body"
	anthropic "$(claude x ',"stream":true')"
	lacks "no-done" 'message_stop' "$body"
	has "no-done" 'message_delta' "$body"
	openai "$(says 'repeat: \ud83d\ude00!' ',"stream":true')"
	has "first half" '"content":"\ud83d"' "$body"
	has "second half" '"content":"\ude00!"' "$body"
}

test_control() {
	curl -sS -X DELETE "$url/requests"
	equal "forgotten" '[]' "$(requests '')"
	fault '503,ok'
	openai "$(says one)"
	openai "$(says two ',"x":1')"
	has "fault" '"fault":"503"' "$(requests '')"
	has "status" '"status":503,"outcome":"answered"' "$(requests '')"
	has "headers" '"authorization":"Bearer sk-test-key"' "$(requests '')"
	has "body" '"body":"{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"one\"}]}"' "$(requests '')"
	last=$(requests '' | sed -n 's/.*{"n":\([0-9]*\),.*/\1/p' | head -n 1)
	has "refused" '"refused":"Unrecognized request argument supplied: x"' "$(requests "?since=$last")"
	lacks "since" 'one' "$(requests "?since=$last")"
	has "a bad script" "'cutt=3' is no fault" "$(curl -sS -X PUT --data-binary 'ok,cutt=3' "$url/fault")"
	fault ok
	printf '{"\377":1}' >"$dir/request"
	curl -sS -o /dev/null -H 'Content-Type: application/json' -H 'Authorization: Bearer x' \
		--data-binary "@$dir/request" "$url/v1/chat/completions"
	has "a body that is no text" '"body_base64":"eyL/IjoxfQ=="' "$(requests '')"

	# One that hangs must not be in the way of others, and is seen while it does.
	fault hang,ok
	openai_hang=$(says hang)
	curl -sS -m 20 -o /dev/null -H 'Authorization: Bearer x' -H 'Content-Type: application/json' \
		-d "$openai_hang" "$url/v1/chat/completions" 2>/dev/null &
	hanging=$!
	until requests '' | grep -q '"fault":"hang"'; do :; done
	openai "$(says x)" -m 2
	equal "another connection" 200 "$status"
	kill $hanging
	wait $hanging 2>/dev/null
	until requests '' | grep -q '"outcome":"left"'; do :; done
	# The next stop has to wake one that hangs.
	fault hang,ok
	curl -sS -m 20 -o /dev/null -H 'Authorization: Bearer x' -H 'Content-Type: application/json' \
		-d "$openai_hang" "$url/v1/chat/completions" 2>/dev/null &
	until requests '' | grep '"fault":"hang"' | grep -qv outcome; do :; done
}

# options STATUS WORDS OPTION...: it must end at once, with these words
options() {
	expected=$1
	words=$2
	shift 2
	out=$($run "$understudy" mock "$@" 2>&1 </dev/null)
	equal "exit status of mock $*" "$expected" $?
	has "mock $*" "$words" "$out"
}

test_options() {
	options 2 "--port '70000': is no number from 0 to 65535" --port 70000
	options 2 "--port 'x'" --port x
	options 2 "'nonsense' is no fault" --fault nonsense
	options 2 "'99' is no status from 400 to 599" --fault ok,99
	options 2 "unrecognized option '--nonsense'" --nonsense
	options 2 "'file': is no option" file
	options 2 'exclude each other' --answer a --words 3
	options 1 "cannot use the address 'nowhere.invalid'" --bind nowhere.invalid
	options 1 "cannot write the log '/nonexistent/log'" --log /nonexistent/log
	options 0 'usage: understudy mock' --help
	options 0 'cut-rst=N' --help
	start --name other --answer 'My answer' --key right-key --log "$dir/log" --fault 503 --fault ok
	options 1 "cannot listen on port '${url##*:}'" --port "${url##*:}"
	openai "$(says x)" -H 'Authorization: Bearer wrong-key'
	equal "the script goes first" 503 "$status"
	openai "$(says x)" -H 'Authorization: Bearer wrong-key'
	equal "wrong key" 401 "$status"
	has "wrong key" 'Incorrect API key provided: wro***-key.' "$body"
	openai "$(says x)" -H 'Authorization: Bearer right-key'
	has "right key, own answer" '"content":"My answer"' "$body"
	anthropic "$(claude x)" -H 'Authorization:' -H 'x-api-key: wrong'
	has "wrong key" '"message":"invalid x-api-key"' "$body"
	anthropic "$(claude x)" -H 'Authorization:' -H 'x-api-key: right-key'
	equal "right key" 200 "$status"
	equal "lines in the log" 5 "$(wc -l <"$dir/log")"
	has "the log" '"status":401,"outcome":"answered"' "$(sed -n 2p "$dir/log")"
	start --words 4 --token-ms 20 --compatible
	openai "$(says x ',"stream":true,"top_k":4,"reasoning_effort":"low"' | sed s/gpt-4o/local/)" -H 'Authorization:'
	equal "compatible" 200 "$status"
	has "words" '"content":" w4"' "$body"
	has "reasoning" '"delta":{"reasoning_content":"The"}' "$body"
	openai "$(says x ',"stream":true')" -m 0.06
	equal "token-ms" 28 $rc
	stop
}

start --name lead
for name in answers tools streams openai_rules anthropic_rules ollama responses doors statuses transport events control \
	options; do
	group "mock $name" "test_$name"
done
end
