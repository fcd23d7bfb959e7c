"""Failures of the machine that a user can mend, told as user errors."""

import errno

from eval_predict.errors import UserError

_FIXES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some of your quota",
    errno.EACCES: "choose a place that you can write",
    errno.EROFS: "choose a place that can be written",
}


def as_user_error(error: Exception) -> UserError | None:
    """A full disk, a place that cannot be written or too little memory; None for all else."""
    if isinstance(error, OSError):
        code = error.errno
        if code is None and "No space left" in str(error):  # pyarrow keeps the text alone
            code = errno.ENOSPC
        if code in _FIXES:
            return UserError(
                where=str(error.filename) if error.filename else None,
                got=str(error.strerror or error),
                expected="room to write",
                fix=f"{_FIXES[code]}; the same command then goes on from here",
            )
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return UserError(
            got=f"no memory left ({str(error).splitlines()[0] if str(error) else 'MemoryError'})",
            expected="a batch that fits",
            fix="lower filter.batch_tokens, train.micro_batch_size or sample.max_memory_gib",
        )
    return None
