"""`digest`: the daily paper digest that people keep.

The map of the package, in the order in which a paper travels::

    sources/    a snapshot arrives and becomes entries           (http, spool, readers)
    papers/     which of it is new: identity, text, diff          pure
    ranking/    what matters to whom: interest language, ranker   pure
    editions/   when (timetable) and what (compose)               pure
    mail/       how it looks and how it travels                   pure, but for transports/
    storage/    SQLite or PostgreSQL, one module for each noun
    services/   the use cases: ingest, publish, deliver, preview, enrol
    app.py      configuration -> wired services; the only place that names adapters
    scheduler.py, cli/                                            the edge: clock, signals, terminal

`model.py` has the nouns, `errors.py` the error tree, `config.py` the options.
"""

__version__ = "0.1.0"
