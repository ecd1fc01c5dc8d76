"""Moments as RFC 3339 text in UTC, which sorts as time goes."""

from __future__ import annotations

from ironhull.errors import SignatureError
from ironhull.signing._nouns import PublicKey, signature_error

__all__ = ["check_valid", "rfc3339", "utc", "within"]


def rfc3339(seconds: int) -> str:
    """Seconds since 1970 as text; raises SignatureError for what no calendar has."""
    from datetime import UTC, datetime

    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        raise SignatureError(f"a time of {seconds} seconds since 1970") from None


def utc(text: str, where: str, *, until: bool = False) -> str:
    """An RFC 3339 time or a date as YYYY-MM-DDTHH:MM:SSZ; "" stays. Raises SignatureError.

    A date is its first second, or, with `until`, its last.
    """
    if not text:
        return ""
    from datetime import UTC, datetime

    if until and len(text) == len("2027-01-31"):
        text += "T23:59:59"

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SignatureError(
            f"{where}: {text[:40]!r} is not a time", "such as 2027-01-31 or 2027-01-31T12:00:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def within(moment: str, key: PublicKey) -> bool:
    """Whether `key` may sign at `moment`."""
    return not (key.starts and moment < key.starts) and not (key.ends and moment > key.ends)


def check_valid(key: PublicKey, moment: str, logged: bool, where: str) -> str:
    """What to say of the key's validity at `moment`; raises SignatureError (expired)."""
    if not (key.starts or key.ends):
        return ""
    if within(moment, key):
        return f"valid at {moment}" + (", the log's time" if logged else "")
    if key.ends and moment > key.ends:
        raise signature_error(
            "expired",
            f"{where}: key {key.title} is valid until {key.ends}, and it is {moment}"
            if not logged
            else f"{where}: signed at {moment}, after the end of key {key.title} at {key.ends}",
            "sign anew with a key that is valid; an entry in a trusted log proves an earlier time",
        )
    raise signature_error(
        "expired", f"{where}: key {key.title} is valid only from {key.starts} on, not at {moment}"
    )
