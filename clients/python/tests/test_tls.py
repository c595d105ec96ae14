"""Over TLS, as one of the configured users."""

import shutil
import tempfile
import unittest
from pathlib import Path
from typing import Any

import numpy as np
import redis

import datafabric

from .support import Server, make_certificate

CONFIG = """
[tls]
hosts = ["127.0.0.1"]
port = 0
cert = "{cert}"
key = "{key}"

[[users]]
name = "bob"
password = "pw"
commands = ["+@fabric", "+@connection", "-@dangerous"]
read = ["mine/*"]
write = ["mine/*"]
"""


class Tls(unittest.TestCase):
    server: Server
    cert: str

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(tempfile.mkdtemp(prefix="datafabric-test-"))
        cls.addClassCleanup(shutil.rmtree, folder)
        cls.cert, key = make_certificate(folder, "127.0.0.1")
        cls.server = Server(64, CONFIG.format(cert=cls.cert, key=key))
        cls.addClassCleanup(cls.server.remove)
        cls.server.start()

    def connect(self, address: str, **options: Any) -> datafabric.Fabric:
        fabric = datafabric.connect(address, ssl_ca_certs=self.cert, **options)
        self.addCleanup(fabric.close)
        return fabric

    def test_arrays_are_mapped_all_the_same(self) -> None:
        fabric = self.connect(f"rediss://bob:pw@127.0.0.1:{self.server.tls_port}")
        array = np.arange(1_000_000.0)
        fabric.insert("mine/grid", array)
        with fabric.attach("mine/grid") as attached:
            self.assertTrue(np.array_equal(attached, array))
        with fabric.reserve("mine/reserved", "4 * int32") as reservation:
            reservation.array[:] = [1, 2, 3, 4]
        self.assertEqual(sorted(fabric.list()), ["mine/grid", "mine/reserved"])

    def test_ways_to_say_it(self) -> None:
        port = self.server.tls_port
        for address, options in [
            (f"127.0.0.1:{port}", {}),
            ("127.0.0.1", {"port": port}),
            (f"rediss://127.0.0.1:{port}", {}),
        ]:
            fabric = self.connect(address, ssl=True, username="bob", password="pw", **options)
            self.assertEqual(fabric.redis.ping(), True, address)
        with self.assertRaisesRegex(ValueError, "isn't TLS"):
            self.connect(f"redis://127.0.0.1:{port}", ssl=True)

    def test_what_is_not_allowed(self) -> None:
        fabric = self.connect(f"rediss://bob:pw@127.0.0.1:{self.server.tls_port}")
        with self.assertRaisesRegex(Exception, "no permissions to access one of the keys"):
            fabric.insert("theirs", np.zeros(3))
        with self.assertRaises(redis.exceptions.ConnectionError):
            datafabric.connect(f"rediss://127.0.0.1:{self.server.tls_port}").redis.ping()
