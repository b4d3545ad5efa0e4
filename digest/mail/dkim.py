"""DKIM signatures (RFC 6376, RFC 8463) over the final bytes of a message."""
