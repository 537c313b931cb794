# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "badinput")]
