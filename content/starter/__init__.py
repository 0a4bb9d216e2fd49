"""The starter edition "Versie 1", in this platform's own words.

Names, titles, headings, numbers, order, links, credits and the song's condition follow the document of the
traject; the sentences are ours, and so are the follow-up questions, the prompts with the vuistregels and all
lengths in minutes.
"""

from content.starter.load import STARTER_EDITION_ID, load_starter

__all__ = ["STARTER_EDITION_ID", "load_starter"]
