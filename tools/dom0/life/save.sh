# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# A domain that is saved, restored and moved, again and again, and lives on.
. /life/lib.sh

# A Xen without shadow paging, such as Debian's, cannot follow what a PV domain writes while it
# runs; all others can be moved.
can_move() { [ "$kind" != pv ] || xl info virt_caps | grep -qw shadow; }

# around WHAT COMMAND...: the guest knows that it will be held, and goes on afterwards.
around() {
	held=$1
	shift
	step "told of a gap" order gap
	mark
	step "$held" "$@"
	mark
	step "goes on after: $held" lives 3 30
	step "the gap is over" order on
	mark
	step "goes on without a gap" lives 10 30
}

step "it lives" lives 3 30
step "xenstore says what it can do" store_is control/feature-suspend 1
around "checkpoint" checkpoint
around "save and restore" save_and_restore
step "says again what it can do" store_is control/feature-suspend 1
if can_move; then
	around "migrate" migrate
else
	skip "migrate" "this Xen has no shadow paging for PV domains"
fi
around "pause" tool 10 sh -c "xl pause $name; sleep 1; xl unpause $name"
mark
step "memory: 24 MiB less" tool 10 xl mem-set "$name" 104
step "gives them" says 'balloon: 61[0-9]* pages are away, 0 wanted, 0 lost' 30
around "save and restore without them" save_and_restore
mark
step "memory: as before" tool 10 xl mem-set "$name" 128
step "takes them" says 'balloon: 0 pages are away, [0-9] wanted, 0 lost' 30
mark
step "shutdown" tool 60 xl shutdown -w "$name"
step "reports" says '^guest: done' 10
step "is gone" gone 20
