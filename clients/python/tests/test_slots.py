import fcntl
import os
import secrets
import signal
import struct
import unittest
from pathlib import Path

from datafabric import slots
from datafabric.slots import claim_slot, slots_object

RECORD_BYTES = 64


class Slots(unittest.TestCase):
    def setUp(self) -> None:
        self.name = f"/dftest.slots-{secrets.token_hex(4)}.slots"
        self.path = Path("/dev/shm" + self.name)
        self.path.write_bytes(bytes(4 * RECORD_BYTES))
        self.addCleanup(self.path.unlink)
        self.addCleanup(slots._claimed.clear)

    def incarnation(self, index: int) -> int:
        return int(struct.unpack_from("<Q", self.path.read_bytes(), index * RECORD_BYTES)[0])

    def locked(self, index: int) -> bool:
        request = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, index * RECORD_BYTES, 1, 0)
        with self.path.open("r+b") as file:
            answer = fcntl.fcntl(file, getattr(fcntl, "F_OFD_GETLK", 36), request)
        return struct.unpack("hhqqi4x", answer)[0] != fcntl.F_UNLCK

    def claim(self) -> slots.Slot:
        slot = claim_slot(self.name)
        assert slot is not None
        return slot

    def test_the_object_s_name_follows_from_a_segment_s(self) -> None:
        self.assertEqual(slots_object("/fabric.alpha.s0001"), "/fabric.alpha.slots")

    def test_a_process_claims_one_slot_and_raises_its_incarnation(self) -> None:
        slot = self.claim()
        self.assertIs(self.claim(), slot)
        self.assertEqual([self.locked(i) for i in range(4)], [i == slot.index for i in range(4)])
        self.assertEqual([self.incarnation(i) for i in range(4)], [int(i == slot.index) for i in range(4)])

    def test_claimed_anew_the_incarnation_is_another(self) -> None:
        for _ in range(4):
            self.claim()
            slots._claimed.clear()
        self.assertEqual(sum(self.incarnation(i) for i in range(4)), 4)
        self.assertFalse(any(self.locked(i) for i in range(4)))

    def test_taken_slots_are_passed_over_until_none_is_left(self) -> None:
        held = []
        for _ in range(4):
            held.append(self.claim())
            slots._claimed.clear()
        self.assertEqual(sorted(slot.index for slot in held), [0, 1, 2, 3])
        self.assertIsNone(claim_slot(self.name))

    def test_an_object_made_anew_gives_a_new_slot(self) -> None:
        slot = self.claim()
        fresh = self.path.with_suffix(".fresh")
        fresh.write_bytes(bytes(4 * RECORD_BYTES))
        fresh.rename(self.path)
        self.assertIsNot(self.claim(), slot)

    def test_no_object_no_slot(self) -> None:
        self.assertIsNone(claim_slot("/dftest.nowhere.slots"))

    def test_a_child_claims_its_own_and_the_parent_s_ends_with_the_parent(self) -> None:
        holds = [self.claim()]
        index = holds[0].index
        theirs, child = self.fork_claiming(holds)
        self.assertNotEqual(theirs, index)
        holds.clear()
        slots._claimed.clear()
        self.assertFalse(self.locked(index))
        self.assertTrue(self.locked(theirs))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.assertFalse(self.locked(theirs))

    def fork_claiming(self, inherited: "list[slots.Slot]") -> "tuple[int, int]":
        """A child that drops what it inherited and claims a slot; returns that slot's index and the child."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            inherited.clear()
            os.write(writing, bytes([self.claim().index]))
            signal.pause()
        os.close(writing)
        (index,) = os.read(reading, 1)
        os.close(reading)
        return index, child
