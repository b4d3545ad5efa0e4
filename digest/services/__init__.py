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
- `enrol.py`: the operator's subscribers join, change, leave, are imported and exported
- `joining.py`: strangers ask, confirm, decline; `leaving.py`: unsubscribe, undo, export, erase
- `managing.py`: pause, mute, what was learned; `commands.py`: the same by mail, with `reader_commands.py`,
  `command_wishes.py` and `command_answers.py`
- `feedback.py`: what subscribers think of single papers; `opinions.py`: the same by the links of an edition
- `importing.py`: interests and papers that people bring along
- `browse.py`: days, weeks, trending, search and single papers; `fragments.py` is its part
- `trial.py`: how the last days would have been ranked by interests that nobody has yet
- `overview.py`: how the installation is doing; `alarms.py`: what of that wants somebody

Services gather, call the pure rooms for every decision, and write down the result. They are handed
a store, a transport and a clock, and read neither configuration nor system time by themselves.
"""
