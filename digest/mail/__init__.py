"""How an edition looks and how it travels: from picks to the final bytes, and out of the door.

In the order of the line::

    cards.py        a pick as templates see it: marked segments, badges, links that are safe to follow
    reasons.py      why it is there, in words
    page.py         an edition as templates see it: sections, preview line, headings, footer facts
    templates.py    the Jinja environment: people's overrides first, the built-in templates behind them
    render.py       edition -> Rendered (subject, text, HTML), always small enough to be shown whole
    fitness.py      whether what templates made may be sent
    headers.py      how a header field is written: our own RFC 2047 encoder, folding, addresses
    letters.py      the letters that are no editions: to confirm, "you get it already", the link, answers
    phrases.py      the sentences around the cards
    links.py        the pages that a mail may lead to
    fields.py       the header fields of a message, in their order
    tokens.py       words that say whom they are about and cannot be forged
    verp.py         the envelope sender of a delivery, the ways to unsubscribe
    encoding.py     bodies: quoted-printable or base64, whichever is smaller
    message.py      Rendered -> the final bytes; the same input gives the same bytes
    dkim.py         signatures over the final bytes
    check.py        the last look at those bytes before they may leave
    transports/     SMTP, LMTP, sendmail, maildir, console: the only part that does I/O

What comes back, and what is made of it::

    meaning.py      what a server's refusal means: a dead address, a full mailbox, our own fault
    incoming/       a message that came in: a bounce, a complaint, a request, a command, a robot's answer
    scoring.py      when an address is given up

and what `digest templates check` looks at: lint.py, proof.py and the days that it tries, specimens.py.

Python's `email` package writes nothing here. Its folding encodes machine headers, breaks encoded words
and, before 3.11.10, turns a title that looks like an encoded word into a header of its own
(CVE-2024-6923). A digest's titles are written by strangers.
"""
