"""Connections that break, and servers that end, between a command and its reply."""

from __future__ import annotations

import gc
from typing import Any, Callable
from unittest import mock

import numpy as np
import redis

from datafabric import ExistsError, FabricError, NotFoundError

from .support import FabricCase, eventually


class LostReplies(FabricCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.connect()
        self.addCleanup(self.other.close)
        self.fabric.insert("held", np.arange(1000.0))

    def lose_reply(self, command: str, done: Callable[[], object], action: Callable[[], object]) -> None:
        """`action` fails because the connection breaks once the node has `done` the command."""
        send = redis.Connection.send_command

        def send_and_break(connection: Any, *words: Any, **options: Any) -> None:
            send(connection, *words, **options)
            if words[0] == command:
                patch.stop()
                eventually(done)
                connection.disconnect()
                raise redis.ConnectionError("the connection broke")

        patch = mock.patch.object(redis.Connection, "send_command", send_and_break)
        patch.start()
        with self.assertRaises(redis.ConnectionError):
            action()

    def pins(self) -> int:
        # A slot lasts as long as anything refers to it, and an error of redis-py may, in a cycle.
        gc.collect()
        return int((self.other.info("held") or {})["pins"])

    def reservations(self) -> int:
        gc.collect()
        return int(self.other.redis.info("fabric")["reservations"])

    def test_a_reservation_nobody_knows_of_ends_while_its_process_lives(self) -> None:
        self.lose_reply(
            "FABRIC.RESERVE",
            lambda: self.reservations() == 1,
            lambda: self.fabric.reserve("product", np.float64, (4,)),
        )
        eventually(lambda: self.reservations() == 0)
        with self.fabric.reserve("product", np.float64, (4,)) as again:
            again.array[:] = 1
        self.assertEqual(self.fabric.get("product").tolist(), [1.0] * 4)

    def test_so_does_a_pin(self) -> None:
        self.lose_reply("FABRIC.PTR", lambda: self.pins() == 1, lambda: self.fabric.attach("held"))
        eventually(lambda: self.pins() == 0)

    def test_what_is_known_of_stays(self) -> None:
        array = self.fabric.attach("held")
        reservation = self.fabric.reserve("product", np.float64, (4,))
        self.lose_reply("FABRIC.PTR", lambda: self.pins() == 2, lambda: self.fabric.attach("held"))
        later = self.fabric.attach("held")
        reservation.array[:] = 1
        reservation.seal()
        array.release()
        del array, reservation
        # The first slot is let go with the last that it protected.
        eventually(lambda: self.pins() == 1)
        later.release()
        self.assertEqual(self.pins(), 0)

    def test_a_seal_whose_reply_is_lost_is_repeated(self) -> None:
        reservation = self.fabric.reserve("product", np.float64, (4,))
        reservation.array[:] = 1
        reset = redis.Connection.read_response
        lost = []

        def lose_once(connection: Any, *args: Any, **options: Any) -> Any:
            reply = reset(connection, *args, **options)
            if not lost:
                lost.append(reply)
                connection.disconnect()
                raise redis.ConnectionError("the connection broke")
            return reply

        with mock.patch.object(redis.Connection, "read_response", lose_once):
            placements = reservation.seal()
        self.assertEqual(len(lost), 1)
        self.assertEqual(placements, self.fabric.locate("product"))


class Servers(FabricCase):
    def test_killed_between_reserve_and_seal_it_may_be_sealed_at_the_next(self) -> None:
        reservation = self.fabric.reserve("product", np.float64, (4,))
        reservation.array[:] = 1
        self.server.kill()
        with self.assertRaises(redis.ConnectionError):
            reservation.seal()
        self.server.start()
        reservation.seal()
        self.assertEqual(self.fabric.get("product").tolist(), [1.0] * 4)

    def test_a_name_deleted_meanwhile_is_not_found_and_its_array_stays(self) -> None:
        self.fabric.insert("held", np.arange(1000.0))
        array = self.fabric.attach("held")
        self.fabric.delete("held")
        with self.assertRaisesRegex(NotFoundError, "held"):
            self.fabric.attach("held")
        np.testing.assert_array_equal(array, np.arange(1000.0))
        array.release()

    def test_a_segment_given_back_stays_mapped_and_one_in_use_is_kept(self) -> None:
        self.fabric.insert("held", np.arange(1000.0))
        ((node, first),) = [(item["node"], item["shared_id"]) for item in self.fabric.segments()]
        self.fabric.alloc(64)
        array = self.fabric.attach("held")
        with self.assertRaisesRegex(FabricError, "INUSE.*pinned"):
            self.fabric.dealloc(node, first, move=True)
        array.release()
        self.fabric.dealloc(node, first, move=True)
        self.assertEqual(len(self.fabric.segments()), 1)
        # Its last bytes: the mapping outlasts the segment.
        np.testing.assert_array_equal(array, np.arange(1000.0))
        np.testing.assert_array_equal(self.fabric.get("held"), np.arange(1000.0))

    def test_a_reservation_given_up_says_so_at_seal(self) -> None:
        reservation = self.fabric.reserve("product", np.float64, (4,), lease=0.001)
        eventually(lambda: self.fabric.redis.info("fabric")["reservations"] == 0)
        with self.assertRaisesRegex(NotFoundError, "RESERVE again"):
            reservation.seal()

    def test_after_a_restart_pins_old_and_new_are_kept(self) -> None:
        self.fabric.insert("held", np.arange(1000.0))
        first = self.fabric.attach("held")
        self.server.kill()
        self.server.start()
        second = self.fabric.attach("held")
        with self.assertRaises(ExistsError):
            self.fabric.insert("held", b"")
        self.assertEqual((self.fabric.info("held") or {})["pins"], 2)
        first.release()
        second.release()
        self.assertEqual((self.fabric.info("held") or {})["pins"], 0)
