# SPDX-License-Identifier: Apache-2.0
from devcloud.layout import Options, Ports
def demo(ports, options, report):
    pass
