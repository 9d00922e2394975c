"""Automatic screening of scripts before a person approves them."""
