<?php
/* ext_curl.php STYLE COUNT URL BODY - asks COUNT times by PHP's curl
 *
 *   return   curl_exec with CURLOPT_RETURNTRANSFER, one handle for all
 *   header   the same with CURLOPT_HEADER, taken apart by CURLINFO_HEADER_SIZE
 *   write    the same with CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION
 *   multi, multi_write   all at once by curl_multi_exec and curl_multi_select
 */
require __DIR__ . '/trace.php';
[, $style, $count, $url, $body] = $argv;
$lines = array_fill(0, $count, 0);

function handle(int $n): CurlHandle
{
    global $style, $url, $body;
    $ch = curl_init($url);
    curl_setopt_array($ch, [
        CURLOPT_POST => true,
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json', 'Authorization: Bearer sk-mine'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HEADER => $style === 'header',
    ]);
    if (str_ends_with($style, 'write')) {
        listen($ch, $n);
    }
    return $ch;
}

function listen(CurlHandle $ch, int $n): void
{
    curl_setopt($ch, CURLOPT_WRITEFUNCTION, function ($ch, $piece) use ($n) {
        chunk($n, $piece);
        return strlen($piece);
    });
    curl_setopt($ch, CURLOPT_HEADERFUNCTION, function ($ch, $line) use ($n) {
        global $lines;
        $lines[$n]++;
        line($n, $line);
        return strlen($line);
    });
}

function tell(int $n, CurlHandle $ch, string|bool|null $got, int $error): void
{
    global $lines;
    if (is_string($got) && $got !== '') {
        $size = curl_getinfo($ch, CURLINFO_HEADER_SIZE);
        $head = $GLOBALS['style'] === 'header' ? substr($got, 0, $size) : '';
        $lines[$n] = substr_count($head, "\n");
        chunk($n, substr($got, strlen($head)));
    }
    facts($n, [
        'error' => $error,
        'status' => curl_getinfo($ch, CURLINFO_RESPONSE_CODE),
        'type' => curl_getinfo($ch, CURLINFO_CONTENT_TYPE),
        'size' => curl_getinfo($ch, CURLINFO_SIZE_DOWNLOAD_T),
        'url' => curl_getinfo($ch, CURLINFO_EFFECTIVE_URL),
        'lines' => $lines[$n],
    ]);
}

function at_once(int $count): void
{
    $mh = curl_multi_init();
    $handles = array_map('handle', range(0, $count - 1));
    foreach ($handles as $ch) {
        curl_multi_add_handle($mh, $ch);
    }
    do {
        $code = curl_multi_exec($mh, $running);
        if ($running) {
            curl_multi_select($mh);
        }
    } while ($running && $code === CURLM_OK);
    while ($done = curl_multi_info_read($mh)) {
        $n = array_search($done['handle'], $handles, true);
        tell($n, $handles[$n], curl_multi_getcontent($handles[$n]), $done['result']);
        curl_multi_remove_handle($mh, $handles[$n]);
    }
}

if (str_starts_with($style, 'multi')) {
    at_once($count);
    exit;
}
$ch = handle(0);
for ($n = 0; $n < $count; $n++) {
    if ($style === 'write') {
        listen($ch, $n);
    }
    tell($n, $ch, curl_exec($ch), curl_errno($ch));
}
