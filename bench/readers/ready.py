"""Gets values into this process and says how long that took: `ready.py SIDE PORT`, then a line of JSON for each task.

SIDE: `client` (the Python client's attach), `bare` (redis-py and numpy.memmap) or `get` (redis-py's GET). A task is
{"name", "repeats", "read"}; the answer is {"seconds": [seconds, …]}: until an array is there or, with `read`, until every byte of it
has been summed as well. Every repetition gets the value anew.
"""

import json
import sys
import time

import numpy as np
import redis


def bare(server, name):
    reply = server.execute_command("FABRIC.PTR", name)
    p = dict(zip(reply[::2], reply[1::2]))
    array = np.memmap("/dev/shm" + p[b"shm"].decode(), p[b"dtype"].decode(), "r", p[b"offset"], tuple(p[b"shape"]))
    return array, lambda: server.execute_command("FABRIC.RELEASE", p[b"pin"])


def get(server, name):
    return np.frombuffer(server.get(name)), lambda: None


def through_client(fabric, name):
    array = fabric.attach(name)
    return array, array.release


def side_of(kind, port):
    if kind != "client":
        return (bare if kind == "bare" else get), redis.Redis(port=port)
    sys.path.insert(0, "clients/python")
    import datafabric

    return through_client, datafabric.connect(port=port)


def measure(fetch, server, name, read):
    start = time.perf_counter()
    array, release = fetch(server, name)
    if read:
        total = float(np.asarray(array).sum())
    seconds = time.perf_counter() - start
    if read and total != array.size:
        raise SystemExit(f"{name}: the sum is {total}, not {array.size}")
    del array
    release()
    return seconds


kind, port = sys.argv[1:]
fetch, server = side_of(kind, int(port))
# Connected, and nothing else: the first measure pays for whatever else a process does once.
(server.redis if kind == "client" else server).ping()
for line in sys.stdin:
    task = json.loads(line)
    seconds = [measure(fetch, server, task["name"], task["read"]) for _ in range(task["repeats"])]
    print(json.dumps({"seconds": seconds}), flush=True)
