"""The engines behind the ports, one a file, each loaded only when it is chosen; `open` chooses."""
