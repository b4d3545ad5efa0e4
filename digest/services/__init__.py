"""The use cases, one verb a module: what the command line, the scheduler and the web ask for.

- `look.py`: look at a source, ingest what is there, judge what the look amounted to
- `learning.py`: what stored papers and opinions teach the ranker
- `publish.py`: an edition and its outbox row for every subscriber who is due
- `letters.py`: an outbox row becomes the bytes that go out; `proofread.py`: templates tried before they are used
- `deliver.py`: claim, render, build, send, settle; `round.py`, `desk.py`, `attempt.py`,
  `outcomes.py` and `pace.py` are its parts
- `intake.py`: a message that came in is proved and acted on
- `tick.py`: all of these once, in this order
- `preview.py`: the same line on a throw-away copy of the store
- `enrol.py`: subscribers join, change, leave, are imported and exported
- `feedback.py`: what subscribers think of single papers

Services gather, call the pure rooms for every decision, and write down the result. They are handed
a store, a transport and a clock, and read neither configuration nor system time by themselves.
"""
