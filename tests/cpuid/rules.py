# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""What virt-what and systemd-detect-virt would print on a machine of this folder.

Their rules in our words: virt-what 1.25 (script and virt-what-cpuid-helper) and systemd's
src/basic/virt.c of 2024 (detect_vm and what it calls). Both look at more than CPUID: the row's
`firmware` is what DMI is taken to say (empty: there is no DMI), and /proc/xen is there where
Linux found itself under Xen.
"""
VIRT_WHAT_KNOWS = ("bhyve bhyve ", "KVMKVMKVM", "LKVMLKVMLKVM", "Microsoft Hv", "OpenBSDVMM58",
                   "TCGTCGTCGTCG", "VMwareVMware", "XenVMMXenVMM")
SYSTEMD_CPUID = {"XenVMMXenVMM": "xen", "KVMKVMKVM": "kvm", "Linux KVM Hv": "kvm",
                 "TCGTCGTCGTCG": "qemu", "VMwareVMware": "vmware", "Microsoft Hv": "microsoft",
                 "bhyve bhyve ": "bhyve", "QNXQVMBSQG": "qnx", "ACRNACRNACRN": "acrn",
                 "SRESRESRESRE": "sre", "Apple VZ": "apple"}
SYSTEMD_DMI = {"Amazon EC2": "amazon", "QEMU": "qemu", "VMware": "vmware", "innotek GmbH": "oracle",
               "Xen": "xen", "Parallels": "parallels", "BHYVE": "bhyve", "Hyper-V": "microsoft",
               "Apple Virtualization": "apple"}
SYSTEMD_DMI_FIRST = ("oracle", "xen", "amazon", "parallels")


class Machine:
    """A file of this folder."""

    def __init__(self, text):
        self.leaves, self.boot = {}, "hardware"
        for line in text.splitlines():
            if line.startswith("boot:"):
                self.boot = line.split()[1]
            elif line and not line.startswith("#") and ":" not in line:
                leaf, sub, *regs = (int(word, 16) for word in line.split())
                if not sub:
                    self.leaves[leaf] = regs
        self.hypervisor = bool(self.leaves[1][2] >> 31)

    def signature(self, base):
        words = self.leaves.get(base, [0] * 4)[1:]
        text = b"".join(word.to_bytes(4, "little") for word in words).decode("latin-1")
        return text.split("\0")[0]

    def sees_xen(self):
        """Does Linux find itself under Xen? It asks all bases, and the highest wins."""
        named = [self.signature(0x40000000 + i * 0x100) for i in range(256)]
        named = [name for name in named if name in ("XenVMMXenVMM", "KVMKVMKVM")]
        return self.boot.startswith("xen-pv") or named[-1:] == ["XenVMMXenVMM"]


def virt_what(machine, plain, firmware):
    """The lines it prints, in one. Its helper does not look at the hypervisor bit."""
    cpuid = ""
    for i in reversed(range(256)):
        if plain.signature(0x40000000 + i * 0x100) in VIRT_WHAT_KNOWS:
            cpuid = plain.signature(0x40000000 + i * 0x100)
            break
    said = []
    if "VMware" in (cpuid[:6], firmware):
        said.append("vmware")
    if cpuid == "Microsoft Hv":
        said.append("hyperv")
    elif firmware == "Hyper-V":
        said.append("virtualpc")
    if firmware == "innotek GmbH":
        said.append("virtualbox")
    if cpuid == "bhyve bhyve " or firmware == "BHYVE":
        said.append("bhyve")
    skip = firmware == "Parallels"
    if skip:
        said.append("parallels")
    if cpuid == "XenVMMXenVMM" and firmware:
        said += ["xen", "xen-hvm"]
        skip = True
    elif machine.sees_xen():
        said += ["xen", "xen-dom0" if machine.boot.endswith("dom0") else "xen-domU"]
        skip = True
    if not skip:
        if cpuid == "KVMKVMKVM":
            said.append("kvm")
        elif cpuid == "TCGTCGTCGTCG" or firmware == "QEMU":
            said.append("qemu")
    if cpuid == "LKVMLKVMLKVM":
        said.append("lkvm")
    if cpuid == "OpenBSDVMM58":
        said.append("vmm")
    if firmware == "Amazon EC2":
        said.append("aws")
    return " ".join(said)


def systemd_detect_virt(machine, plain, firmware):
    """The word it prints, containers left aside."""
    dmi = SYSTEMD_DMI.get(firmware)
    if dmi in SYSTEMD_DMI_FIRST:
        return dmi
    if machine.sees_xen() and not machine.boot.endswith("dom0"):
        return "xen"
    found = None
    if plain.hypervisor:
        found = SYSTEMD_CPUID.get(plain.signature(0x40000000), "vm-other")
    if found not in (None, "microsoft", "vm-other"):
        return found
    return dmi or found or "none"
