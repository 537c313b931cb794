# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
"""Measured tables as pages of the documentation include them."""
from datetime import date


def text(tool, tables):
    """@tables: (title, rows of text, the first the head)."""
    lines = [f".. Written by {tool}, {date.today()}.", ""]
    for title, rows in tables:
        widths = [max(len(row[i]) for row in rows) or 1 for i in range(len(rows[0]))]
        rule = "  ".join("=" * width for width in widths)
        body = ["  ".join((cell or "\\").ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
        lines += [title, "-" * len(title), "", rule, body[0], rule, *body[1:], rule, ""]
    return "\n".join(lines)
