#!/usr/bin/env python3
"""How long a daemon takes from its start to its first answer 200 on /ready, in milliseconds.

ready.py RUNS PORT COMMAND...    prints the median
"""

import socket
import statistics
import subprocess
import sys
import time

runs, port, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]


def is_ready():
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /ready HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


times = []
for _ in range(runs):
    began = time.perf_counter()
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not is_ready():
        if daemon.poll() is not None or time.perf_counter() - began > 30:
            sys.exit("the daemon did not get ready")
        time.sleep(0.001)
    times.append(1000 * (time.perf_counter() - began))
    daemon.terminate()
    daemon.wait()
print(f"{statistics.median(times):.1f}")
