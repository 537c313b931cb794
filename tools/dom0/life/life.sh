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

ignores_nonsense() {
	mark
	step "asked for what nobody knows" xenstore-write "/local/domain/$(id)/control/shutdown" nonsense
	step "acknowledges it" wait_for 10 store_is control/shutdown ""
	step "goes on as if nothing was" lives 3 10
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
	step "reports" says '^guest: done' 5
	step "is gone" gone 5
}

step "it lives" lives 3 30
pauses
ignores_nonsense
reboots
shuts_down
