"""A password in, the Redis ACL of the explorer's user out: `python -m common.acl` prints a fresh one.

The user reads everything of ours but salts. It writes three things: waiting sites into the hash of sites, what people
keep with a site (goals, segments, notes), and how many commands it sent into the month's count.
"""

from __future__ import annotations

import hashlib
import secrets

from common import keys

USER = "footfall-explorer"
#: Families of keys that are read. Salts are not among them: with one, an address could be tried against ids.
_READ = ("visits:*", "unique:*", "imports", "trimmed:*", "saved")
#: What a connection needs to say before it asks for anything.
_GREETING = ("+ping", "+info", "+select", "+client|setname")


def explorer_acl(password: str, user: str = USER) -> list[str]:
    """The words of the command that makes the user or brings it up to date. They hold the password's hash alone."""
    patterns = [f"%R~{keys.SCHEMA}:{{*}}:{family}" for family in _READ]
    return [
        "ACL",
        "SETUSER",
        user,
        "reset",
        "on",
        f"#{hashlib.sha256(password.encode()).hexdigest()}",
        f"%R~{keys.sites()}",
        f"%R~{keys.file_imports()}",
        *(f"%R~{name}" for name in (keys.OLDER_SITES, keys.NEWER_SITES)),
        f"%R~{keys.commands('*')}",
        *patterns,
        "+@read",
        "-@dangerous",
        *_GREETING,
        f"(%W~{keys.sites()} +hsetnx)",
        f"(~{keys.SCHEMA}:{{*}}:saved +hset +hdel)",
        f"(~{keys.commands('*')} +hincrby +expireat)",
    ]


def command(words: list[str]) -> str:
    """The words as redis-cli and valkey-cli take them."""
    return " ".join(f'"{word}"' if " " in word else word for word in words)


def main() -> None:
    """Print a new password and the command."""
    password = secrets.token_urlsafe(24)
    print(f"# Give this to Redis, as a user who may administer it:\n{command(explorer_acl(password))}")
    print("# Let Redis remember it: ACL SAVE where it has an aclfile, else CONFIG REWRITE")
    print(f"# The explorer's setting:\nFOOTFALL_REDIS_URL=redis://{USER}:{password}@HOST:6379/0")


if __name__ == "__main__":
    main()
