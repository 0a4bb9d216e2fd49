"""Carrying the outbox out: claim a few messages, send each over one kept connection, write each result by itself.

Several workers may do this at once, and any of them may die at any line: a claim that is not finished runs out and is
taken up again. A message may then be sent twice, under one Message-ID; it is never lost.

``claiming`` says who works on what, ``making`` turns a message into a mail, ``line`` is the connection to the mail
server, ``provider`` what is different when mail goes through a provider's interface instead, ``results`` writes down
what became of it, and ``running`` does these in turn.
"""

from lerend.mail.delivery.running import Counts, deliver

__all__ = ["Counts", "deliver"]
