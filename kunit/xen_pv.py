# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""For kunit.py's --qemu_config: the kernel of --arch=x86_64 as the first guest of Xen, a PV one.

QEMU's -kernel is Xen (PVOPS_XEN) and the kernel (PVOPS_KERNEL) is its module. What kunit.py puts on
the command line is Xen's, but for what stands behind the two dashes; which suites to run
(PVOPS_FILTER) is said to the module.
"""
import os

from ..qemu_config import QemuArchParams

WORDS = f"console=hvc0 panic=-1 kunit.enable=1 kunit.filter_glob={os.environ['PVOPS_FILTER']}"

# SMAP is off: under emulation Xen cannot write to the stack of a PV guest with it.
QEMU_ARCH = QemuArchParams(linux_arch="x86_64",
                           kconfig="",
                           qemu_arch="x86_64",
                           kernel_path=os.environ["PVOPS_XEN"],
                           kernel_command_line="com1=115200,8n1 console=com1 dom0_mem=512M dom0_max_vcpus=1 --",
                           extra_qemu_params=["-cpu", "qemu64,+rdrand", "-initrd",
                                              f"{os.environ['PVOPS_KERNEL']} {WORDS}"])
