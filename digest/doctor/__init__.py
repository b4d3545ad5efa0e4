"""The doctor: looks at everything that a newcomer gets wrong, and says what to change or publish."""
