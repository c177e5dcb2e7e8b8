#!/usr/bin/env python3
"""Fill a catalog with copies of a worker that is in it, under other names.

many-workers.py CATALOG.DB COUNT    there are COUNT workers afterwards
"""

import hashlib
import json
import sqlite3
import sys

path, count = sys.argv[1], int(sys.argv[2])
database = sqlite3.connect(path)
text, status, has = database.execute(
    "SELECT record, status, (SELECT count(*) FROM artifact) FROM artifact LIMIT 1"
).fetchone()
worker = json.loads(text)
rows = []
for number in range(has, count):
    name = f"worker-{number:05}"
    backend, version = worker["workerType"], worker["version"]
    key = hashlib.sha256(name.encode()).hexdigest()
    worker["name"], worker["id"] = name, f"{name}:{backend}@{version}"
    worker["provenance"]["actionKey"] = key
    target = f"{key[:32]}-{name}-{version}"
    if "path" in worker:
        worker["path"] = f"/nowhere/{target}"
    slot = f"{name}:{backend}"
    rows.append((target, worker["id"], slot, key, status, 1, json.dumps(worker)))
with database:
    database.executemany(
        "INSERT INTO artifact (object, id, slot, action_key, status, active, record)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
