"""Which release of an engine's library is installed: a part of the fingerprint of what that library writes to the disk."""

from __future__ import annotations

from importlib.metadata import version


def installed_release(distribution: str) -> str:
    """Major and minor number of an installed distribution, "0.27" of 0.27.1.

    A library may change its file format with any minor release; an index that another one wrote is therefore built anew
    from the store instead of being opened. Raises PackageNotFoundError.
    """
    return ".".join(version(distribution).split(".")[:2])
