# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Sphinx configuration; `make docs` passes the version by -D."""
from pathlib import Path

project = "pvops"
author = "the pvops authors"
copyright = "the pvops authors, BSD-2-Clause OR GPL-2.0"
extensions = []
master_doc = "index"
exclude_patterns = []
html_theme = "alabaster"
html_theme_options = {"description": "one kernel image, natively and on every hypervisor"}
# The reference is C; names of types are not defined in these pages.
primary_domain = "c"
nitpicky = False
c_id_attributes = []


def man_page(path):
    """Of a page whose title is `NAME(SECTION): what it does`."""
    title, what = path.read_text(encoding="utf-8").split("\n", 1)[0].split(": ", 1)
    name, section = title.rstrip(")").split("(")
    return f"man/{path.stem}", name, what, [], int(section)


man_pages = [man_page(path) for path in sorted(Path(__file__).parent.glob("man/*.rst"))]
