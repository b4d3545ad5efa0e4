"""Editions: when one is due (`timetable`) and what stands in it (`compose`). Pure: `now` is an argument."""
