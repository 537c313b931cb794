# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
