"""Full text on a Meilisearch server: the one package that knows it.

Meilisearch's own matching ignores all accents, uses only ten words of a query and accepts similar words, so it does not
decide here. The document of an item has its keys (those of `vitext.analyse`) as values to filter by. Filters, which
Meilisearch evaluates exactly, give the matches, their tiers, counts and facets. Of very many matches, the server proposes
candidates; they are ranked by `kb.engines.scoring`, as the embedded engine ranks.

- `wire` speaks HTTP through the official client; `layout` defines documents and settings, `spelling` their values;
  `expressions` builds filters.
- `index` reads, by `generation` (questions about one state), `matching` (a query as filters), `candidates`, `statistics`
  and `ranking`.
- `server` writes; `access_keys` makes the keys that open the server.
"""
