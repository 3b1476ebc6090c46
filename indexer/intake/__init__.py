"""What comes into the corpus otherwise than by somebody's hand in a file manager: files sent, addresses, feeds; watching.

`folder.py` puts one file in its place; `collect.py` takes what somebody names; `fetch.py`, `http.py`, `addresses.py` and
`robots.py` are the careful way to the web; `watch.py` says when the corpus has changed and is quiet again.
"""

from indexer.intake.addresses import Guard
from indexer.intake.collect import Outcome, is_address, take_address, take_file
from indexer.intake.feed import FeedMemory
from indexer.intake.fetch import Fetcher
from indexer.intake.folder import Incoming, IntakeFolder, Origin, Taken
from indexer.intake.states import FileState, state_of

__all__ = [
    "FeedMemory",
    "Fetcher",
    "FileState",
    "Guard",
    "Incoming",
    "IntakeFolder",
    "Origin",
    "Outcome",
    "Taken",
    "is_address",
    "state_of",
    "take_address",
    "take_file",
]
