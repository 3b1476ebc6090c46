"""How sure a rule is of what it finds: the share of such findings that were right on papers whose attributes are known.

`python -m benchmarks.attributes DATA --told` measures them; docs/performance.md has the table. No rule is certain.
"""

#: A finding in clean text, at the place where the layout has it.
CLEAN = 0.99
#: A finding with damaged letters inside an intact frame.
DAMAGED = 0.9
#: A name that differs by one letter.
NEAR = 0.8
#: A value deduced from two findings, which both may be damaged.
DEDUCED = 0.7
#: A guess, which sets nothing.
GUESS = 0.5
