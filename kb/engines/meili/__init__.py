"""Full text on a Meilisearch server: the one package that knows it.

Meilisearch's own matching folds all accents, reads ten words of a query and lets a word be another one, so it is not what
decides here. Every item lies on the server with its keys (those of `vitext.analyse`) as values that can be filtered by, and
filters, which Meilisearch evaluates exactly, give the matches, their tiers, counts and facets. Which of very many matches
are candidates is asked of the server; candidates are ranked by `kb.engines.scoring`, as the embedded engine ranks.

`wire` speaks HTTP by the official client, `layout` is what a document and the settings look like, `expressions` are filters,
`index` reads, `server` writes, `keys` makes keys.
"""
