import gc

import numpy as np

from datafabric import ExistsError, FabricError, TypeMismatchError

from .support import FabricCase, eventually

ARRAY = np.arange(800.0).reshape(40, 20)


class Reserve(FabricCase):
    def test_written_in_place_and_sealed_by_the_block(self) -> None:
        with self.fabric.reserve("grid", np.float64, (40, 20), documentation="in place") as reservation:
            self.assertEqual((reservation.array.dtype, reservation.array.shape), (ARRAY.dtype, ARRAY.shape))
            reservation.array[:] = ARRAY
            self.assertIsNone(self.fabric.locate("grid"))
            with self.assertRaises(ExistsError):
                self.fabric.insert("grid", b"")
        np.testing.assert_array_equal(self.fabric.attach("grid"), ARRAY)
        info = self.fabric.info(xid=reservation.xid)
        assert info is not None
        self.assertEqual((info["name"], info["documentation"], info["state"]), ("grid", "in place", "SEALED"))
        self.assertFalse(reservation.array.flags.writeable)

    def test_types_as_text(self) -> None:
        with self.fabric.reserve("text", "40 * 20 * float64") as reservation:
            reservation.array[:] = ARRAY
        with self.fabric.reserve("open", "var * int16", length=6) as reservation:
            reservation.array[:] = [1, 2, 3]
        with self.fabric.reserve("item", "float64", (40, 20)) as reservation:
            reservation.array[:] = ARRAY
        np.testing.assert_array_equal(self.fabric.attach("text"), ARRAY)
        np.testing.assert_array_equal(self.fabric.attach("open"), [1, 2, 3])
        np.testing.assert_array_equal(self.fabric.attach("item"), ARRAY)

    def test_records(self) -> None:
        with self.fabric.reserve("records", [("x", "i4"), ("y", "f8")], (3,)) as reservation:
            reservation.array["x"] = [1, 2, 3]
            reservation.array["y"] = 0.5
        shown = self.fabric.attach("records")
        self.assertEqual(shown.tolist(), [(1, 0.5), (2, 0.5), (3, 0.5)])

    def test_nothing_to_write(self) -> None:
        self.fabric.reserve("nothing", np.float64, (0, 3)).seal()
        self.assertEqual(self.fabric.attach("nothing").shape, (0, 3))

    def test_seal_tells_where_and_may_be_repeated(self) -> None:
        reservation = self.fabric.reserve("grid", np.uint8, (4,))
        placements = reservation.seal()
        self.assertEqual(placements, self.fabric.locate("grid"))
        self.assertEqual(reservation.seal(), placements)
        reservation.abort()
        self.assertEqual(self.fabric.locate("grid"), placements)

    def test_an_exception_aborts(self) -> None:
        with self.assertRaisesRegex(ZeroDivisionError, "as it goes"), self.fabric.reserve("grid", np.uint8, (4,)):
            raise ZeroDivisionError("as it goes")
        self.fabric.insert("grid", b"free")
        self.fabric.delete("grid")
        self.eventually_all_free()

    def test_replacing_at_the_seal(self) -> None:
        self.fabric.insert("grid", b"old")
        with self.fabric.reserve("grid", "bytes", length=3, replace=True) as reservation:
            reservation.array[:] = list(b"new")
            self.assertEqual(self.fabric.get("grid"), b"old")
        self.assertEqual(self.fabric.get("grid"), b"new")

    def test_a_forgotten_reservation_is_given_up_but_not_while_its_array_lives(self) -> None:
        array = self.fabric.reserve("grid", np.uint8, (4,)).array
        gc.collect()
        with self.assertRaises(ExistsError):
            self.fabric.insert("grid", b"")
        array[:] = 1
        del array
        gc.collect()
        self.fabric.insert("grid", b"free")

    def test_a_lease_ends(self) -> None:
        reservation = self.fabric.reserve("grid", np.uint8, (4,), lease=0.05)
        eventually(lambda: self.fabric.info(xid=reservation.xid) is None)
        with self.assertRaisesRegex(FabricError, "^NOTFOUND"):
            reservation.seal()

    def test_what_is_refused(self) -> None:
        with self.assertRaises(TypeMismatchError):
            self.fabric.reserve("grid", "2 * float64", length=8)
        with self.assertRaisesRegex(FabricError, "LENGTH"):
            self.fabric.reserve("grid", "bytes")
        self.fabric.insert("grid", b"free")
