# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# A domain's life: guest/life.c runs, and things are done to it.
. /life/lib.sh

pauses() {
	step "told of a gap" order gap
	step "pause" tool 10 xl pause "$name"
	usleep 300000			# what it has said before is on its way
	mark
	sleep 3
	step "says nothing while it is paused" silent
	step "unpause" tool 10 xl unpause "$name"
	step "goes on" lives 3 20
	step "the gap is over" order on
	step "its clock went on, and it was offline" says '^life: gap of [3-9]... ms, offline [3-9]... ms' 5
	mark
	step "goes on without a gap" lives 10 30
}

# MiB by xl, and pages away by the guest. A PVH guest has given some for its grant table, which lie
# in their place: so many fewer go, and so many are wanted in the end.
has_memory() { [ "$(memory)" = "$1" ] && has "balloon: $2 pages are away, $3 wanted, 0 lost"; }

balloons() {
	whole=$(memory)
	mark
	step "memory: 24 MiB less" tool 10 xl mem-set "$name" 104
	step "the domain has them no more" wait_for 30 has_memory $((whole - 24)) '61[0-9]*' 0
	# Without Xen being told that the domain may have more.
	mark
	step "memory: more than there is" xenstore-write "/local/domain/$(id)/memory/target" 131072
	step "takes what it gets" says 'balloon: [1-9][0-9]* pages are away, [1-9][0-9]* wanted, 0 lost' 30
	mark
	step "memory: as before" tool 10 xl mem-set "$name" 128
	step "the domain has all" wait_for 30 has_memory "$whole" 0 '[0-9]'
	mark
	step "memory: less than it can do with" tool 10 xl mem-set "$name" 8
	step "gives what it can" says 'balloon: [1-9][0-9]* pages are away, -[1-9][0-9]* wanted, 0 lost' 60
	mark
	step "memory: as before again" tool 10 xl mem-set "$name" 128
	step "the domain has all again" wait_for 60 has_memory "$whole" 0 '[0-9]'
	mark
	step "goes on" lives 3 20
}

ignores_nonsense() {
	mark
	step "asked for what nobody knows" xenstore-write "/local/domain/$(id)/control/shutdown" nonsense
	step "acknowledges it" wait_for 20 store_is control/shutdown ""
	step "goes on as if nothing was" lives 3 20
}

# Another domain by the same name comes after this one.
reboots() {
	before=$(id)
	mark
	step "reboot" tool 30 xl reboot "$name"
	step "reports" says '^guest: done' 30
	mark
	step "is another domain" wait_for 30 another "$before"
	step "says hello again" says '^pvops: boot ' 30
	step "lives" lives 3 30
}

another() { [ -n "$(id)" ] && [ "$(id)" != "$1" ]; }

# The last: nothing may come after it.
shuts_down() {
	step "xenstore says what it can do" store_is control/feature-poweroff 1
	mark
	step "shutdown" tool 60 xl shutdown -w "$name"
	step "reports" says '^guest: done' 10
	step "is gone" gone 20
}

step "it lives" lives 3 30
pauses
balloons
ignores_nonsense
reboots
shuts_down
