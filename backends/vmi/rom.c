// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
/*
 * The ROM's header (VMI specification, part 2.1; API 3.0).
 *
 * Linux looked at less: neither checksum nor bounds. A ROM that is wrong in one of them is
 * damaged, or was not put there by a hypervisor, and its code must not run.
 */
#include <pvops/boot.h>
#include <pvops/pvops.h>
#include "rom.h"

/* Linux could be built for holes up to 256 MiB; a kernel at 3 GiB must keep room for itself. */
#define LOWEST_TOP	0xf0000000

struct image {
	const u8 *bytes;
	u32 size;
	char why[80];
};

static void take(void *to, const u8 *from, u32 len)
{
	for (u32 i = 0; i < len; i++)
		((u8 *)to)[i] = from[i];
}

static bool within(const struct image *image, u32 off, u32 len)
{
	return off <= image->size && len <= image->size - off;
}

static u8 sum_of(const struct image *image)
{
	u8 sum = 0;

	for (u32 i = 0; i < image->size; i++)
		sum = (u8)(sum + image->bytes[i]);
	return sum;
}

/* A text of the ROM, if it ends inside: at most so much, nothing that would spoil a log. */
static bool text_of(const struct image *image, u32 off, char text[VMI_TEXT])
{
	u32 len = 0;

	text[0] = 0;
	if (!off)
		return true;
	while (within(image, off + len, 1) && image->bytes[off + len]) {
		u8 c = image->bytes[off + len];

		if (len < VMI_TEXT - 1) {
			text[len] = c >= ' ' && c < 0x7f ? (char)c : '?';
			text[len + 1] = 0;
		}
		len++;
	}
	return within(image, off + len, 1);
}

static bool read_pci(const struct image *image, u32 off, struct vmi_rom *rom)
{
	struct vmi_pci pci;

	if (!within(image, off, sizeof(pci)))
		return false;
	take(&pci, image->bytes + off, sizeof(pci));
	rom->vendor = pci.vendor;
	rom->device = pci.device;
	rom->rom_major = pci.major;
	rom->rom_minor = pci.minor;
	return pci.signature == VMI_PCI_SIGNATURE && pci.length >= sizeof(pci) &&
	       within(image, off, pci.length);
}

/* Maker and product are for the log alone: without them it works as well. */
static void read_pnp(const struct image *image, u32 off, struct vmi_rom *rom)
{
	struct vmi_pnp pnp;

	rom->maker[0] = rom->product[0] = 0;
	if (!off || !within(image, off, sizeof(pnp)))
		return;
	take(&pnp, image->bytes + off, sizeof(pnp));
	if (pnp.signature != VMI_PNP_SIGNATURE)
		return;
	if (!text_of(image, pnp.maker, rom->maker))
		rom->maker[0] = 0;
	if (!text_of(image, pnp.product, rom->product))
		rom->product[0] = 0;
}

static bool plausible_top(u32 top)
{
	return !top || (top >= LOWEST_TOP && !(top & (u32)~PVOPS_PAGE_MASK));
}

/* False: refused, and image->why says the reason. */
static bool read_rom(struct image *image, const struct vmi_header *header, u32 room,
		     struct vmi_rom *rom)
{
	image->size = (u32)header->length * VMI_ROM_UNIT;
	image->why[0] = 0;
	rom->size = image->size;
	rom->major = header->major;
	rom->minor = header->minor;
	rom->virtual_top = header->virtual_top;

	if (image->size < sizeof(*header))
		pvops_snprintf(image->why, sizeof(image->why), "%u bytes long", image->size);
	else if (image->size > room)
		pvops_snprintf(image->why, sizeof(image->why),
			       "%u bytes long, past the end of the window", image->size);
	else if (sum_of(image))
		pvops_snprintf(image->why, sizeof(image->why), "its bytes add up to 0x%x, not 0",
			       sum_of(image));
	/* A newer minor has more calls; ours is 0, so none is older. */
	else if (header->major != VMI_API_MAJOR)
		pvops_snprintf(image->why, sizeof(image->why),
			       "API %u.%u, this kernel has %u.%u", header->major, header->minor,
			       VMI_API_MAJOR, VMI_API_MINOR);
	else if (!read_pci(image, header->pci, rom))
		pvops_snprintf(image->why, sizeof(image->why), "no PCI header at 0x%x",
			       header->pci);
	else if (!text_of(image, header->licence, rom->licence))
		pvops_snprintf(image->why, sizeof(image->why), "licence at 0x%x runs out of it",
			       header->licence);
	else if (!plausible_top(header->virtual_top))
		pvops_snprintf(image->why, sizeof(image->why), "hypervisor's hole from 0x%x on",
			       header->virtual_top);
	else
		read_pnp(image, header->pnp, rom);
	return !image->why[0];
}

bool vmi_rom_find(struct vmi_rom *rom)
{
	const u8 *window = pvops_boot_phys(VMI_ROM_FIRST, VMI_ROM_LAST - VMI_ROM_FIRST);
	const u32 size = VMI_ROM_LAST - VMI_ROM_FIRST;
	struct vmi_header header;
	struct vmi_rom this;
	struct image image;
	u32 found = 0, step;

	for (u32 off = 0; window && off + sizeof(header) <= size; off += step) {
		step = VMI_ROM_STEP;
		/* What is decided on is read once. */
		take(&header, window + off, sizeof(header));
		if (header.rom_signature != VMI_ROM_SIGNATURE ||
		    header.signature != VMI_SIGNATURE)
			continue;
		image.bytes = window + off;
		this.gpa = VMI_ROM_FIRST + off;
		if (!read_rom(&image, &header, size - off, &this)) {
			pvops_log("vmi: ROM at 0x%x refused: %s", this.gpa, image.why);
			continue;
		}
		if (found++)
			pvops_log("vmi: ROMs at 0x%x and 0x%x, one too many: both refused",
				  rom->gpa, this.gpa);
		else
			*rom = this;
		/* What lies inside a good ROM is its own. */
		step = (this.size + VMI_ROM_STEP - 1) / VMI_ROM_STEP * VMI_ROM_STEP;
	}
	return found == 1;
}
