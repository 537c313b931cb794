# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
# Linux is saved while it works, goes on and is restored, then its workload runs: its first two tests,
# kernel-patches/workload/held.c, wait for that.
. /life/lib.sh

# held NUMBER WHAT: the test of this number ends well after it.
held() {
	mark
	step "it lives before: $2" lives 5 200
	step "$2" "$2"
	step "it was held: $2" says 'life: held for [0-9]* ms' 60
	step "goes on after: $2" says "ok $1 goes_on_when_held" 60
}

held 1 checkpoint
held 2 save_and_restore
step "its workload ends" says 'linux: end, status' 300
step "is gone" gone 30
