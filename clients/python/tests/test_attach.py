import gc
import os
import pickle
import signal
from unittest import mock

import numpy as np

from datafabric import FabricArray, FabricError, NotFoundError, segments

from .support import FabricCase, eventually

ARRAY = np.arange(800.0).reshape(40, 20)


class Attach(FabricCase):
    def setUp(self) -> None:
        super().setUp()
        self.fabric.insert("grid", ARRAY)

    def pins(self) -> int:
        info = self.fabric.info("grid")
        return 0 if info is None else int(info["pins"])

    def mappings(self) -> int:
        """How often this process has mapped the segment."""
        with open("/proc/self/maps") as maps:
            return sum(f"dftest.{self.server.node}.s0001" in line for line in maps)

    def test_shared_memory_itself_read_only(self) -> None:
        shown = self.fabric.attach("grid")
        np.testing.assert_array_equal(shown, ARRAY)
        self.assertEqual((shown.dtype, shown.shape), (ARRAY.dtype, ARRAY.shape))
        self.assertFalse(shown.copied)
        with self.assertRaises(ValueError):
            shown[0] = 1
        with self.assertRaises(ValueError):
            shown.flags.writeable = True
        self.assertEqual(self.mappings(), 1)

    def test_one_mapping_serves_all_arrays_of_a_segment(self) -> None:
        self.fabric.insert("other", ARRAY)
        first, second = self.fabric.attach("grid"), self.fabric.attach("other")
        self.assertEqual(self.mappings(), 1)
        del first, second
        gc.collect()
        self.assertEqual(self.mappings(), 0)

    def test_pinned_until_released_once(self) -> None:
        shown = self.fabric.attach("grid")
        self.assertEqual(self.pins(), 1)
        self.assertRegex(str(shown.pin), rf"^{self.server.node}:[0-9a-f]{{16}}$")
        shown.release()
        self.assertEqual((self.pins(), shown.pin), (0, None))
        shown.release()
        self.assertEqual(float(shown.sum()), float(ARRAY.sum()))

    def test_pinned_for_a_block(self) -> None:
        with self.fabric.attach("grid") as shown:
            self.assertEqual(self.pins(), 1)
            self.assertEqual(float(shown.sum()), float(ARRAY.sum()))
        self.assertEqual(self.pins(), 0)

    def test_released_with_its_variable(self) -> None:
        self.fabric.attach("grid").release(delete=True)
        self.assertIsNone(self.fabric.locate("grid"))

    def test_the_collector_releases_what_nobody_shows_any_more(self) -> None:
        shown = self.fabric.attach("grid")
        view = np.asarray(shown)[3:5].T
        del shown
        gc.collect()
        self.assertEqual(self.pins(), 1)
        np.testing.assert_array_equal(view, ARRAY[3:5].T)
        del view
        gc.collect()
        self.assertEqual(self.pins(), 0)

    def test_views_know_their_variable_and_results_are_plain(self) -> None:
        shown = self.fabric.attach("grid")
        self.assertEqual(shown[2:].pin, shown.pin)
        self.assertEqual(shown.reshape(-1).xid, shown.xid)
        self.assertIs(type(shown + 1), np.ndarray)
        self.assertIs(type(shown.sum()), np.float64)
        self.assertIs(type(shown.sum(axis=0)), np.ndarray)
        copy = shown.copy()
        self.assertEqual(copy.pin if isinstance(copy, FabricArray) else None, None)
        copy[0] = 1

    def test_pickled_it_is_a_copy(self) -> None:
        copy = pickle.loads(pickle.dumps(self.fabric.attach("grid")))
        np.testing.assert_array_equal(copy, ARRAY)
        self.assertEqual((copy.pin, copy.xid, copy.copied), (None, None, False))
        copy[0] = 1

    def test_leases_end_and_are_renewed(self) -> None:
        long = self.fabric.attach("grid", lease=60)
        short = self.fabric.attach("grid", lease=0.05)
        eventually(lambda: self.pins() == 1)
        long.renew(0.05)
        eventually(lambda: self.pins() == 0)
        for late in (long, short):
            with self.assertRaises(NotFoundError):
                late.release()

    def test_a_missing_variable(self) -> None:
        with self.assertRaisesRegex(NotFoundError, "nowhere"):
            self.fabric.attach("nowhere")
        with self.assertRaises(NotFoundError):
            self.fabric.get("nowhere", wait=0.05)
        self.assertIsNone(self.fabric.wait("nowhere", 0.05))
        self.assertIsNone(self.fabric.locate("nowhere"))
        self.assertIsNone(self.fabric.info("nowhere"))

    def test_waiting_across_socket_time_outs(self) -> None:
        with self.connect() as patient:
            patient._link._wait_slice_s = 0.02
            with self.assertRaises(NotFoundError):
                patient.attach("nowhere", wait=0.1)
            self.assertIsNotNone(patient.wait("grid", 0.1))

    def test_empty_and_scalar(self) -> None:
        self.fabric.insert("nothing", np.zeros((0, 3)))
        self.fabric.insert("scalar", np.float32(2.5))
        self.assertEqual(self.fabric.attach("nothing").shape, (0, 3))
        self.assertEqual(self.fabric.attach("scalar")[()], np.float32(2.5))

    def test_get_is_a_copy_of_one_s_own(self) -> None:
        copy = self.fabric.get("grid")
        self.assertIs(type(copy), np.ndarray)
        copy[0] = -1
        self.assertEqual(self.pins(), 0)
        np.testing.assert_array_equal(self.fabric.get("grid"), ARRAY)


