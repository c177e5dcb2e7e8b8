#!/usr/bin/env python3
"""Run a command and write what it cost, as JSON: wall seconds and peak memory in MB.

`own` is the command's own process (VmHWM, read until it ends), `largest` the largest
of it and the processes it waited for.

usage: peak.py RESULT COMMAND...
"""

import json
import os
import sys
import time

KIB = 1024 / 1e6  # in MB


def high_water(pid):
    """VmHWM in KiB, or 0 for a process that has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def main():
    result, command = sys.argv[1], sys.argv[2:]
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ)
    own = 0
    while True:
        own = max(own, high_water(pid))
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            break
        time.sleep(0.005)
    seconds = time.monotonic() - start
    with open(result, "w", encoding="utf-8") as file:
        json.dump({"seconds": seconds, "own": own * KIB, "largest": usage.ru_maxrss * KIB}, file)
    return os.waitstatus_to_exitcode(status)


sys.exit(main() & 0xFF)
