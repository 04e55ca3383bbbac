"""What an archive's store answered in, an `ArchiveError` out: one line that says what to do, without secrets. Pure."""

from __future__ import annotations

import errno
import re

from common.store import StoreError


class ArchiveError(StoreError):
    """The archive cannot be used; one line that says what to do."""


class FileFault(ArchiveError):
    """One file cannot be had; others can."""


class MissingFile(FileFault):
    """There is no file of that name."""


class DamagedFile(FileFault):
    """The file is there and cannot be read."""


class NewerFile(FileFault):
    """The file was written by a newer Footfall."""


_ROOM = "free some or set FOOTFALL_ARCHIVE to a place that has more; nothing is dropped from Redis before"
_WRITABLE = "let this user read and write there, or set FOOTFALL_ARCHIVE to another place"
#: What to do about an error of a folder.
_FOLDER = {
    errno.EACCES: ("access is denied", _WRITABLE),
    errno.EPERM: ("access is denied", _WRITABLE),
    errno.EROFS: ("the file system is read-only", _WRITABLE),
    errno.ENOSPC: ("no space is left", _ROOM),
    errno.EDQUOT: ("the quota is used up", _ROOM),
    errno.EFBIG: ("the file is larger than this process may write", "raise its limit (ulimit -f)"),
    errno.ENOTDIR: ("a file stands where a folder is needed", "remove it or correct FOOTFALL_ARCHIVE"),
    errno.EEXIST: ("a file stands where a folder is needed", "remove it or correct FOOTFALL_ARCHIVE"),
    errno.EMFILE: ("too many files are open", "raise the limit (ulimit -n)"),
    errno.EIO: ("the disk fails", "look into the system's log; restore the archive from a backup to another disk"),
    errno.ESTALE: ("the network file system lost it", "mount it again"),
}
_KEYS = "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or user and password in FOOTFALL_ARCHIVE"
_RIGHTS = "check the credentials, and that they may list, read, write and delete below this prefix"
_REACH = "check endpoint_override, scheme, region and the network; what was being done is done again by the next run"
#: What a store's library says, what that means and what to do about it. The first that fits counts.
_STORE = (
    (r"NO_SUCH_BUCKET|NoSuchBucket|bucket does not exist", "there is no such bucket",
     "create it or correct FOOTFALL_ARCHIVE"),
    (r"SIGNATURE_DOES_NOT_MATCH|INVALID_ACCESS_KEY|TOKEN_ID|AUTHENTICATION_TOKEN|UNRECOGNIZED_CLIENT|ExpiredToken"
     r"|EXPIRED_TOKEN", "these credentials are refused", _KEYS),
    (r"UNAUTHENTICATED|[Cc]ould not (create|find).*(credentials|token)", "these credentials are refused",
     "set GOOGLE_APPLICATION_CREDENTIALS to a key file that works"),
    (r"TIME_TOO_SKEWED", "the clocks differ", "set this machine's clock"),
    (r"status 301|PERMANENT_REDIRECT|AUTHORIZATION_HEADER_MALFORMED|AuthorizationHeaderMalformed",
     "the bucket is in another region", "add ?region=... to FOOTFALL_ARCHIVE"),
    (r"ACCESS_DENIED|AccessDenied|PERMISSION_DENIED|status 403", "access is denied", _RIGHTS),
    (r"status 507|StorageFull|Quota|MinFreeDisk", "no space is left", _ROOM),
    (r"NETWORK_CONNECTION|curlCode|CURL error|DEADLINE_EXCEEDED|UNAVAILABLE|[Tt]imed? ?out", "cannot be reached",
     _REACH),
    (r"SLOW_DOWN|SlowDown|THROTTLING|status 50[034]|INTERNAL_FAILURE|SERVICE_UNAVAILABLE", "is overloaded or broken",
     "try again later"),
)  # fmt: skip


def explain(error: Exception, where: str, doing: str) -> ArchiveError:
    """What a failed call means. `where` is the archive as it may be shown, `doing` such as "writing NAME"."""
    if isinstance(error, ArchiveError):
        return error
    if isinstance(error, FileNotFoundError):
        return MissingFile(f"archive {where}: {doing}: there is no such file; restore it from a backup of the archive")
    number = error.errno if isinstance(error, OSError) else None
    if number in _FOLDER:
        meaning, advice = _FOLDER[number]
        return ArchiveError(f"archive {where}: {doing}: {meaning}; {advice}")
    reason = re.sub(r" \(Request ID: [^)]*\)", "", " ".join(str(error).split())).rstrip(".")
    for pattern, meaning, advice in _STORE:
        if re.search(pattern, reason):
            return ArchiveError(f"archive {where}: {doing}: {meaning}; {advice} ({_short(reason)})")
    return ArchiveError(f"archive {where}: {doing}: {_short(reason)}")


def _short(reason: str) -> str:
    """The end of a library's message, where it says what was wrong."""
    return reason if len(reason) <= 200 else f"... {reason[-200:]}"
