<?php
/* symfony.php STYLE COUNT URL BODY - asks COUNT times by Symfony's HttpClient
 *
 *   sync    one after the other
 *   stream  the same, in pieces
 *   multi   all at once, in pieces
 */
use Symfony\Component\HttpClient\CurlHttpClient;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Contracts\HttpClient\Exception\TransportExceptionInterface;
use Symfony\Contracts\HttpClient\ResponseInterface;

require __DIR__ . '/trace.php';
require 'Symfony/Component/HttpClient/autoload.php';
[, $style, $count, $url, $body] = $argv;

$client = HttpClient::create();
if (!$client instanceof CurlHttpClient) {
    exit('it does not take libcurl but ' . $client::class);
}

function ask(int $n): ResponseInterface
{
    global $client, $url, $body;
    return $client->request('POST', $url, [
        'body' => $body,
        'headers' => ['Content-Type' => 'application/json', 'Authorization' => 'Bearer sk-mine'],
        'user_data' => $n,
    ]);
}

function ended(ResponseInterface $response, string $error): void
{
    facts($response->getInfo('user_data'), [
        'error' => $error,
        'status' => $response->getInfo('http_code'),
        'type' => $error ? '' : $response->getHeaders(false)['content-type'][0],
        'size' => $response->getInfo('size_download'),
        'url' => $response->getInfo('url'),
    ]);
}

function sync(int $n): void
{
    $response = ask($n);
    try {
        chunk($n, $response->getContent(false));
        ended($response, '0');
    } catch (TransportExceptionInterface $why) {
        ended($response, $why->getMessage());
    }
}

function pieces(array $responses): void
{
    global $client;
    foreach ($client->stream($responses) as $response => $piece) {
        try {
            if ($piece->isFirst()) {
                $response->getStatusCode(); // else it throws at what is 300 or more
            }
            chunk($response->getInfo('user_data'), $piece->getContent());
            if ($piece->isLast()) {
                ended($response, '0');
            }
        } catch (TransportExceptionInterface $why) {
            ended($response, $why->getMessage());
        }
    }
}

if ($style === 'multi') {
    pieces(array_map('ask', range(0, $count - 1)));
    exit;
}
for ($n = 0; $n < $count; $n++) {
    $style === 'sync' ? sync($n) : pieces([ask($n)]);
}
