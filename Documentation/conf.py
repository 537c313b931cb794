# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Sphinx configuration; `make docs` passes the generated op reference's place by -D."""
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
man_pages = []
