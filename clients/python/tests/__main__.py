"""Runs all tests: `python -m tests` in clients/python. Ends with one line that counts them."""

import platform
import sys
import unittest
from pathlib import Path

import numpy
import redis


def main() -> int:
    print(f"Python {platform.python_version()}, redis-py {redis.__version__}, NumPy {numpy.__version__}", flush=True)
    here = Path(__file__).parent
    suite = unittest.defaultTestLoader.discover(str(here), top_level_dir=str(here.parent))
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    failed = len({test.id().split(" ")[0] for test, _ in [*result.failures, *result.errors]})
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    return 0 if result.wasSuccessful() and result.testsRun > 0 else 1


sys.exit(main())
