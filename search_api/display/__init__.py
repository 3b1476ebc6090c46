"""From items to what a visitor is shown: cards, badges, snippets, full texts, citations. Words only, no ranking."""
