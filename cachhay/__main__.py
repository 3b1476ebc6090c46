"""`python -m cachhay`: the same as the command."""

from cachhay.cli import start

start()
