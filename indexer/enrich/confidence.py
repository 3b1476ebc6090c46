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
#: A title below an intact heading: where it ends is judged by its words.
TITLE = 0.97
#: An entry of the recipients; recognisers read the abbreviations in it worst.
RECIPIENT = 0.95
#: Words of which a part is no Vietnamese spelling, as a recogniser of another language leaves them.
STRANGE = 0.62
#: A guess, which sets nothing.
GUESS = 0.5
