# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# A domain's life: guest/life.c runs, and things are done to it.
. /life/lib.sh

step "it lives" lives 3 30

step "told of a gap" order gap
step "pause" tool 10 xl pause "$name"
usleep 300000			# what it has said before is on its way
mark
sleep 6
step "says nothing while it is paused" silent
step "unpause" tool 10 xl unpause "$name"
step "goes on" lives 3 20
step "the gap is over" order on
step "its clock went on meanwhile" says '^life: gap of [67][0-9]* ms' 5
mark
step "goes on without a gap" lives 10 30

mark
step "told to end" order end
step "reports" says '^guest: done' 30
step "is gone" gone 20
