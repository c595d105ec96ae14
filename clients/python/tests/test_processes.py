"""Several processes, some of which end in the middle."""

import numpy as np

from datafabric import ExistsError

from .support import FabricCase, OtherProcess, eventually

MIB = 1 << 20
ITEMS = MIB


def payload(number: int) -> bytes:
    """What the writer under load stores in its `number`th round."""
    return np.random.default_rng(number).bytes(number * 7919 % 300_000)


HOLDER = """
array = fabric.attach("held")
say(str(array.pin))
while hear() == "check":
    expected = np.arange(array.size, dtype=array.dtype)
    say("right" if np.array_equal(array, expected) else "wrong")
array.release()
say("released")
hear()
"""


class Pins(FabricCase):
    def setUp(self) -> None:
        super().setUp()
        self.expected = np.arange(ITEMS, dtype=np.float64)

    def check(self, holder: OtherProcess) -> str:
        holder.say("check")
        return holder.hear()

    def test_deleted_and_overwritten_as_far_as_possible_the_bytes_stay(self) -> None:
        self.fabric.insert("held", self.expected)
        holder = self.other_process(HOLDER)
        self.assertRegex(holder.hear(), ":")
        self.fabric.delete("held")
        self.assertIsNone(self.fabric.locate("held"))
        self.assertEqual(self.segment()["pinned_bytes"], 8 * MIB)
        for number in range(self.segment_mib // 8 - 1):
            self.fabric.insert(f"filler-{number}", np.full(ITEMS - 1024, -1.0))
        self.assertEqual(self.check(holder), "right")
        holder.say("release")
        self.assertEqual(holder.hear(), "released")
        self.fabric.delete(*self.fabric.list())
        self.eventually_all_free()

    def test_replaced_the_old_bytes_stay(self) -> None:
        self.fabric.insert("held", self.expected)
        holder = self.other_process(HOLDER)
        holder.hear()
        self.fabric.insert("held", -self.expected, replace=True)
        self.assertEqual(self.check(holder), "right")
        np.testing.assert_array_equal(self.fabric.attach("held"), -self.expected)

    def test_defragmented_around_it_the_bytes_stay(self) -> None:
        self.fabric.insert("before", np.zeros(MIB))
        self.fabric.insert("held", self.expected)
        self.fabric.insert("between", np.zeros(MIB))
        self.fabric.insert("after", self.expected)
        holder = self.other_process(HOLDER)
        holder.hear()
        held = self.fabric.locate("held")
        after = self.fabric.locate("after")
        self.fabric.delete("before", "between")
        eventually(lambda: self.segment()["quarantined_bytes"] == 0)
        report = self.fabric.defrag()
        self.assertEqual(report["pinned_bytes"], 8 * MIB)
        self.assertEqual(self.fabric.locate("held"), held)
        self.assertGreater(report["moved_variables"], 0)
        self.assertNotEqual(self.fabric.locate("after"), after)
        self.assertEqual(self.check(holder), "right")
        np.testing.assert_array_equal(self.fabric.attach("after"), self.expected)
        holder.say("release")
        holder.hear()
        self.assertGreaterEqual(self.fabric.defrag()["largest_free_after"], report["largest_free_after"])
        np.testing.assert_array_equal(self.fabric.attach("held"), self.expected)

    def test_a_killed_holder_s_pin_ends(self) -> None:
        self.fabric.insert("held", self.expected)
        holder = self.other_process(HOLDER)
        holder.hear()
        self.assertEqual(self.segment()["pinned_bytes"], 8 * MIB)
        holder.kill()
        eventually(lambda: self.segment()["pinned_bytes"] == 0)

    def test_a_holder_whose_connections_are_lost_keeps_its_pin(self) -> None:
        self.fabric.insert("held", self.expected)
        holder = self.other_process("""
array = fabric.attach("held")
fabric.close()
say("closed")
hear()
array.release()
say("released")
hear()
""")
        self.assertEqual(holder.hear(), "closed")
        # A pin that hangs on its connection, made later, has gone when the linger is over.
        with self.connect() as other:
            self.assertTrue(other.redis.execute_command("FABRIC.PTR", "held"))
        eventually(lambda: (self.fabric.info("held") or {})["pins"] == 1)
        holder.say("release")
        self.assertEqual(holder.hear(), "released")
        self.assertEqual((self.fabric.info("held") or {})["pins"], 0)


class Writers(FabricCase):
    WRITER = """
reservation = fabric.reserve("product", np.float64, (4,))
reservation.array[:] = 1
say(str(reservation.xid))
if hear() == "seal":
    reservation.seal()
    say("sealed")
hear()
"""

    def test_the_consumer_knows_only_the_name(self) -> None:
        consumer = self.other_process("""
say("waiting")
array = fabric.attach("product", wait=60)
say(str(array.tolist()))
hear()
""")
        self.assertEqual(consumer.hear(), "waiting")
        blocked = "blocked_clients"
        eventually(lambda: self.fabric.redis.info("clients")[blocked] == 1)
        producer = self.other_process(self.WRITER)
        producer.hear()
        # It waits in slices, and doesn't between two of them.
        eventually(lambda: self.fabric.redis.info("clients")[blocked] == 1)
        producer.say("seal")
        self.assertEqual(consumer.hear(), "[1.0, 1.0, 1.0, 1.0]")

    def test_a_killed_writer_s_reservation_is_given_up(self) -> None:
        writer = self.other_process(self.WRITER)
        writer.hear()
        with self.assertRaises(ExistsError):
            self.fabric.insert("product", b"mine")
        writer.kill()

        def claimed() -> bool:
            try:
                self.fabric.insert("product", b"mine")
            except ExistsError:
                return True
            return False

        eventually(lambda: not claimed())
        self.fabric.delete("product")
        self.eventually_all_free()


class Restarts(FabricCase):
    def test_killed_and_started_again_everything_acknowledged_is_there(self) -> None:
        expected = {}
        for number in range(50):
            expected[f"array-{number}"] = np.random.default_rng(number).random(number * 1000)
            self.fabric.insert(f"array-{number}", expected[f"array-{number}"], documentation=f"number {number}")
        self.server.kill()
        self.server.start()
        self.assertEqual(set(self.fabric.list()), set(expected))
        for name, array in expected.items():
            np.testing.assert_array_equal(self.fabric.attach(name), array)
        self.assertEqual((self.fabric.info("array-7") or {})["documentation"], "number 7")

    def test_killed_under_load_what_was_acknowledged_is_there(self) -> None:
        writer = self.other_process("""
for number in range(1_000_000):
    size = (number * 7919) % 300_000
    try:
        fabric.insert(f"load-{number % 100}", np.random.default_rng(number).bytes(size), replace=True)
    except Exception as error:
        say(type(error).__name__)
        break
    say(str(number))
""")
        for _ in range(250):
            last = writer.hear()
        self.server.kill()
        while (line := writer.hear()).isdecimal():
            last = line
        self.assertEqual(line, "ConnectionError")
        self.server.start()
        (sure, unsure) = range(int(last) - 98, int(last) + 1), int(last) + 1
        for number in sure:
            self.assertTrue(self.fabric.get(f"load-{number % 100}") == payload(number), number)
        self.assertIn(self.fabric.get(f"load-{unsure % 100}"), (payload(unsure), payload(unsure - 100)))

    def test_released_while_the_server_was_away(self) -> None:
        self.fabric.insert("held", np.arange(1000.0))
        array = self.fabric.attach("held")
        self.server.kill()
        array.release()
        self.server.start()
        self.assertEqual((self.fabric.info("held") or {})["pins"], 0)

    def test_pins_and_reservations_of_living_processes_outlast_the_server(self) -> None:
        self.fabric.insert("held", np.arange(1000.0))
        holder = self.other_process(HOLDER)
        holder.hear()
        writer = self.other_process(Writers.WRITER)
        writer.hear()
        self.server.kill()
        self.server.start()
        self.fabric.delete("held")
        self.fabric.insert("held", np.full(1000, -1.0))
        holder.say("check")
        self.assertEqual(holder.hear(), "right")
        writer.say("seal")
        self.assertEqual(writer.hear(), "sealed")
        self.assertEqual(self.fabric.attach("product").tolist(), [1.0] * 4)
        holder.say("release")
        self.assertEqual(holder.hear(), "released")
