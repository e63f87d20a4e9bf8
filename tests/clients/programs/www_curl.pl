# www_curl.pl STYLE COUNT URL BODY - asks COUNT times by Perl's WWW::Curl
#
#   data   WRITEDATA, a file handle; one curl handle for all
#   write  WRITEFUNCTION
#   multi  all at once, in pieces, by WWW::Curl::Multi
use strict;
use warnings;
use WWW::Curl::Easy;
use WWW::Curl::Multi;

my ($style, $count, $url, $body) = @ARGV;
$| = 1;

sub chunk {
	my ($n, $bytes) = @_;
	printf "chunk %d %d\n%s\n", $n, length $bytes, $bytes;
}

sub line {
	my ($n, $text) = @_;
	printf "line %d %s\n", $n, $text =~ s/\s+$//r;
}

sub handle {
	my $curl = WWW::Curl::Easy->new;
	$curl->setopt(CURLOPT_URL, $url);
	$curl->setopt(CURLOPT_POSTFIELDS, $body);
	$curl->setopt(CURLOPT_HTTPHEADER,
		[ 'Content-Type: application/json', 'Authorization: Bearer sk-mine' ]);
	return $curl;
}

sub in_pieces {
	my ($curl, $n) = @_;
	$curl->setopt(CURLOPT_WRITEFUNCTION, sub { chunk($n, $_[0]); return length $_[0] });
	$curl->setopt(CURLOPT_HEADERFUNCTION, sub { line($n, $_[0]); return length $_[0] });
}

sub report {
	my ($curl, $n, $error) = @_;
	my %facts = (
		error  => $error,
		status => $curl->getinfo(CURLINFO_RESPONSE_CODE),
		type   => $curl->getinfo(CURLINFO_CONTENT_TYPE) // '',
		size   => $curl->getinfo(CURLINFO_SIZE_DOWNLOAD),
		url    => $curl->getinfo(CURLINFO_EFFECTIVE_URL),
	);
	print "$_ $n $facts{$_}\n" for sort keys %facts;
}

sub at_once {
	my $multi   = WWW::Curl::Multi->new;
	my $running = $count;
	my %handles;
	for my $n (1 .. $count) {    # an id of 0 is taken for none
		my $curl = $handles{$n} = handle();
		$curl->setopt(CURLOPT_PRIVATE, $n);
		in_pieces($curl, $n - 1);
		$multi->add_handle($curl);
	}
	while ($running) {
		my $left = $multi->perform;
		wait_for($multi) if $left == $running;
		while (my ($n, $error) = $multi->info_read) {
			report(delete $handles{$n}, $n - 1, $error);
			$running--;
		}
	}
}

sub wait_for {
	my @bits = ('', '', '');
	my @sets = $_[0]->fdset;
	for my $i (0 .. 2) {
		vec($bits[$i], $_, 1) = 1 for @{ $sets[$i] };
	}
	select($bits[0], $bits[1], $bits[2], 0.1);
}

if ($style eq 'version') {
	print "version 0 ", WWW::Curl::Easy::version(), "\n";
} elsif ($style eq 'multi') {
	at_once();
} else {
	my $curl = handle();
	for my $n (0 .. $count - 1) {
		my $got = '';
		open my $to, '>', \$got or die;
		$style eq 'data' ? $curl->setopt(CURLOPT_WRITEDATA, $to) : in_pieces($curl, $n);
		my $error = $curl->perform;
		chunk($n, $got) if length $got;
		report($curl, $n, $error);
	}
}
