/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whom the boot line and the image's note can name: PVOPS_HOST(name, Linux's type, face in CPUID).
 * Where Linux is not made for one it goes on as on bare hardware there, and says so.
 */
PVOPS_HOST("native", X86_HYPER_NATIVE, "")
#ifdef CONFIG_XEN_PV
PVOPS_HOST("xen-pv", X86_HYPER_XEN_PV, "")
#endif
#ifdef CONFIG_XEN_PVHVM
PVOPS_HOST("xen-hvm", X86_HYPER_XEN_HVM, "XenVMMXenVMM")
#endif
#ifdef CONFIG_KVM_GUEST
PVOPS_HOST("kvm", X86_HYPER_KVM, "KVMKVMKVM\0\0\0")
#endif
#if IS_ENABLED(CONFIG_HYPERV)
PVOPS_HOST("hyperv", X86_HYPER_MS_HYPERV, "Microsoft Hv")
#endif
PVOPS_HOST("vmware", X86_HYPER_VMWARE, "VMwareVMware")
