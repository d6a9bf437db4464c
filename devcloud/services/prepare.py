# SPDX-License-Identifier: Apache-2.0
"""Make the databases of one process: python -m devcloud.services.prepare SERVICE NAME STATE URL [CELL...]"""

import importlib
import sys
from pathlib import Path

service, name, state, url, *cells = sys.argv[1:]
prepare = importlib.import_module(f"devcloud.services.{service}").prepare
prepare(Path(state) / "etc" / name, url, *([cells] if cells else []))
