"""The decoder of schedules against the vectors of tests/engine/schedule_test.cc, which the engine's own code gave."""

import unittest

import schedule


class OutputHash(unittest.TestCase):
    def test_it_is_that_of_the_engine(self):
        written = {
            ("words", 3): [(b"key", b"value", [(b"name", b"content")]), (b"", b"", [])],
            ("counts", 200): [(b"k" * 200, b"v" * 70000, [])],
        }
        self.assertEqual(schedule.output_hash(written).hex(), "b32b5d678359ea666477f8acd35475e0")

    def test_a_step_that_wrote_nothing(self):
        self.assertEqual(schedule.output_hash({}).hex(), "d8984701d306aa997f498d4624c30160")


if __name__ == "__main__":
    unittest.main()
