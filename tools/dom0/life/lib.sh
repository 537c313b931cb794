# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# What the scripts share that do things to a domain while it lives. Run as `sh SCRIPT NAME LOG`:
# the domain's name, the file with its console. A step says `script: ok WHAT`, `script: ok WHAT #
# SKIP WHY` or `script: not ok WHAT`, with what there is to say about it in lines with a `#`; after a
# failure nothing goes on.

name=$1
log=$2
tmp=/tmp/life-$name
kind=$(sed -n 's/^type="\(.*\)"/\1/p' "/rows/$name.cfg")
seen=0				# lines of the console that are not to be looked at again

# What the guest has said since mark().
mark() { seen=$(wc -l <"$log"); }
said() { tail -n +$((seen + 1)) "$log" | tr -d '\r'; }
count() { said | grep -c "$1"; }

now() { cut -d. -f1 /proc/uptime; }

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	end=$(($(now) + $1))
	shift
	until "$@"; do
		[ "$(now)" -lt $end ] || return 1
		usleep 50000
	done
}

has() { said | grep -q "$1"; }

# says REGEX SECONDS: the guest says a line that looks so, after mark().
says() { wait_for "$2" has "$1"; }

# lives N SECONDS: the guest says N lines of its life after mark().
# Linux's lines have their time in front.
lived() { [ "$(count '^\(\[.*\] \)*life [0-9]')" -ge "$1" ]; }
lives() { wait_for "$2" lived "$1"; }

silent() { ! has .; }

# The domain's id, state (as xl list has it) and MiB.
id() { xl domid "$name" 2>/dev/null; }
state() { xl list "$name" | awk 'NR == 2 { print $5 }'; }
memory() { xl list "$name" | awk 'NR == 2 { print $3 }'; }
is_gone() { [ -z "$(id)" ]; }
gone() { wait_for "$1" is_gone; }

# tool SECONDS COMMAND...: a command of the toolstack, whose words are told if it fails.
tool() {
	limit=$1
	shift
	timeout "$limit" "$@" >"$tmp.tool" 2>&1
	rc=$?
	[ $rc = 0 ] || echo "# $* ended by $rc" >>"$tmp.tool"
	return $rc
}

# The domain into a file and back; to this host as if it were another. xl's progress goes to a
# file, too, for there is a line for each part of memory.
save() { tool 120 xl save "$name" "$tmp.save"; }
restore() { tool 120 xl restore "$tmp.save" && rm -f "$tmp.save"; }
save_and_restore() { save && restore; }

# The domain is saved, and goes on as if nothing had been.
checkpoint() { tool 120 xl save -c "$name" "$tmp.save" && rm -f "$tmp.save"; }

migrate() { tool 240 xl migrate -s '' "$name" 'xl migrate-receive'; }

store_is() { [ "$(xenstore-read "/local/domain/$(id)/$1" 2>/dev/null)" = "$2" ]; }

# order WHAT: to guest/life.c, and wait until it has obeyed.
order() {
	xenstore-write "/local/domain/$(id)/data/life" "$1" && wait_for 15 store_is data/life ""
}

skip() { echo "script: ok $1 # SKIP $2"; }

# step WHAT COMMAND...: one line of the report.
step() {
	what=$1
	shift
	: >"$tmp.tool"
	if "$@"; then
		echo "script: ok $what"
		return
	fi
	echo "script: not ok $what"
	echo "# script: $*: failed; line $seen of the console was the last one before"
	tail -n 40 "$tmp.tool" | sed 's/^/# xl: /'
	tail -n 5 "$log" | sed 's/^/# guest: /'
	xl list | sed 's/^/# list: /'
	xl dmesg | tail -n 5 | sed 's/^/# xen: /'
	exit 1
}
