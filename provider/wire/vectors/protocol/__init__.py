"""A receiver in Python, written from PROTOCOL.md alone: what holds for a message by itself.

Needs the package `cryptography`. Left out on purpose: the checks that need a memory (wrong_poll, stale, duplicate),
which are the business of whoever receives.
"""
