"""Outbound-call controller for Asterisk."""
