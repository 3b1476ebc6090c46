"""From items to what a visitor sees: cards, badges, snippets, full texts, citations. Nothing here ranks."""
