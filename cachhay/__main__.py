"""`python -m cachhay` does the same as the command `cachhay`."""

from cachhay.cli import start

start()
