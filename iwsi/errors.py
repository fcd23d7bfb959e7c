"""Failures of the machine that a user can put right, reported as user errors."""

import errno
import os

from eval_predict.errors import UserError, missing_package


class InternalError(RuntimeError):
    """A bug of iwsi, or a process that died: no other input would help."""


_FIXES = {
    errno.ENOSPC: "Free some space",
    errno.EDQUOT: "Free some of your quota",
    errno.EACCES: "Choose a place that you can write",
    errno.EROFS: "Choose a place that can be written",
}
# What no file can be called.
_NO_PATHS = {errno.ENAMETOOLONG, errno.ELOOP}
# A folder stands where a file should, or a file where a folder should.
_NO_FILES = {errno.EISDIR, errno.ENOTDIR}


def as_user_error(error: Exception) -> UserError | None:
    """A full disk, an unwritable place, too little memory, no package for it; None for all else."""
    if (missing := missing_package(error)) is not None:
        return missing
    if isinstance(error, RuntimeError) and str(error).startswith("Symlink loop"):  # of resolve()
        return UserError(
            where=str(error).removeprefix("Symlink loop from "),
            got="a link that leads to itself",
            expected="a file or a folder",
        )
    code = error.errno if isinstance(error, OSError) else None
    if "No space left on device" in str(error):  # pyarrow and safetensors keep the text alone
        code = errno.ENOSPC
    if code in _NO_PATHS:
        return UserError(
            where=str(getattr(error, "filename", None))[:80],
            got=os.strerror(code),
            expected="the name of a file, a folder or a hub repository",
        )
    if code in _NO_FILES:
        return UserError(
            where=getattr(error, "filename2", None) or getattr(error, "filename", None),
            got=os.strerror(code),
            expected="the name of a file in a folder",
        )
    if code in _FIXES:
        return UserError(
            where=getattr(error, "filename", None),
            got=os.strerror(code),
            expected="a place to write to",
            fix=f"{_FIXES[code]}; the same command then goes on from here.",
        )
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return UserError(
            got=f"no memory left ({str(error).splitlines()[0] if str(error) else 'MemoryError'})",
            expected="a batch that fits",
            fix="Lower filter.batch_tokens, train.micro_batch_size or sample.max_memory_gib.",
        )
    return None
