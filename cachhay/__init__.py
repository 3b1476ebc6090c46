"""Cách Hay: the command line, which puts settings, store, engines, search and pages together."""
