"""What comes on paper: cards, programmes, the poster and the placemat, set by typst.

``sheets`` says what a sheet holds, as plain data; a ``.typ`` file says how it looks; ``printing`` brings them together.
No text of ours is ever typst's source: it goes in as JSON.
"""

from content.paper.printing import Sheet

__all__ = ["Sheet"]
