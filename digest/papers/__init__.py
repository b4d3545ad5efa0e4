"""Which of it is new: pure functions from entries and known papers to decisions.

::

    text (plain, norm) <- markup (HTML), tex, textables
    ids                    arXiv ids, DOIs, URLs
    identity               the aliases of an entry
    sightings              which entries of one snapshot are one paper
    diff                   which papers are new, revised, known  <- likeness, merge
"""