class OutOfReach(FabricCase):
    """As a client on another machine: no object is the one meant."""

    def setUp(self) -> None:
        super().setUp()
        patched = mock.patch.object(segments, "_BOOT_ID", "another machine's")
        patched.start()
        self.addCleanup(patched.stop)

    def test_a_copy_over_the_socket(self) -> None:
        self.fabric.insert("grid", ARRAY)
        shown = self.fabric.attach("grid")
        np.testing.assert_array_equal(shown, ARRAY)
        self.assertTrue(shown.copied)
        self.assertIsNone(shown.pin)
        self.assertFalse(shown.flags.writeable)
        info = self.fabric.info("grid")
        self.assertEqual(info and info["pins"], 0)
        shown.release()

    def test_a_slot_the_node_does_not_see_is_done_without(self) -> None:
        self.fabric.insert("grid", ARRAY)
        with mock.patch("datafabric.link.claim_slot", return_value=mock.Mock(index=7)):
            np.testing.assert_array_equal(self.fabric.attach("grid"), ARRAY)
            with self.assertRaisesRegex(FabricError, "^ERR .*empty"):
                self.fabric.attach("")

    def test_a_copy_in_several_parts(self) -> None:
        data = np.random.default_rng(3).bytes(100_000)
        self.fabric.insert("parts", data)
        with mock.patch("datafabric.reading._GET_BYTES_MAX", 30_000):
            self.assertEqual(self.fabric.get("parts"), data)

    def test_replaced_while_copied_the_new_one_is_taken_whole(self) -> None:
        call = self.fabric._link.call
        for length in (500, 1000, 2000):
            self.fabric.insert("parts", b"a" * 1000, replace=True)
            others = [b"b" * length]

            def replacing(*command: object, others: "list[bytes]" = others) -> object:
                if command[0] == "FABRIC.GET" and others:
                    call("FABRIC.INSERT", "parts", "", "bytes", "REPLACE", "BYTES", others.pop())
                return call(*command)

            with mock.patch.object(self.fabric._link, "call", replacing):
                self.assertEqual(self.fabric.get("parts"), b"b" * length)

    def test_nothing_is_reserved(self) -> None:
        with self.assertRaisesRegex(Exception, "^REMOTE"):
            self.fabric.reserve("mine", np.float64, (2,))
        self.fabric.insert("mine", b"free")


class Forks(FabricCase):
    def fork(self, body: "object") -> int:
        """The exit code of a child that calls `body`."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                body()  # type: ignore[operator]
                code = 0
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_a_child_reads_what_it_inherited_and_releases_only_its_own(self) -> None:
        self.fabric.insert("grid", ARRAY)
        shown = self.fabric.attach("grid")

        def child() -> None:
            assert shown.pin is None
            shown.release()
            np.testing.assert_array_equal(shown, ARRAY)
            own = self.fabric.attach("grid")
            info = self.fabric.info("grid")
            assert info is not None and info["pins"] == 2
            own.release()

        self.assertEqual(self.fork(child), 0)
        info = self.fabric.info("grid")
        self.assertEqual(info and info["pins"], 1)
        self.assertIsNotNone(shown.pin)

    def test_a_killed_child_s_pins_end_while_the_parent_lives(self) -> None:
        self.fabric.insert("grid", ARRAY)
        shown = self.fabric.attach("grid")

        def child() -> None:
            own = self.fabric.attach("grid")
            assert own.pin
            os.kill(os.getpid(), signal.SIGKILL)

        self.assertEqual(self.fork(child), -signal.SIGKILL)

        def pins() -> int:
            info = self.fabric.info("grid")
            return int(info["pins"]) if info else 0

        eventually(lambda: pins() == 1)
        self.assertIsNotNone(shown.pin)
