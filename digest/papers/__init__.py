"""Which of it is new: pure functions from entries and known papers to decisions.

::

    text (plain, norm) <- markup (HTML), tex, textables
    ids                    arXiv ids; dois, urls, names: all others  <- registrants (what is known of publishers)
    identity               the aliases of an entry  <- former (how older versions wrote them)
    likeness               what title, abstract, date, authors and page prove where no name does
    authority              who may say what of a paper
    sightings              which entries of one snapshot are one paper
    diff                   which papers are new, revised, known  <- likeness, merge
"""
