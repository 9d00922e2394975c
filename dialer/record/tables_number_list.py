"""Submissions of the number list, and their receipts. Ids, instants and tri-states as in `tables`."""
