"""`python -m cachhay`: the same as the command."""

from cachhay.cli import main

main(prog_name="cachhay")
