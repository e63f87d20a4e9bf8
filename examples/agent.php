<?php
// agent.php - an agent that may be killed at any time, and goes on where it was
//
//   understudy run --task trip --restart on-failure -- php agent.php

const DECLARED = <<<'C'
typedef int understudy_tool_fn(void *self, void *call);
struct understudy_tool {
	const char *name; understudy_tool_fn *call; void *self; void *classify; void *rules; size_t nrules;
};
struct understudy_policy {
	unsigned attempts; uint64_t backoff_low_ms; uint64_t backoff_high_ms; uint64_t deadline_ms;
};
const char *understudy_error(void);
int understudy_open(void **u);
void understudy_close(void *u);
int understudy_resume_or_start(void *u, const char *id, void **t);
int understudy_step_get(void *t, const char *name, void **result, size_t *n);
int understudy_step_complete(void *t, const char *name, const char *result, size_t n);
int understudy_drop(void *t);
void understudy_task_free(void *t);
int understudy_tool_call(void *u, struct understudy_tool *tools, size_t n, const char *args,
                         size_t nargs, struct understudy_policy *policy, void **result);
unsigned understudy_call_attempt(void *call);
int understudy_call_result(void *call, const char *bytes, size_t n);
void *understudy_result_bytes(void *r, size_t *n);
void understudy_result_free(void *r);
C;

class Agent
{
	private FFI $lib;
	private FFI\CData $u, $t;
	private bool $resumed;

	public function __construct(?string $task = null)
	{
		$this->lib = FFI::cdef(DECLARED, getenv('LIBUNDERSTUDY') ?: 'libunderstudy.so.0');
		$this->u = $this->lib->new('void *');
		$this->t = $this->lib->new('void *');
		$this->must($this->lib->understudy_open(FFI::addr($this->u)));
		$this->resumed = $this->must(
			$this->lib->understudy_resume_or_start($this->u, $task, FFI::addr($this->t))
		) === 1;
	}

	private function must(int $rc): int
	{
		if ($rc < 0) {
			throw new RuntimeException($this->lib->understudy_error());
		}
		return $rc;
	}

	/** The result of a step, which is done unless an earlier life has. */
	public function step(string $name, callable $work): string
	{
		$result = $this->lib->new('void *');
		$n = $this->lib->new('size_t');
		if ($this->lib->understudy_step_get($this->t, $name, FFI::addr($result), FFI::addr($n))) {
			return FFI::string($result, $n->cdata);
		}
		file_put_contents(getenv('JOURNAL') ?: 'php://stderr', "$name\n", FILE_APPEND);
		$text = $work();
		$this->must($this->lib->understudy_step_complete($this->t, $name, $text, strlen($text)));
		if (!$this->resumed && getenv('DIE_AFTER') === $name) {
			posix_kill(getmypid(), SIGKILL);
		}
		return $text;
	}

	/** Calls a tool: $function(attempt) returns its result, or a number that is an error. */
	public function call(string $name, callable $function): string
	{
		$lib = $this->lib;
		$cname = $lib->new('char[' . (strlen($name) + 1) . ']');
		FFI::memcpy($cname, $name, strlen($name));
		$tool = $lib->new('struct understudy_tool');
		$tool->name = $lib->cast('char *', $cname);
		$tool->call = function ($self, $call) use ($lib, $function) {
			$answer = $function($lib->understudy_call_attempt($call));
			return is_int($answer) ? $answer
			                       : $lib->understudy_call_result($call, $answer, strlen($answer));
		};
		$policy = $lib->new('struct understudy_policy');
		$policy->backoff_low_ms = 10;
		$policy->backoff_high_ms = 100;
		$result = $lib->new('void *');
		$n = $lib->new('size_t');
		$rc = $lib->understudy_tool_call(
			$this->u, FFI::addr($tool), 1, '', 0, FFI::addr($policy), FFI::addr($result)
		);
		$text = FFI::string($lib->understudy_result_bytes($result, FFI::addr($n)), $n->cdata);
		$lib->understudy_result_free($result);
		$this->must($rc);
		return $text;
	}

	public function finish(): void
	{
		$this->must($this->lib->understudy_drop($this->t));
		$this->lib->understudy_task_free($this->t);
		$this->lib->understudy_close($this->u);
	}
}

function ask(string $prompt): string
{
	$h = curl_init((getenv('OPENAI_BASE_URL') ?: 'https://api.openai.com/v1') . '/chat/completions');
	curl_setopt($h, CURLOPT_RETURNTRANSFER, true);
	curl_setopt($h, CURLOPT_HTTPHEADER, [
		'Authorization: Bearer ' . getenv('OPENAI_API_KEY'), 'Content-Type: application/json'
	]);
	curl_setopt($h, CURLOPT_POSTFIELDS, json_encode(
		['model' => 'gpt-4o', 'messages' => [['role' => 'user', 'content' => $prompt]]]
	));
	$answer = json_decode(curl_exec($h), true, 512, JSON_THROW_ON_ERROR);
	return $answer['choices'][0]['message']['content'];
}

$agent = new Agent();
$agent->step('plan', fn() => ask('plan'));
$found = $agent->step('search', fn() => $agent->call(
	'trains-php', fn(int $attempt) => $attempt === 1 ? 503 : 'three trains'
));
$agent->step('choose', fn() => ask('choose'));
$text = $agent->step('write', fn() => ask('write'));
echo "found: $found\nwrote: $text\n";
$agent->finish();
