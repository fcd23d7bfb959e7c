"""What is freed stays with the process, where the C library can be told so."""

import platform
import subprocess
import sys

import pytest

# Pages that the system hands out when arrays that were freed are made again, before and after.
PROGRAM = """
import resource
import numpy as np
from iwsi.runtime.allocator import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(5):
        arrays = [np.ones(28 * 2**17) for _ in range(3)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_memory_that_was_freed_is_not_asked_for_again():
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    before, after = map(int, result.stdout.split())
    assert before > 10 * after
