"""A node of its own for each test case, and other processes that use it."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable

import datafabric

CLIENT = Path(__file__).resolve().parents[1]
ROOT = CLIENT.parents[1]
NODE = os.environ.get("DATAFABRIC_NODE") or shutil.which("node") or "node"

CONFIG = """
[node]
name = "{node}"
shm_prefix = "dftest"
state_dir = "{directory}/state"
segments_mib = [{segment_mib}]

[listen]
port = 0

[security]
source_roots = ["{directory}/sources"]
shm_source_prefixes = ["/psm_"]

[times]
quarantine_ms = 100
pin_linger_ms = 300
reserve_linger_ms = 300
restart_grace_ms = 100

[log]
level = "warn"
format = "json"
"""


PORT_MIN = 1024
# For what a test waits for; it fails instead of hanging.
PATIENCE_S = 30.0


def free_port() -> int:
    """Of loopback, for a server that comes back to it.

    None of those that outgoing connections get: while the server is away, whoever tries to reach it could be given its port, even be
    connected to itself, and it couldn't come back.
    """
    outgoing = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = PORT_MIN + secrets.randbelow(outgoing - PORT_MIN)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """`datafabric serve` on loopback, with a name and a directory of its own."""

    def __init__(self, segment_mib: int, more_config: str = "") -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="datafabric-test-"))
        self.node = f"py{os.getpid()}-{secrets.token_hex(4)}"
        self.port = free_port()
        self.tls_port = 0
        self.sources = self.directory / "sources"
        self.sources.mkdir()
        self.config = self.directory / "node.toml"
        self.log = self.directory / "log"
        fields = {"node": self.node, "directory": self.directory, "segment_mib": segment_mib}
        self.config.write_text(CONFIG.format(**fields) + more_config)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it serves, always on the same port."""
        reading, writing = os.pipe()
        command = [NODE, str(ROOT / "dist/cli/main.js"), "serve", "--config", str(self.config)]
        command += ["--port", str(self.port), "--ready-fd", str(writing)]
        with open(self.log, "ab") as log, open(reading) as ready:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=(writing,)
            )
            os.close(writing)
            line = ready.readline()
        if not line:
            raise AssertionError("the server ended instead of starting:\n" + self.log.read_text())
        for address in json.loads(line)["addresses"]:
            if address.startswith("tls:"):
                self.tls_port = int(address.rpartition(":")[2])

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def remove(self) -> None:
        """Stops the server and takes away what it would keep."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
        for path in Path("/dev/shm").glob(f"dftest.{self.node}.*"):
            path.unlink()
        shutil.rmtree(self.directory)


CLUSTER = """
[cluster]
password = "the nodes know it"
{keys}
heartbeat_ms = "100ms"
down_ms = "10s"
rejoin_wait_ms = "1s"

[node]
shm_prefix = "dftest"
state_dir = "{directory}/state"

[listen]
hosts = ["{host}"]

[times]
quarantine_ms = 100
restart_grace_ms = 100

