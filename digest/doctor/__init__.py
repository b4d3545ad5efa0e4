"""The doctor: is everything in order that a newcomer gets wrong? And a trial message, step by step.

In three layers, of which only the outer ones touch the world::

    findings      one sentence about one thing, and what to do about it
    judges        facts -> findings: spf, dkim, dmarc, domains (the DNS), relay, sources, web, pages, joining,
                  incoming, house, database
                  spf_terms and spf_eval (RFC 7208), dmarc_record (RFC 9989) and tags read what stands in the DNS
    names         what a judge may ask the DNS, as a protocol; resolver is the one that asks a name server
    plan, rounds  what is looked at in an installation; each check once, side by side, within a minute
    trial         one real message to one address

Nothing is changed by it: the database is looked at through a copy, no mail is sent but by the trial. "It is not
there" and "it could not be found out" are different findings everywhere.
"""
