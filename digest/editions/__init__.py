"""Editions: when one is due (`timetable`), and what stands in it (`compose`).

Of the papers that fit, `titles` leaves out what is one work with a better one, and `variety` sees to it that one
interest does not fill an edition alone. Pure: `now` is an argument.
"""
