<?php
/* trace.php - says what a program got, in the words of ../matrix.py */

function chunk(int $n, string $bytes): void
{
    printf("chunk %d %d\n%s\n", $n, strlen($bytes), $bytes);
}

function line(int $n, string $line): void
{
    echo "line $n ", rtrim($line), "\n";
}

function facts(int $n, array $facts): void
{
    foreach ($facts as $name => $value) {
        echo "$name $n $value\n";
    }
}

if ($argv[1] === 'version') {
    ['version' => $version, 'ssl_version' => $ssl] = curl_version();
    facts(0, ['version' => "libcurl/$version $ssl"]);
    exit;
}
