<?php
/* guzzle.php STYLE COUNT URL BODY - asks COUNT times by Guzzle
 *
 *   sync         one after the other
 *   sink         the same into a stream of the program's own
 *   curl_stream  the same with 'stream' => true where libcurl is the only way (no allow_url_fopen)
 *   php_stream   the same as Guzzle does it by default: by PHP's own HTTP, without libcurl
 *   pool         all at once
 */
use GuzzleHttp\Client;
use GuzzleHttp\Exception\ConnectException;
use GuzzleHttp\Exception\RequestException;
use GuzzleHttp\Pool;
use GuzzleHttp\Psr7\FnStream;
use GuzzleHttp\Psr7\Request;
use GuzzleHttp\Psr7\Utils;
use Psr\Http\Message\ResponseInterface;

require __DIR__ . '/trace.php';
require 'GuzzleHttp/autoload.php';
[, $style, $count, $url, $body] = $argv;

$client = new Client(['http_errors' => false]);
$headers = ['Content-Type' => 'application/json', 'Authorization' => 'Bearer sk-mine'];

function got(ResponseInterface $response, int $n): void
{
    $body = $response->getBody();
    while ($body->isReadable() && !$body->eof()) {
        chunk($n, $body->read(8192));
    }
    facts($n, [
        'error' => 0,
        'status' => $response->getStatusCode(),
        'type' => $response->getHeaderLine('Content-Type'),
    ]);
}

function failed(ConnectException|RequestException $why, int $n): void
{
    facts($n, ['error' => $why->getHandlerContext()['errno'] ?? $why->getMessage()]);
}

function sink(int $n): FnStream
{
    return FnStream::decorate(Utils::streamFor(''), [
        'isReadable' => fn () => false,
        'write' => function ($piece) use ($n) {
            chunk($n, $piece);
            return strlen($piece);
        },
    ]);
}

if ($style === 'pool') {
    $request = new Request('POST', $url, $headers, $body);
    $told = ['fulfilled' => 'got', 'rejected' => 'failed', 'concurrency' => $count];
    (new Pool($client, array_fill(0, $count, $request), $told))->promise()->wait();
    exit;
}
for ($n = 0; $n < $count; $n++) {
    $options = ['headers' => $headers, 'body' => $body];
    if ($style === 'sink') {
        $options['sink'] = sink($n);
    } elseif ($style !== 'sync') {
        $options['stream'] = true;
    }
    try {
        got($client->post($url, $options), $n);
    } catch (ConnectException | RequestException $why) {
        failed($why, $n);
    }
}
