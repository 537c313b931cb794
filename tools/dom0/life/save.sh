# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# A domain that is saved, restored and moved, again and again, and lives on.
. /life/lib.sh

# The domain is saved, and goes on as if nothing had been.
checkpoint() { tool 120 xl save -c "$name" "$tmp.save" && rm -f "$tmp.save"; }

# A Xen without shadow paging, such as Debian's, cannot follow what a PV domain writes while it
# runs; of the others all can be moved.
no_log() { [ "$type" = pv ] && grep -q "Failed to enable logdirty" "$tmp.tool"; }
move() { migrate || no_log; }

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

save_and_restore() { save && restore; }

type=$(sed -n 's/^type="\(.*\)"/\1/p' "/rows/$name.cfg")
step "it lives" lives 3 30
step "xenstore says what it can do" store_is control/feature-suspend 1
around "checkpoint" checkpoint
around "save and restore" save_and_restore
step "says again what it can do" store_is control/feature-suspend 1
around "migrate" move
around "pause" tool 10 sh -c "xl pause $name; sleep 1; xl unpause $name"
around "save and restore again" save_and_restore
mark
step "shutdown" tool 60 xl shutdown -w "$name"
step "reports" says '^guest: done' 10
step "is gone" gone 20
