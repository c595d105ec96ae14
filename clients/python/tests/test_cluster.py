"""Several nodes: which one is asked, what is reached from there, and what happens when one is gone."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import signal
import subprocess
import threading
import unittest
from typing import Any
from unittest import mock

import numpy as np
import redis

import datafabric

from .support import PATIENCE_S, Cluster
from .test_docs import examples

CONTENT = np.arange(1000) / 7


def port_of(fabric: datafabric.Fabric) -> int:
    return int(fabric.redis.connection_pool.connection_kwargs["port"])


class ClusterCase(unittest.TestCase):
    def cluster(self, size: int = 3, launchers: dict[int, list[str]] | None = None) -> Cluster:
        cluster = Cluster(size, launchers)
        self.addCleanup(cluster.remove)
        cluster.start()
        return cluster

    def connect(self, address: Any) -> datafabric.Fabric:
        fabric = datafabric.connect(address)
        self.addCleanup(fabric.close)
        return fabric

    def room(self) -> list[str]:
        """A command whose process has shared memory of its own, as on another machine."""
        rooted = [] if os.getuid() == 0 else ["-U", "-r"]
        flags = ["unshare", *rooted, "-m", "--propagation", "private", "sh", "-c"]
        script = "mount -t tmpfs -o size=64m tmpfs /dev/shm && exec \"$@\""
        self.assertIsNotNone(shutil.which("unshare"), "util-linux has it")
        subprocess.run([*flags, script, "sh", "true"], check=True)
        return [*flags, script, "sh"]


class Reaching(ClusterCase):
    def test_other_nodes_of_this_host_are_read_in_place(self) -> None:
        cluster = self.cluster()
        for node, address in zip(cluster.nodes, cluster.addresses):
            self.assertEqual(self.connect(address).insert(node, CONTENT)[0].node, node)
        for address in (cluster.addresses[0], cluster.addresses):
            fabric = self.connect(address)
            for node in cluster.nodes:
                with fabric.attach(node) as array:
                    self.assertEqual(array.source, "shared")
                    np.testing.assert_array_equal(array, CONTENT)
                    self.assertEqual(fabric.info(node)["pins"], 1)
                self.assertEqual(fabric.info(node)["pins"], 0)
            with self.assertRaises(datafabric.NotFoundError):
                fabric.attach("nothing")

    def test_over_tls_they_are_found_where_they_speak_it(self) -> None:
        cluster = Cluster(2, tls=True)
        self.addCleanup(cluster.remove)
        cluster.start()
        self.connect(cluster.addresses[1]).insert("far", CONTENT)
        address = f"rediss://{cluster.tls_addresses[0]}"
        for given in (address, [address]):
            fabric = datafabric.connect(given, ssl_ca_certs=cluster.cert)
            self.addCleanup(fabric.close)
            with fabric.attach("far") as array:
                self.assertEqual(array.source, "shared")
                np.testing.assert_array_equal(array, CONTENT)

    def test_the_example_of_the_documentation(self) -> None:
        cluster = self.cluster()
        self.connect(cluster.addresses[1]).insert("temperatures", np.zeros((40, 20)))
        (text,) = examples("cluster.md", "python")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(text.replace("127.0.0.1", cluster.host), {})
        self.assertEqual(output.getvalue(), "(40, 20) shared\n")

    def test_pins_left_to_the_collector_end_at_the_node_that_gave_them(self) -> None:
        cluster = self.cluster()
        self.connect(cluster.addresses[1]).insert("far", CONTENT)
        fabric = self.connect(cluster.addresses[0])
        array = fabric.attach("far")
        self.assertEqual(fabric.info("far")["pins"], 1)
        del array
        self.assertEqual(fabric.info("far")["pins"], 0)

    def test_the_node_whose_memory_is_here_is_asked_and_given_replicas(self) -> None:
        cluster = self.cluster(launchers={0: self.room(), 2: self.room()})
        self.connect(cluster.addresses[2]).insert("far", CONTENT)
        fabric = self.connect([cluster.addresses[0]])
        with fabric.attach("far") as array:
            self.assertEqual(port_of(fabric), 6380)
            self.assertEqual(array.source, "shared")
            np.testing.assert_array_equal(array, CONTENT)
        nodes = {placement.node for placement in fabric.info("far")["placements"]}
        self.assertEqual(nodes, {cluster.nodes[1], cluster.nodes[2]})

    def test_without_memory_here_the_bytes_are_copied(self) -> None:
        cluster = self.cluster(launchers={index: self.room() for index in range(3)})
        self.connect(cluster.addresses[1]).insert("far", CONTENT.reshape(10, 100))
        fabric = self.connect(cluster.addresses)
        with fabric.attach("far") as array:
            self.assertEqual((array.source, port_of(fabric)), ("copied", 6379))
            np.testing.assert_array_equal(array, CONTENT.reshape(10, 100))
        with mock.patch("datafabric.route._open_like", side_effect=datafabric.NodeLostError("cut off")):
            alone = self.connect([cluster.addresses[0]])
            with alone.attach("far") as array:
                self.assertEqual(array.source, "copied")
                np.testing.assert_array_equal(array, CONTENT.reshape(10, 100))


class Losing(ClusterCase):
    def test_reads_go_on_when_the_node_asked_is_killed(self) -> None:
        cluster = self.cluster()
        self.connect(cluster.addresses[2]).insert("there", CONTENT)
        self.connect(cluster.addresses[1]).insert("lost", CONTENT)
        fabric = self.connect(cluster.addresses[1:])
        lost = fabric.attach("lost")
        self.assertEqual(port_of(fabric), 6380)
        killing = threading.Thread(target=cluster.kill, args=(1,))
        before = after = 0
        while after < 100:
            # What began before the end counts as before it.
            dead = before >= 50 and not killing.is_alive()
            with fabric.attach("there") as array:
                np.testing.assert_array_equal(array, CONTENT)
            np.testing.assert_array_equal(fabric.get("there"), CONTENT)
            if dead:
                after += 1
            else:
                before += 1
            if before == 50 and killing.ident is None:
                killing.start()
        killing.join()
        self.assertEqual(port_of(fabric), 6381)
        np.testing.assert_array_equal(lost, CONTENT)
        lost.release()
        with fabric.reserve("new", np.float64, (1000,)) as reservation:
            reservation.array[:] = CONTENT
        np.testing.assert_array_equal(fabric.get("new"), CONTENT)

    def test_a_change_that_may_have_been_made_is_not_made_again(self) -> None:
        cluster = self.cluster()
        other = self.connect(cluster.addresses[2])
        other.insert("one", CONTENT)
        fabrics = [self.connect(cluster.addresses[1:]) for _ in range(3)]
        for fabric in fabrics:
            self.assertEqual(port_of(fabric), 6380)
            fabric.locate("one")
        outcomes: dict[str, Any] = {}

        def attempt(what: str, change: Any) -> None:
            try:
                outcomes[what] = change()
            except datafabric.NodeLostError as error:
                outcomes[what] = error

        cluster.signal(1, signal.SIGSTOP)
        changes = {
            "same": lambda: fabrics[0].insert("same", CONTENT),
            "differs": lambda: fabrics[1].insert("differs", CONTENT),
            "deleted": lambda: fabrics[2].delete("one"),
        }
        threads = [threading.Thread(target=attempt, args=item) for item in changes.items()]
        sent = threading.Semaphore(0)
        send = redis.Connection.send_command

        def send_and_tell(connection: Any, *words: Any, **options: Any) -> None:
            send(connection, *words, **options)
            sent.release()

        with mock.patch.object(redis.Connection, "send_command", send_and_tell):
            for thread in threads:
                thread.start()
            for thread in threads:
                self.assertTrue(sent.acquire(timeout=PATIENCE_S))
        other.insert("same", CONTENT)
        other.insert("differs", np.ones(1))
        cluster.kill(1)
        for thread in threads:
            thread.join()
        self.assertEqual(outcomes["same"][0].node, cluster.nodes[2])
        for what in ("differs", "deleted"):
            self.assertIsInstance(outcomes[what], datafabric.NodeLostError, what)
        self.assertEqual(fabrics[2].delete("one"), 1)

    def test_one_that_is_gone_before_it_is_asked_is_no_error(self) -> None:
        cluster = self.cluster(size=2)
        fabric = self.connect(cluster.addresses)
        self.assertEqual(port_of(fabric), 6379)
        cluster.kill(0)
        self.assertEqual(len(fabric.nodes()), 2)
        cluster.kill(1)
        with self.assertRaisesRegex(datafabric.NodeLostError, "no node answers .*6379.*6380"):
            fabric.locate("x")
        cluster.start()
        fabric.insert("x", CONTENT)
        np.testing.assert_array_equal(fabric.get("x"), CONTENT)

    def test_no_address_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            datafabric.connect([])
