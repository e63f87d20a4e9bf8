<?php
/* client.php WAY URL HEADERS BODY - asks by PHP's curl and prints what came, as JSON
 *
 *   return   CURLOPT_RETURNTRANSFER
 *   header   the same with CURLOPT_HEADER, taken apart by CURLINFO_HEADER_SIZE
 *   write    CURLOPT_WRITEFUNCTION and CURLOPT_HEADERFUNCTION
 */
[, $way, $url, $headers, $body] = $argv;
$lines = 0;
$times = [];
$text = '';

$ch = curl_init($url);
curl_setopt_array($ch, [
    CURLOPT_POST => true,
    CURLOPT_POSTFIELDS => file_get_contents($body),
    CURLOPT_HTTPHEADER => file($headers, FILE_IGNORE_NEW_LINES),
    CURLOPT_RETURNTRANSFER => $way !== 'write',
    CURLOPT_HEADER => $way === 'header',
]);
if ($way === 'write') {
    curl_setopt($ch, CURLOPT_WRITEFUNCTION, function ($ch, $piece) use (&$text, &$times) {
        $times[] = hrtime(true);
        $text .= $piece;
        return strlen($piece);
    });
    curl_setopt($ch, CURLOPT_HEADERFUNCTION, function ($ch, $line) use (&$lines) {
        $lines++;
        return strlen($line);
    });
}
$got = curl_exec($ch);
if ($way === 'header' && $got !== false) {
    $size = curl_getinfo($ch, CURLINFO_HEADER_SIZE);
    $lines = substr_count(substr($got, 0, $size), "\n");
    $text = substr($got, $size);
} elseif ($way === 'return') {
    $text = (string) $got;
}
echo json_encode([
    'error' => curl_errno($ch),
    'status' => curl_getinfo($ch, CURLINFO_RESPONSE_CODE),
    'type' => curl_getinfo($ch, CURLINFO_CONTENT_TYPE),
    'size' => curl_getinfo($ch, CURLINFO_SIZE_DOWNLOAD_T),
    'url' => curl_getinfo($ch, CURLINFO_EFFECTIVE_URL),
    'lines' => $lines,
    'spread_ms' => $times ? intdiv(end($times) - $times[0], 1000000) : 0,
    'body' => $text,
]), "\n";
