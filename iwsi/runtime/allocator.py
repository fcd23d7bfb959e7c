"""Keep freed memory in glibc instead of returning it to the system."""

import ctypes

# Parameters of glibc's mallopt, and the highest threshold that it takes for mappings.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_HIGHEST_MMAP_THRESHOLD = 2**25
_KEPT = 2**30  # bytes


def keep_freed_memory() -> None:
    """Let the C library keep up to a gibibyte of freed memory for later allocations.

    On a CPU every layer frees tensors of some mebibytes. As set up, glibc gives them back to the
    system, which clears each page when the next layer asks for it. With another C library nothing
    changes.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _HIGHEST_MMAP_THRESHOLD)
        mallopt(_TRIM_THRESHOLD, _KEPT)
