"""The pages on the web: today's papers, subscribing, one's own wishes, the operator's page."""
