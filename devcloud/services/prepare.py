# SPDX-License-Identifier: Apache-2.0
"""Make one service's databases: python -m devcloud.services.prepare NAME STATE URL"""

import importlib
import sys
from pathlib import Path

name, state, url = sys.argv[1:]
importlib.import_module(f"devcloud.services.{name}").prepare(Path(state) / "etc" / name, url)
