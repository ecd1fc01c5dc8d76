"""What an operating system's refusal to write means, in our words."""

import errno

from ironhull.errors import StoreError

__all__ = ["storage_error"]

_HINTS = {
    errno.ENOSPC: "free some space, or point IRONHULL_HOME or the output at a larger file system",
    errno.EDQUOT: "your disk quota is used up: free some space or write elsewhere",
    errno.EROFS: "the file system is read-only: write elsewhere or set IRONHULL_HOME",
    errno.EACCES: "check who owns it and its permissions, or write elsewhere",
    errno.EPERM: "check who owns it and its permissions, or write elsewhere",
    errno.ENOENT: "check that the directory exists",
    errno.ENOTDIR: "a part of this path is a file: choose another path",
    errno.EISDIR: "this is a directory: choose another path",
    errno.EFBIG: "the file system or a limit does not allow files this large",
    errno.ENAMETOOLONG: "choose a shorter path",
}


def storage_error(trouble: OSError, doing: str) -> StoreError:
    """`doing` ("cannot write /x") could not be done because of `trouble`; gives what to raise."""
    reason = trouble.strerror or str(trouble)
    return StoreError(f"{doing}: {reason}", _HINTS.get(trouble.errno or 0, "check the disk"))
