"""Mail that comes in: from a pipe, over LMTP, out of a mailbox; each message goes to `services.intake`."""
