# tclcurl.tcl STYLE COUNT URL BODY - asks COUNT times by TclCurl
#
#   bodyvar  perform with -bodyvar, one handle for all
#   write    perform with -writeproc
#   multi    all at once, by perform and active (select)
package require TclCurl
lassign $argv style count url body
fconfigure stdout -translation binary

proc chunk {n bytes} {
	puts "chunk $n [string length $bytes]\n$bytes"
	flush stdout
}

# A -writeproc is the name of a command, and gets the bytes alone. It has no -headerproc.
proc in_pieces {curl n} {
	interp alias {} chunk$n {} chunk $n
	$curl configure -writeproc chunk$n
}

proc handle {} {
	set curl [curl::init]
	$curl configure -url $::url -post 1 -postfields $::body \
		-httpheader [list "Content-Type: application/json" "Authorization: Bearer sk-mine"]
	return $curl
}

proc tell {n curl} {
	foreach {name info} {status responsecode type contenttype url effectiveurl} {
		puts "$name $n [$curl getinfo $info]"
	}
}

proc ask {n curl} {
	if {$::style eq "write"} {
		in_pieces $curl $n
	} else {
		set ::got ""
		$curl configure -bodyvar ::got
	}
	catch {$curl perform} code
	if {[info exists ::got] && $::got ne ""} { chunk $n $::got }
	puts "error $n $code"
	tell $n $curl
}

# TclCurl's own "getinfo" and "removehandle" of a multi crash, so neither is used, and what its
# "perform" returns is right but for a constant: how much less it is than at first counts what ended.
proc tell_all {} {
	foreach {curl n} [array get ::index] { tell $n $curl }
}

proc begin {multi} {
	for {set n 0} {$n < $::count} {incr n} {
		set curl [handle]
		set ::index($curl) $n
		in_pieces $curl $n
		$multi addhandle $curl
	}
}

switch $style {
	version { puts "version 0 [curl::version]" }
	multi {
		set multi [curl::multiinit]
		begin $multi
		set most [$multi perform]
		while {$most - [$multi perform] < $count} { $multi active }
		tell_all
	}
	default {
		set curl [handle]
		for {set n 0} {$n < $count} {incr n} { ask $n $curl }
	}
}
