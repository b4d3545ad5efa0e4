"""`digest`: the daily paper digest that people keep.

The map of the package, in the order in which a paper travels::

    sources/    a snapshot arrives and becomes entries           (http, spool, readers)
    papers/     which of it is new: identity, text, diff          pure
    ranking/    what matters to whom: interest language, ranker   pure
    imports/    what people bring along: OPML, BibTeX, RIS, ids   pure
    editions/   when (timetable) and what (compose)               pure
    mail/       how it looks, how it travels, what comes back     pure, but for transports/
    storage/    SQLite or PostgreSQL, one module for each noun
    services/   the use cases: look, publish, deliver, preview, enrol, joining, intake, commands
    app/        configuration -> wired services; the only place that names adapters
    inbound/    mail that comes in: LMTP, a mailbox
    web/        the pages: today's papers, subscribing, one's own wishes
    doctor/     looks at everything that one gets wrong, and says what to do
    scheduler.py, cli/                                            the edge: clock, signals, terminal

`model/` has the nouns, `errors.py` the error tree, `config/` the options.
"""

__version__ = "0.1.0"