[log]
format = "json"
"""

CLUSTER_TLS = """
[tls]
hosts = ["{host}"]
cert = "{cert}"
key = "{key}"
"""

CLUSTER_NODE = """
[[nodes]]
name = "{node}"
host = "{host}"
port = {port}
zone = "{node}"
segments_mib = [16]
{keys}
"""


def make_certificate(folder: Path, host: str) -> tuple[str, str]:
    """Paths of a certificate for that address, signed by itself, and of its key."""
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    making += ["-addext", f"subjectAltName=DNS:localhost,IP:{host}", "-keyout", key, "-out", cert]
    subprocess.run(making, check=True, capture_output=True)
    return cert, key


class Cluster:
    """Nodes of one fabric, at an address of the loopback that nobody else has; the first is the coordinator."""

    def __init__(self, size: int, launchers: dict[int, list[str]] | None = None, tls: bool = False) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="datafabric-test-"))
        self.host = ".".join(["127", *(str(secrets.randbelow(253) + 2) for _ in range(3))])
        self._mark = f"py{os.getpid()}-{secrets.token_hex(4)}"
        self.nodes = [f"{self._mark}-{index}" for index in range(size)]
        self.addresses = [f"{self.host}:{6379 + index}" for index in range(size)]
        self.tls_addresses = [f"{self.host}:{16379 + index}" for index in range(size)]
        self.cert, key = make_certificate(self.directory, self.host) if tls else ("", "")
        self._launchers = launchers or {}
        keys = f'tls_ca = "{self.cert}"' if tls else ""
        config = CLUSTER.format(directory=self.directory, host=self.host, keys=keys)
        if tls:
            config += CLUSTER_TLS.format(host=self.host, cert=self.cert, key=key)
        for index, node in enumerate(self.nodes):
            keys = f"tls_port = {16379 + index}" if tls else ""
            config += CLUSTER_NODE.format(node=node, host=self.host, port=6379 + index, keys=keys)
        self.config = self.directory / "cluster.toml"
        self.config.write_text(config)
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Returns when all have joined and know of each other's memory."""
        for index in range(len(self.nodes)):
            self._start(index)
        for address in self.addresses:
            with datafabric.connect(address) as fabric:
                eventually(lambda fabric=fabric: len({item["node"] for item in fabric.segments()}) == len(self.nodes))

    def _start(self, index: int) -> None:
        reading, writing = os.pipe()
        command = [*self._launchers.get(index, []), NODE, str(ROOT / "dist/cli/main.js"), "serve"]
        command += ["--config", str(self.config), "--node", self.nodes[index], "--ready-fd", str(writing)]
        log = self.directory / f"log{index}"
        with open(log, "ab") as output, open(reading) as ready:
            self.processes[index] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=(writing,)
            )
            os.close(writing)
            if not ready.readline():
                raise AssertionError("a node ended instead of starting:\n" + log.read_text())

    def signal(self, index: int, number: signal.Signals) -> None:
        self.processes[index].send_signal(number)

    def kill(self, index: int) -> None:
        self.processes[index].kill()
        self.processes[index].wait()

    def remove(self) -> None:
        for index in self.processes:
            self.kill(index)
        for path in Path("/dev/shm").glob(f"dftest.{self._mark}-*"):
            path.unlink()
        shutil.rmtree(self.directory)


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Returns when the condition holds; fails when it doesn't in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true within {seconds} s: {condition}")
        time.sleep(0.02)


class FabricCase(unittest.TestCase):
    """`self.server` runs for the whole case, `self.fabric` is connected to it for one test."""

    segment_mib = 64
    server: Server

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server(cls.segment_mib)
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()

    def setUp(self) -> None:
        self.fabric = self.connect()
        self.addCleanup(self._clear)

    def _clear(self) -> None:
        self.fabric.delete(*self.fabric.list())
        self.fabric.close()

    def connect(self) -> datafabric.Fabric:
        return datafabric.connect(self.server.url)

    def segment(self) -> dict[str, int]:
        """The sums over all segments."""
        segments = self.fabric.segments()
        labels = [label for label, value in segments[0].items() if isinstance(value, int)]
        return {label: sum(segment[label] for segment in segments) for label in labels}

    def eventually_all_free(self) -> None:
        """Passes when nothing is stored, reserved, pinned or in quarantine any more."""

        def all_free() -> bool:
            sums = self.segment()
            return sums["free_bytes"] == sums["bytes"]

        eventually(all_free)

    def other_process(self, body: str) -> OtherProcess:
        other = OtherProcess(self.server.url, body)
        self.addCleanup(other.kill)
        return other


class OtherProcess:
    """Runs `body` in a process of its own, with `fabric`, `np`, `say(text)` and `hear()`."""

    PRELUDE = """
import sys
import numpy as np
import datafabric

fabric = datafabric.connect(sys.argv[1])

def say(text):
    print(text, flush=True)

def hear():
    return sys.stdin.readline().strip()

"""

    def __init__(self, url: str, body: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(CLIENT)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PRELUDE + body, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def hear(self) -> str:
        """The next line it says."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """As kill -9, at once; harmless when it has ended."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
